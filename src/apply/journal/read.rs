//! Reading a journal.

use std::path::Path;

use serde::de::DeserializeOwned;

use super::record::Past;
use super::{Entry, Header, JournalError, VERSION};
use crate::plan::Plan;

/// Returns what a journal says, and the length of its whole lines in bytes;
/// zero when there is none yet.
pub(super) fn past(plan: &Plan, path: &Path) -> Result<(Past, u64), JournalError> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok((Past::default(), 0)),
        Err(source) => {
            return Err(JournalError::Io {
                path: path.to_owned(),
                source,
            });
        }
    };
    // What stands after the last line break was torn by a crash in mid-write.
    let whole = bytes
        .iter()
        .rposition(|&b| b == b'\n')
        .map_or(0, |at| at + 1);
    let mut past = Past::default();
    for (index, line) in bytes[..whole].split_inclusive(|&b| b == b'\n').enumerate() {
        let number = index + 1;
        if index == 0 {
            let header: Header = parse(path, number, line)?;
            check(plan, path, header)?;
        } else {
            past.take(parse::<Entry>(path, number, line)?);
        }
    }
    Ok((past, whole as u64))
}

fn parse<T: DeserializeOwned>(path: &Path, line: usize, text: &[u8]) -> Result<T, JournalError> {
    serde_json::from_slice(text).map_err(|e| JournalError::Malformed {
        path: path.to_owned(),
        line,
        why: reason(&e),
    })
}

/// serde's words without its own position, which counts from the line's start.
fn reason(error: &serde_json::Error) -> String {
    let text = crate::secret::plain(&error.to_string());
    match text.rfind(" at line ") {
        Some(at) => text[..at].to_owned(),
        None => text,
    }
}

fn check(plan: &Plan, path: &Path, header: Header) -> Result<(), JournalError> {
    if header.version != VERSION {
        return Err(JournalError::Version {
            path: path.to_owned(),
            version: header.version,
        });
    }
    if !header.target.eq_ignore_ascii_case(&plan.workspace_id()) {
        return Err(JournalError::OtherTarget {
            path: path.to_owned(),
            journal: crate::secret::plain(&header.target),
            plan: plan.workspace_id(),
        });
    }
    Ok(())
}
