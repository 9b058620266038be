//! The folders of a workspace's plans: one for each batch.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::FolderError;
use crate::address::WorkspaceName;

/// The folders of a workspace's plans.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batches {
    /// Those that are there: `billing`, `billing-2`, … in the order of their
    /// numbers.
    pub there: Vec<PathBuf>,
    /// Where the next one goes.
    pub next: PathBuf,
}

/// Finds the folders of a workspace's plans below a folder, which need not be
/// there. What is in them is not looked at.
///
/// # Errors
/// When the folder can't be read.
pub fn batches(home: &Path, workspace: &WorkspaceName) -> Result<Batches, FolderError> {
    let io = |source| FolderError::Io {
        path: home.to_owned(),
        source,
    };
    let mut numbers = Vec::new();
    match fs::read_dir(home) {
        Ok(entries) => {
            for entry in entries {
                let name = entry.map_err(io)?.file_name();
                numbers.extend(name.to_str().and_then(|name| number(name, workspace)));
            }
        }
        Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {}
        Err(e) => return Err(io(e)),
    }
    numbers.sort_unstable();
    let path = |number: u32| match number {
        1 => home.join(workspace.as_str()),
        n => home.join(format!("{workspace}-{n}")),
    };
    let next = (1..).find(|n| numbers.binary_search(n).is_err());
    Ok(Batches {
        next: path(next.unwrap_or(u32::MAX)),
        there: numbers.into_iter().map(path).collect(),
    })
}

/// The number of a batch, by its folder's name.
fn number(folder: &str, workspace: &WorkspaceName) -> Option<u32> {
    let rest = folder.strip_prefix(workspace.as_str())?;
    if rest.is_empty() {
        return Some(1);
    }
    let digits = rest.strip_prefix('-')?;
    let plain = digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0');
    digits.parse().ok().filter(|n| plain && *n > 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_are_found_by_number_and_the_next_takes_the_first_that_is_free() {
        let dir = tempfile::tempdir().unwrap();
        let workspace: WorkspaceName = "billing".parse().unwrap();
        let at = |name: &str| dir.path().join(name);
        let none = batches(&at("absent"), &workspace).unwrap();
        assert_eq!((none.there.len(), none.next), (0, at("absent/billing")));
        for name in [
            "billing",
            "billing-10",
            "billing-2",
            "billing-02",
            "billing-x",
            "billings",
        ] {
            fs::create_dir(at(name)).unwrap();
        }
        let found = batches(dir.path(), &workspace).unwrap();
        assert_eq!(found.there, ["billing", "billing-2", "billing-10"].map(at));
        assert_eq!(found.next, at("billing-3"));
    }
}
