//! The services beside the database: file storage, functions, the caller, timers, open
//! capabilities, import and export.
//!
//! Nothing here runs user code or reaches the network. Metadata is kept through [`Records`], which
//! the database layer implements over its store; file bodies are kept by [`files::FileStore`].

mod records;

pub mod calls;
pub mod files;
pub mod functions;
pub mod identity;
pub mod open_api;
pub mod rules;
pub mod timer;
pub mod transfer;

pub use identity::Identity;
pub use records::{MemoryRecords, Records, Visit};
