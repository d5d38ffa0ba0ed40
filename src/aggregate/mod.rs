//! Aggregation: pipelines of stages, accumulators, expressions over one document, and the variables
//! they read.
//!
//! A [`Pipeline`] is parsed from a request and run against [`Collections`]. Documents are bytes
//! between stages; see `operator.rs`.

mod accumulator;
mod collections;
mod context;
mod field;
mod join;
mod key;
mod memory;
mod operator;
mod output;
mod pipeline;
mod stage;
mod stored;
mod text;

pub mod expression;
pub mod variables;

pub use collections::{Circle, Collections, Visit};
pub use context::ExpressionCompiler;
pub use pipeline::{Execution, Pipeline};

#[cfg(test)]
mod tests;
