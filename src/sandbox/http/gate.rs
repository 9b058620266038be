//! Holding writes at a chosen moment, so that a caller can be stopped exactly
//! then.

use serde_json::{Value, json};
use tokio::sync::watch;

/// When a write is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    /// Before anything is done.
    Before,
    /// When it is carried out, and its answer has not left.
    After,
}

/// Which write it is, of those that came while a gate was there. One that came
/// before a gate is nothing to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ticket {
    gate: u64,
    number: u64,
}

/// Holds a write, and all that come after it, until it is opened.
#[derive(Debug)]
pub(crate) struct Gate {
    id: u64,
    /// The number of the first write that is held, counted from 1.
    from: u64,
    moment: Moment,
    came: u64,
    held: u64,
    open: watch::Sender<bool>,
}

impl Gate {
    /// Reads `write=N&moment=before|after`. `id` is like no other gate's.
    pub(crate) fn parse(query: &str, id: u64) -> Option<Self> {
        let value = |name: &str| {
            let mut parts = query.split('&').filter_map(|part| part.split_once('='));
            parts.find(|(given, _)| *given == name).map(|(_, v)| v)
        };
        let moment = match value("moment").unwrap_or("before") {
            "before" => Moment::Before,
            "after" => Moment::After,
            _ => return None,
        };
        Some(Self {
            id,
            from: value("write")?.parse().ok()?,
            moment,
            came: 0,
            held: 0,
            open: watch::Sender::new(false),
        })
    }

    /// Counts a write that has come.
    pub(crate) fn count(&mut self) -> Ticket {
        self.came += 1;
        Ticket {
            gate: self.id,
            number: self.came,
        }
    }

    /// What a write waits for at this moment.
    pub(crate) fn hold(&mut self, ticket: Ticket, moment: Moment) -> Option<watch::Receiver<bool>> {
        let mine = ticket.gate == self.id && ticket.number >= self.from;
        let holds = mine && moment == self.moment && !*self.open.borrow();
        holds.then(|| {
            self.held += 1;
            self.open.subscribe()
        })
    }

    /// Lets everything through that is held, and what is still to come.
    pub(crate) fn open(&self) {
        self.open.send_replace(true);
    }

    /// What it does, for who put it there.
    pub(crate) fn state(&self) -> Value {
        json!({"writes": self.came, "held": self.held})
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.open();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_holds_from_a_write_on_at_its_moment_until_it_is_opened() {
        let mut gate = Gate::parse("write=2&moment=after", 7).unwrap();
        let (first, second) = (gate.count(), gate.count());
        assert!(gate.hold(first, Moment::After).is_none());
        assert!(gate.hold(second, Moment::Before).is_none());
        let held = gate.hold(second, Moment::After).unwrap();
        assert_eq!(gate.state(), json!({"writes": 2, "held": 1}));
        assert!(!*held.borrow());
        gate.open();
        let third = gate.count();
        assert!(*held.borrow() && gate.hold(third, Moment::After).is_none());
        let mut other = Gate::parse("write=1&moment=after", 8).unwrap();
        assert!(other.hold(second, Moment::After).is_none());
    }

    #[test]
    fn what_it_does_not_understand_is_no_gate() {
        for query in ["", "write=x", "moment=before", "write=1&moment=never"] {
            assert!(Gate::parse(query, 7).is_none(), "{query}");
        }
    }
}
