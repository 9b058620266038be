//! What the last look at the workspace found, kept beside the plan for those
//! who look at the plan.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::VerifyReport;
use crate::engine::journal::now;
use crate::plan::Plan;
use crate::plan::folder::{JOURNAL, own_file};

/// The file in the plan folder.
const VERIFIED: &str = ".verified.json";
/// More than it ever holds, in bytes.
const MOST: u64 = 4096;
/// The version of its format.
const VERSION: u32 = 2;

/// When the workspace was compared with the plan, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastLook {
    version: u32,
    /// When, RFC 3339.
    pub at: String,
    /// How many differences there were.
    pub differ: usize,
    /// What it is about.
    of: Basis,
}

/// What a look at the workspace goes by: once either is another, it tells
/// nothing any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Basis {
    /// How long the journal is, in bytes.
    journal: u64,
    /// A digest of what the plan wants.
    plan: String,
}

impl Basis {
    /// Takes note of plan and journal; to be called before the workspace is
    /// looked at, since others may go on meanwhile.
    pub fn of(plan: &Plan, dir: &Path) -> Self {
        let mut wanted = Sha256::new();
        for step in &plan.steps {
            let body = step.content.as_ref().map(|c| c.body().to_string());
            wanted.update(format!("{:?} {}\n{body:?}\n", step.action, step.target));
        }
        Self {
            journal: fs::metadata(dir.join(JOURNAL)).map_or(0, |about| about.len()),
            plan: wanted.finalize().iter().fold(String::new(), hex),
        }
    }
}

fn hex(text: String, byte: &u8) -> String {
    format!("{text}{byte:02x}")
}

impl LastLook {
    /// Keeps what was found.
    ///
    /// # Errors
    /// When the file can't be written, or leads elsewhere.
    pub fn keep(report: &VerifyReport, of: Basis, dir: &Path) -> io::Result<()> {
        let verified = Self {
            version: VERSION,
            at: now(),
            differ: report.differ(),
            of,
        };
        let text = serde_json::to_string(&verified)?;
        let path = dir.join(VERIFIED);
        own_file(&path)?;
        fs::write(path, text + "\n")
    }

    /// What was found last; nothing where something was done or planned since,
    /// or where that is not told.
    pub fn last(plan: &Plan, dir: &Path) -> Option<Self> {
        let path = dir.join(VERIFIED);
        own_file(&path).ok()?;
        let mut bytes = Vec::new();
        let file = File::open(path).ok()?;
        file.take(MOST).read_to_end(&mut bytes).ok()?;
        let verified: Self = serde_json::from_slice(&bytes).ok()?;
        let holds = verified.version == VERSION && verified.of == Basis::of(plan, dir);
        holds.then_some(verified)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::fixtures::steps::{plan, step};

    fn tag(name: &str) -> Plan {
        plan(vec![
            step("tag", "/tags/t", &[]).with(json!({"displayName": name})),
        ])
    }

    #[test]
    fn what_was_found_is_told_until_something_is_done_or_planned() {
        let folder = tempfile::tempdir().unwrap();
        let (dir, plan) = (folder.path(), tag("one"));
        assert_eq!(LastLook::last(&plan, dir), None);
        let report = VerifyReport {
            secrets_differ: vec![crate::plan::StepId::new("namedValues/a")],
            ..VerifyReport::default()
        };
        fs::write(dir.join(JOURNAL), "one\n").unwrap();
        let of = Basis::of(&plan, dir);
        LastLook::keep(&report, of.clone(), dir).unwrap();
        assert_eq!(LastLook::last(&plan, dir).map(|v| v.differ), Some(1));
        assert_eq!(LastLook::last(&tag("two"), dir), None);
        fs::write(dir.join(JOURNAL), "one\ntwo\n").unwrap();
        assert_eq!(LastLook::last(&plan, dir), None);
        // Something was done while the workspace was looked at.
        LastLook::keep(&report, of, dir).unwrap();
        assert_eq!(LastLook::last(&plan, dir), None);
    }

    #[cfg(unix)]
    #[test]
    fn nothing_is_written_or_read_where_a_link_leads() {
        let folder = tempfile::tempdir().unwrap();
        let (dir, plan) = (folder.path(), tag("one"));
        let keep = || LastLook::keep(&VerifyReport::default(), Basis::of(&plan, dir), dir);
        keep().unwrap();
        let elsewhere = dir.join("elsewhere");
        fs::rename(dir.join(VERIFIED), &elsewhere).unwrap();
        std::os::unix::fs::symlink(&elsewhere, dir.join(VERIFIED)).unwrap();
        assert_eq!(LastLook::last(&plan, dir), None);
        let before = fs::read(&elsewhere).unwrap();
        assert!(keep().is_err());
        assert_eq!(fs::read(&elsewhere).unwrap(), before);
    }
}
