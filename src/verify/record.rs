//! What the last look at the workspace found, kept beside the plan for those
//! who look at the plan.

use std::fs;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::VerifyReport;
use crate::engine::journal::now;
use crate::plan::folder::JOURNAL;

/// The file in the plan folder.
const VERIFIED: &str = ".verified.json";
/// The version of its format.
const VERSION: u32 = 1;

/// When the workspace was compared with the plan, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastLook {
    version: u32,
    /// When, RFC 3339.
    pub at: String,
    /// How many differences there were.
    pub differ: usize,
    /// How long the journal was, in bytes: once it has grown, this tells
    /// nothing any more.
    journal: u64,
}

impl LastLook {
    /// Keeps what was found.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn keep(report: &VerifyReport, dir: &Path) -> io::Result<()> {
        let verified = Self {
            version: VERSION,
            at: now(),
            differ: report.differ(),
            journal: journal(dir),
        };
        let text = serde_json::to_string(&verified)?;
        fs::write(dir.join(VERIFIED), text + "\n")
    }

    /// What was found last; nothing where something was done since, or where
    /// that is not told.
    pub fn last(dir: &Path) -> Option<Self> {
        let bytes = fs::read(dir.join(VERIFIED)).ok()?;
        let verified: Self = serde_json::from_slice(&bytes).ok()?;
        (verified.version == VERSION && verified.journal == journal(dir)).then_some(verified)
    }
}

fn journal(dir: &Path) -> u64 {
    fs::metadata(dir.join(JOURNAL)).map_or(0, |about| about.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_found_is_told_until_something_is_done() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path();
        assert_eq!(LastLook::last(dir), None);
        let report = VerifyReport {
            secrets_differ: vec![crate::plan::StepId::new("namedValues/a")],
            ..VerifyReport::default()
        };
        fs::write(dir.join(JOURNAL), "one\n").unwrap();
        LastLook::keep(&report, dir).unwrap();
        assert_eq!(LastLook::last(dir).map(|v| v.differ), Some(1));
        fs::write(dir.join(JOURNAL), "one\ntwo\n").unwrap();
        assert_eq!(LastLook::last(dir), None);
    }
}
