//! Collections and their operations: one [`Request`] in MongoDB's language, one [`Reply`].
//!
//! The in-process SDK, the HTTP gateway and a second process on the same directory are users of
//! the same [`Engine`].
//!
//! A read runs over a [`View`](view::View), which is the store at one moment with a transaction's
//! own writes over it; a write goes to a [`Target`](target::Target), which is the store itself or a
//! transaction's overlay. So every operation is written once.

mod admin;
mod aggregate;
mod answer;
mod command;
mod core;
mod cost;
mod deadline;
mod engine;
mod explain;
mod explain_bounds;
mod find;
mod geo_cells;
mod id;
mod insert;
mod job;
mod locks;
mod name;
mod near;
mod overlay;
mod pace;
mod parse;
mod plan;
mod planner;
mod receipt;
mod records;
mod reply_code;
mod scans;
mod server_date;
mod staged;
mod target;
mod top_k;
mod transaction;
mod upkeep;
mod view;
mod walk;
mod workers;
mod write;

pub use admin::parse_index;
pub use command::{Command, Engine, Find, Reply, Request, Update, Updated};
pub use engine::{Attempt, LocalEngine, Pending, Settings};
pub use geo_cells::SphereCells;
pub use name::check_collection_name;
pub use receipt::RequestId;
pub use reply_code::{decode_reply, encode_reply};
pub use scans::UnindexedScan;
pub use transaction::Permit;
pub use upkeep::{Compacted, Replacement, Upkeep, staging_env};
pub use workers::Workers;
