//! `$unset`. Its value is ignored; in an array it leaves null, which the walk sees to.

/// Also marks the source of a `$rename`, which goes when the rename takes place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Unset;
