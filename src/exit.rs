//! The exit codes, which others script against.

/// How a run of the program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Exit {
    /// Everything was done.
    Done = 0,
    /// Something failed.
    Failed = 1,
    /// Usage or bad input: nothing was sent.
    Usage = 2,
    /// The plan was written but has blockers.
    Blocked = 3,
    /// `apply` stopped before the end and can be resumed.
    Resumable = 4,
    /// `verify` found differences.
    Differences = 5,
    /// Refused: drift, conflict, a tampered plan, or another run's lock.
    Refused = 6,
}

impl Exit {
    /// The code as the operating system takes it.
    pub fn code(self) -> u8 {
        self as u8
    }
}
