//! `wx-server-sdk-local/vitest`.

use crate::node::declarations::{Block, line};

pub const BLOCKS: &[Block] = &[line(
    "export default function wxServerSdkLocal(): any",
    "A Vitest plugin: `require('wx-server-sdk')` and `import` of it resolve to this package.",
)];
