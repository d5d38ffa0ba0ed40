//! Collections and their operations: one [`Request`] in MongoDB's language, one [`Reply`].
//!
//! The in-process SDK, the HTTP gateway and a second process on the same directory are users of
//! the same [`Engine`].

mod command;

pub use command::{Command, Engine, Find, Reply, Request, Update, Updated};
