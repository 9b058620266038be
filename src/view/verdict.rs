//! Whether a plan can go, in two words.

use std::fmt;

use crate::plan::{Plan, Severity};

/// What a reviewer wants to know first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Blockers that nobody allowed.
    Blocked(usize),
    /// It can go; so many findings are worth a look.
    Ready(usize),
}

impl Verdict {
    pub(super) fn of(plan: &Plan) -> Self {
        let warnings = (plan.findings.iter()).filter(|f| f.severity == Severity::Warning);
        match plan.blockers().count() {
            0 => Verdict::Ready(warnings.count()),
            some => Verdict::Blocked(some),
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Verdict::Ready(0) => f.write_str("Ready"),
            Verdict::Ready(some) => write!(f, "Ready, {some} to look at"),
            Verdict::Blocked(some) => write!(f, "Blocked by {some}"),
        }
    }
}
