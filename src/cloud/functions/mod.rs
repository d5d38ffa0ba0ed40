//! Cloud functions: where they are, how they are configured, and what one invocation is given.
//!
//! Nothing here runs code: `node` loads the entry file and calls it with what is built here.

mod definition;
mod event;
mod failure;
mod invocation;
mod project;
mod settings;
mod stamp;

pub use definition::{
    FunctionDefinition, MEMORY_MB_DEFAULT, TimeoutOrigin, Trigger, validate_function_name,
};
pub use event::{CloudIdField, OpenData, build_event, check_answer_size, timer_event};
pub use failure::{denied, execution_failed, exited, not_found, out_of_memory, timed_out};
pub use invocation::{Invocation, InvocationContext};
pub use project::Project;
pub(in crate::cloud) use settings::read_settings;
pub use stamp::stamp_of;
