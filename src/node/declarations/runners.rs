//! `wx-server-sdk-local/jest-preset` and `wx-server-sdk-local/vitest`.

use crate::node::declarations::{Block, line};

pub const JEST_PRESET: &[Block] = &[
    line(
        "declare const preset: { testEnvironment: 'node'; \
         moduleNameMapper: Record<string, string> }",
        "What Jest's `preset: 'wx-server-sdk-local'` sets, to be spread beside another preset.",
    ),
    line("export = preset", ""),
];

pub const VITEST: &[Block] = &[line(
    "export default function wxServerSdkLocal(): { name: string }",
    "A Vitest plugin: `require('wx-server-sdk')` and `import` of it resolve to this package.",
)];
