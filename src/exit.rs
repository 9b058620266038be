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
    /// All of them, by their codes.
    pub const ALL: &[Self] = &[
        Self::Done,
        Self::Failed,
        Self::Usage,
        Self::Blocked,
        Self::Resumable,
        Self::Differences,
        Self::Refused,
    ];

    /// What it means, in a few words.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Usage => "usage or bad input",
            Self::Blocked => "the plan has blockers",
            Self::Resumable => "stopped, can be resumed",
            Self::Differences => "verify found differences",
            Self::Refused => "refused",
        }
    }

    /// What whoever meets it does next.
    pub fn next(self) -> &'static str {
        match self {
            Self::Done => "go on",
            Self::Failed => {
                "read the message; what it says has to change before running it again helps"
            }
            Self::Usage => "nothing was sent: mend the arguments, variables or files",
            Self::Blocked => {
                "the plan is written, and `apply` refuses it: mend what blocks, or accept it with \
                 `--allow CODE` (`explain CODE` tells what it means)"
            }
            Self::Resumable => "run `apply` again: it goes on where it stopped",
            Self::Differences => "read what `verify` names: somebody changed it, or a step is open",
            Self::Refused => {
                "the source changed since the plan, something else stands in the workspace, the plan \
                 was edited into something that can't be carried out, or another run holds the lock: \
                 plan again, or do what the message says"
            }
        }
    }

    /// The code as the operating system takes it.
    pub fn code(self) -> u8 {
        self as u8
    }
}
