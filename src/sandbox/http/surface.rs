//! The sandbox's own surface, below `/_sandbox/`: what was asked of it, what it
//! holds, and holding writes.

use serde_json::{Value, json};

use super::gate::{Gate, Moment, Ticket};
use super::reply::{Refusal, Reply};
use super::shared::{Raw, Shared};

impl Shared {
    /// Answers a request below it, which nothing can disturb.
    pub(crate) fn inspect(&self, raw: &Raw, what: &str) -> Reply {
        match (raw.method.as_str(), what) {
            ("GET", "log") => Reply::json(200, json!(self.log())),
            ("DELETE", "log") => {
                self.state().log.clear();
                Reply::empty(204)
            }
            ("GET", "seq") => Reply::json(200, json!(self.state().seq)),
            ("GET", "dump") => Reply::json(200, self.dump()),
            ("GET", "hold") => {
                let state = self.state();
                let gate = state.gate.as_ref();
                Reply::json(200, gate.map_or(Value::Null, Gate::state))
            }
            ("PUT", "hold") => match self.hold(&raw.query) {
                Some(reply) => reply,
                None => Refusal::new(
                    400,
                    "ValidationError",
                    "Say what to hold: `write=N&moment=before`, or `after`.",
                )
                .into(),
            },
            ("DELETE", "hold") => {
                self.state().gate = None;
                Reply::empty(204)
            }
            _ => Refusal::not_found("The sandbox has `log`, `seq`, `dump` and `hold`.").into(),
        }
    }

    fn hold(&self, query: &str) -> Option<Reply> {
        let mut state = self.state();
        state.seq += 1;
        let gate = Gate::parse(query, state.seq)?;
        Some(Reply::json(200, state.gate.insert(gate).state()))
    }

    /// Waits while writes are held.
    pub(crate) async fn held(&self, ticket: Option<Ticket>, moment: Moment) {
        let wait = ticket.and_then(|ticket| self.state().gate.as_mut()?.hold(ticket, moment));
        if let Some(mut open) = wait {
            // A gate that is gone is open.
            let _ = open.wait_for(|open| *open).await;
        }
    }
}
