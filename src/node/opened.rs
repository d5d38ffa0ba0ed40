//! Transactions that a run has begun: they end with it when it is ended.

use std::sync::Arc;
use std::time::Duration;

use crate::database::{Command, Reply, Request};
use crate::error::{ErrorKind, Result};
use crate::node::threads;
use crate::node::world::World;

/// How long an operation is waited for before the next look.
const LOOK_INTERVAL: Duration = Duration::from_millis(5);

/// A transaction, as long as nobody has asked for its end.
pub struct Opened {
    pub world: Arc<World>,
    pub env: String,
    pub id: String,
}

impl Opened {
    /// Holds nobody up: whoever ends a run may be about to answer its caller.
    pub fn roll_back(self) {
        let Ok(engine) = self.world.engine().map(Arc::clone) else { return };
        let (env, transaction) = (self.env.clone(), Some(self.id.clone()));
        let request = Request { env, transaction, command: Command::AbortTransaction };
        let retry = move |outcome: Result<Reply>| {
            // An operation of it is at work. It ends soon, or the transaction does by its age.
            if outcome.is_err_and(|error| error.kind() == ErrorKind::TransactionBusy) {
                threads::run_after(LOOK_INTERVAL, move || self.roll_back());
            }
        };
        engine.execute_async(request, Box::new(retry));
    }
}
