//! `wx-server-sdk-local/client` and `/vitest`.

use crate::node::declarations::{Block, line};

/// A file without exports is no module.
pub const HEAD: &str = "export {}\n";

pub const BLOCKS: &[Block] = &[];

pub const VITEST: &[Block] = &[line(
    "export default function wxServerSdkLocal(): any",
    "A Vitest plugin: `require('wx-server-sdk')` and `import` of it resolve to this package.",
)];
