//! `wx-server-sdk-local/testing`.

use crate::node::declarations::Block;

pub const HEAD: &str = "";

pub const BLOCKS: &[Block] = &[];
