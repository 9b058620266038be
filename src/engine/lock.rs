//! The lock that keeps a second run out of a plan folder.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use crate::plan::folder::own_file;

/// The lock's file in the plan folder.
const FILE: &str = ".lock";

/// Why the lock was not taken.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another run has it.
    #[error("another run is at work on `{}`", folder.display())]
    Held {
        /// The plan folder.
        folder: PathBuf,
    },
    /// The file can't be made or locked.
    #[error("could not lock `{}`", path.display())]
    Io {
        /// The lock's file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// A held lock; it is given back when dropped or when the process ends, so a
/// killed run leaves none behind. On Windows nobody can read the file meanwhile,
/// elsewhere the lock is only for who asks for it: nobody reads it anyway.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock of a plan folder, without waiting.
    pub(crate) fn take(folder: &Path) -> Result<Self, LockError> {
        let path = folder.join(FILE);
        let io = |source| LockError::Io {
            path: path.clone(),
            source,
        };
        own_file(&path).map_err(io)?;
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(io)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(LockError::Held {
                folder: folder.to_owned(),
            }),
            Err(TryLockError::Error(source)) => Err(io(source)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_run_is_kept_out_until_the_first_ends() {
        let folder = tempfile::tempdir().unwrap();
        let first = Lock::take(folder.path()).unwrap();
        let second = Lock::take(folder.path());
        assert!(matches!(second, Err(LockError::Held { .. })));
        drop(first);
        assert!(Lock::take(folder.path()).is_ok());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_no_lock() {
        let folder = tempfile::tempdir().unwrap();
        let elsewhere = folder.path().join("elsewhere");
        std::os::unix::fs::symlink(&elsewhere, folder.path().join(FILE)).unwrap();
        let lock = Lock::take(folder.path());
        assert!(matches!(lock, Err(LockError::Io { .. })) && !elsewhere.exists());
    }

    #[test]
    fn an_absent_folder_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let lock = Lock::take(&folder.path().join("none"));
        assert!(matches!(lock, Err(LockError::Io { .. })));
    }
}
