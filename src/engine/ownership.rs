//! Whose something is, and what follows from that: the one table that applying
//! and taking back go by.

use serde::{Deserialize, Serialize};

/// What to do where a target exists, is not ours and differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnConflict {
    /// Stop before the first write.
    #[default]
    Fail,
    /// Leave it as it is and go on.
    Skip,
    /// Overwrite it.
    Overwrite,
}

/// Whose something is by the journal's word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Hold {
    /// This plan has nothing there.
    #[default]
    Nothing,
    /// This plan made it.
    Ours,
    /// It was there before this plan, or came from somebody else.
    Theirs,
    /// It was sent, and no outcome is known.
    Unsure(Was),
    /// It is ours, and was about to be deleted.
    Deleting,
    /// It is somebody else's, and this plan wrote over it, as asked; what it was
    /// is saved.
    Replaced,
}

impl Hold {
    /// Whether what stands there is, or may be, this plan's.
    pub(crate) fn is_ours(self) -> bool {
        matches!(
            self,
            Hold::Ours | Hold::Unsure(Was::Nothing | Was::Ours) | Hold::Deleting
        )
    }

    /// Whether what somebody else has there is, or may be, written over, and is
    /// saved.
    pub(crate) fn is_replaced(self) -> bool {
        matches!(self, Hold::Replaced | Hold::Unsure(Was::Saved))
    }

    /// Whether there may be something to take back.
    pub(crate) fn is_to_undo(self) -> bool {
        self.is_ours() || self.is_replaced()
    }

    /// What a write over something different would be over.
    pub(crate) fn under(self) -> Was {
        match self {
            Hold::Ours | Hold::Unsure(Was::Ours) | Hold::Deleting => Was::Ours,
            Hold::Nothing | Hold::Theirs | Hold::Replaced | Hold::Unsure(_) => Was::Theirs,
        }
    }
}

/// What stood where something is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Was {
    /// Nothing.
    #[default]
    Nothing,
    /// What this plan had made.
    Ours,
    /// What somebody else had.
    Theirs,
    /// What somebody else had, and what that was is saved.
    Saved,
}

/// What stands at a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    /// Nothing.
    Absent,
    /// What the plan wants.
    AsPlanned,
    /// What this plan sent last, which is not what it wants now.
    AsLeft,
    /// What somebody else had there before this plan wrote over it.
    AsBefore,
    /// Something else.
    Other,
    /// Something else, below what this plan made as a copy of something: the
    /// service put it there.
    Inherited,
}

/// What `apply` does next about a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// Nothing: it is done, and stands there.
    Skip,
    /// It is sent, where nothing stands.
    Send,
    /// It is sent again: this plan made it, and it is gone.
    SendAgain,
    /// It is sent over what this plan made.
    Update,
    /// What is there is taken for its outcome.
    Adopt,
    /// The run stops before the first write.
    Conflict,
    /// What is there is overwritten, as asked.
    Overwrite,
    /// What is there is left, as asked.
    Leave,
}

impl Next {
    /// Whether something new comes of it.
    pub(crate) fn is_made(self) -> bool {
        matches!(self, Next::Send | Next::SendAgain)
    }

    /// Whether a PUT is sent.
    pub(crate) fn is_sent(self) -> bool {
        matches!(
            self,
            Next::Send | Next::SendAgain | Next::Update | Next::Overwrite
        )
    }
}

/// What becomes of a target when it is applied.
pub(crate) fn next(hold: Hold, found: Found, on_conflict: OnConflict) -> Next {
    match (hold, found) {
        (Hold::Ours, Found::Absent) => Next::SendAgain,
        (_, Found::Absent | Found::Inherited) => Next::Send,
        (_, Found::AsPlanned) => Next::Adopt,
        (hold, Found::AsLeft) if hold.is_ours() => Next::Update,
        (_, Found::AsLeft | Found::AsBefore | Found::Other) => match on_conflict {
            OnConflict::Fail => Next::Conflict,
            OnConflict::Skip => Next::Leave,
            OnConflict::Overwrite => Next::Overwrite,
        },
    }
}

/// What becomes of a target when it is taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Undo {
    /// It is not this plan's.
    NotOurs,
    /// It is gone already.
    Gone,
    /// What was sent does not stand there, but may still come.
    NotYet,
    /// It is deleted.
    Delete,
    /// What somebody else had there is put back.
    PutBack,
    /// Somebody changed it: it stays.
    Changed,
}

/// What becomes of a target when it is taken back.
pub(crate) fn undo(hold: Hold, found: Found) -> Undo {
    match (hold, found) {
        (Hold::Nothing | Hold::Theirs | Hold::Unsure(Was::Theirs), _) => Undo::NotOurs,
        (Hold::Unsure(Was::Nothing), Found::Absent)
        | (Hold::Unsure(Was::Saved), Found::AsBefore) => Undo::NotYet,
        (Hold::Replaced, Found::AsBefore) => Undo::NotOurs,
        (_, Found::Absent) => Undo::Gone,
        (Hold::Replaced | Hold::Unsure(Was::Saved), Found::AsPlanned | Found::AsLeft) => {
            Undo::PutBack
        }
        (_, Found::AsPlanned | Found::AsLeft) => Undo::Delete,
        (_, Found::Other | Found::AsBefore | Found::Inherited) => Undo::Changed,
    }
}

#[cfg(test)]
#[path = "ownership_tests.rs"]
mod tests;
