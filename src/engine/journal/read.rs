//! Reading a journal.

use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind, Read};
use std::path::Path;

use serde::de::DeserializeOwned;

use super::JournalError;
use super::entry::{About, Entry, Header, VERSION};
use super::ledger::Ledger;
use crate::misread::Misread;
use crate::plan::folder::own_file;

/// Longest line that is read, in bytes.
const MOST_LINE: u64 = 1 << 20;

/// Largest journal that is read, in bytes: ten full runs of the largest plan.
const MOST: u64 = 1 << 30;

/// Returns what a journal says, and the length of its whole lines in bytes;
/// zero when there is none yet.
pub(super) fn ledger(about: &About, path: &Path) -> Result<(Ledger, u64), JournalError> {
    let io = |source| JournalError::Io {
        path: path.to_owned(),
        source,
    };
    match own_file(path).and_then(|()| File::open(path)) {
        Ok(file) => lines(BufReader::new(file), about, path),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok((Ledger::default(), 0)),
        Err(source) => Err(io(source)),
    }
}

/// Reads line by line, so that a long journal takes no more memory than what
/// is known of each step.
pub(super) fn lines(
    mut text: impl BufRead,
    about: &About,
    path: &Path,
) -> Result<(Ledger, u64), JournalError> {
    let mut ledger = Ledger::default();
    let mut line = Vec::new();
    let mut whole = 0;
    for number in 1.. {
        line.clear();
        let most = MOST_LINE + 1;
        let length = (text.by_ref().take(most).read_until(b'\n', &mut line)).map_err(|source| {
            JournalError::Io {
                path: path.to_owned(),
                source,
            }
        })? as u64;
        let why = match length == most {
            true => Some(format!("it is longer than {MOST_LINE} bytes")),
            // What stands after the last line break was torn by a crash in
            // mid-write.
            false if !line.ends_with(b"\n") => break,
            false if whole + length > MOST => {
                Some(format!("up to here there are more than {MOST} bytes"))
            }
            false => None,
        };
        if let Some(why) = why {
            return Err(JournalError::Malformed {
                path: path.to_owned(),
                line: number,
                why,
            });
        }
        if number == 1 {
            let header: Header = parse(path, number, &line)?;
            check(about, path, header)?;
        } else {
            let mut entry = parse::<Entry>(path, number, &line)?;
            entry.place(about);
            ledger.take(entry);
        }
        whole += length;
    }
    Ok((ledger, whole))
}

fn parse<T: DeserializeOwned>(path: &Path, line: usize, text: &[u8]) -> Result<T, JournalError> {
    serde_json::from_slice(text).map_err(|e| JournalError::Malformed {
        path: path.to_owned(),
        line,
        why: Misread::from(e).to_string(),
    })
}

fn check(about: &About, path: &Path, header: Header) -> Result<(), JournalError> {
    if !(1..=VERSION).contains(&header.version) {
        return Err(JournalError::Version {
            path: path.to_owned(),
            version: header.version,
        });
    }
    if !header.target.eq_ignore_ascii_case(&about.target) {
        return Err(JournalError::OtherTarget {
            path: path.to_owned(),
            journal: crate::secret::plain(&header.target),
            plan: about.target.clone(),
        });
    }
    Ok(())
}
