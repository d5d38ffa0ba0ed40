//! Aggregation: expressions over one document, and the variables they read.

pub mod expression;
pub mod variables;
