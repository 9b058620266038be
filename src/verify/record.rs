//! What the last look at the workspace found, kept beside the plan for those
//! who look at the plan.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::VerifyReport;
use crate::engine::journal::now;
use crate::plan::folder::{JOURNAL, own_file};

/// The file in the plan folder.
const VERIFIED: &str = ".verified.json";
/// More than it ever holds, in bytes.
const MOST: u64 = 4096;
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
    /// When the file can't be written, or leads elsewhere.
    pub fn keep(report: &VerifyReport, dir: &Path) -> io::Result<()> {
        let verified = Self {
            version: VERSION,
            at: now(),
            differ: report.differ(),
            journal: journal(dir),
        };
        let text = serde_json::to_string(&verified)?;
        let path = dir.join(VERIFIED);
        own_file(&path)?;
        fs::write(path, text + "\n")
    }

    /// What was found last; nothing where something was done since, or where
    /// that is not told.
    pub fn last(dir: &Path) -> Option<Self> {
        let path = dir.join(VERIFIED);
        own_file(&path).ok()?;
        let mut bytes = Vec::new();
        let file = File::open(path).ok()?;
        file.take(MOST).read_to_end(&mut bytes).ok()?;
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

    #[cfg(unix)]
    #[test]
    fn nothing_is_written_or_read_where_a_link_leads() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path();
        LastLook::keep(&VerifyReport::default(), dir).unwrap();
        let elsewhere = dir.join("elsewhere");
        fs::rename(dir.join(VERIFIED), &elsewhere).unwrap();
        std::os::unix::fs::symlink(&elsewhere, dir.join(VERIFIED)).unwrap();
        assert_eq!(LastLook::last(dir), None);
        let before = fs::read(&elsewhere).unwrap();
        assert!(LastLook::keep(&VerifyReport::default(), dir).is_err());
        assert_eq!(fs::read(&elsewhere).unwrap(), before);
    }
}
