//! What `plan` remembers of its reads, in a folder below the plan's that no
//! repository takes: it is of this machine and of this hour.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use super::FolderError;
use super::batches::batches;
use super::read::{limited, own_file};
use crate::address::WorkspaceName;

/// The folder, which keeps itself out of repositories.
const REMEMBERED: &str = ".remembered";

/// The file in it.
const ANSWERS: &str = "answers.jsonl";

/// Largest one that is read, in bytes.
const MOST: u64 = 1 << 30;

/// What an earlier plan remembered; nothing where that can't be read.
pub fn remembered(dir: &Path) -> Option<String> {
    let home = home(dir).ok()?;
    let path = home.join(ANSWERS);
    own_file(&path).ok()?;
    String::from_utf8(limited(&path, MOST).ok()?).ok()
}

/// Writes what the next plan may remember.
///
/// # Errors
/// When the file system refuses.
pub fn remember(dir: &Path, text: &str) -> Result<(), FolderError> {
    let failed = |source| FolderError::Io {
        path: dir.join(REMEMBERED),
        source,
    };
    let home = home(dir).map_err(failed)?;
    // What can't be replaced must not be gone by any longer.
    forget_one(dir)?;
    fs::create_dir_all(&home).map_err(failed)?;
    own_file(&home.join(".gitignore")).map_err(failed)?;
    fs::write(home.join(".gitignore"), "*\n").map_err(failed)?;
    let mut fresh = tempfile::NamedTempFile::new_in(&home).map_err(failed)?;
    fresh.write_all(text.as_bytes()).map_err(failed)?;
    fresh
        .persist(home.join(ANSWERS))
        .map_err(|e| failed(e.error))?;
    Ok(())
}

/// Forgets it, and what the workspace's batches beside it remember, since the
/// next plan goes by all of them: what is read next is read at the service.
///
/// # Errors
/// When the file system refuses.
pub fn forget(dir: &Path, workspace: &WorkspaceName) -> Result<(), FolderError> {
    let own = forget_one(dir);
    let beside = batches(&dir.join(".."), workspace)?.there.into_iter();
    beside.map(|dir| forget_one(&dir)).fold(own, Result::and)
}

/// What is no folder is never read: there is nothing to forget in it.
fn forget_one(dir: &Path) -> Result<(), FolderError> {
    let Ok(home) = home(dir) else { return Ok(()) };
    let path = home.join(ANSWERS);
    match fs::remove_file(&path) {
        Err(source) if !is_absent(&source) => Err(FolderError::Io { path, source }),
        _ => Ok(()),
    }
}

fn is_absent(error: &io::Error) -> bool {
    use io::ErrorKind::{NotADirectory, NotFound};
    matches!(error.kind(), NotFound | NotADirectory)
}

/// The folder's place. What is no folder there is somebody else's.
fn home(dir: &Path) -> io::Result<std::path::PathBuf> {
    let home = dir.join(REMEMBERED);
    match home.symlink_metadata() {
        Ok(found) if !found.is_dir() => Err(io::Error::other("it is no folder")),
        Err(error) if !is_absent(&error) => Err(error),
        _ => Ok(home),
    }
}
