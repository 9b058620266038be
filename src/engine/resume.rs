//! What happens to a step next, from what the journal says and what the target
//! holds: the rule of resuming, as a table.

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

/// What the journal says of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Before {
    /// Nothing, or it was rolled back since.
    Never,
    /// It was begun, and no outcome is known: the service may have done it.
    Begun,
    /// It was answered with a failure; the service may have done it in part.
    Failed,
    /// It is done.
    Done,
}

/// What stands where the step would write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    /// Nothing.
    Nothing,
    /// What the step would make.
    Same,
    /// What this plan made, as it left it, which is not what it wants now.
    AsLeft,
    /// Something else.
    Different,
    /// Something else below what this plan made: the service put it there by
    /// itself when it made the parent.
    Inherited,
}

/// What happens next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// Nothing: it is done.
    Skip,
    /// It is sent.
    Send,
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

/// Returns what happens next.
pub(crate) fn next(before: Before, found: Found, on_conflict: OnConflict) -> Next {
    match (before, found) {
        (Before::Done, _) => Next::Skip,
        (_, Found::Nothing | Found::Inherited) => Next::Send,
        (_, Found::Same) => Next::Adopt,
        (_, Found::AsLeft) => Next::Update,
        (_, Found::Different) => match on_conflict {
            OnConflict::Fail => Next::Conflict,
            OnConflict::Skip => Next::Leave,
            OnConflict::Overwrite => Next::Overwrite,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cell_of_the_table() {
        use Before::{Begun, Done, Failed, Never};
        use Found::{AsLeft, Different, Inherited, Nothing, Same};
        use OnConflict::{Fail, Overwrite, Skip};
        let table = [
            (Never, Nothing, [Next::Send; 3]),
            (Never, Same, [Next::Adopt; 3]),
            (
                Never,
                Different,
                [Next::Conflict, Next::Leave, Next::Overwrite],
            ),
            (Never, Inherited, [Next::Send; 3]),
            (Never, AsLeft, [Next::Update; 3]),
            (Begun, Nothing, [Next::Send; 3]),
            (Begun, Same, [Next::Adopt; 3]),
            (
                Begun,
                Different,
                [Next::Conflict, Next::Leave, Next::Overwrite],
            ),
            (Begun, Inherited, [Next::Send; 3]),
            (Begun, AsLeft, [Next::Update; 3]),
            (Failed, Nothing, [Next::Send; 3]),
            (Failed, Same, [Next::Adopt; 3]),
            (
                Failed,
                Different,
                [Next::Conflict, Next::Leave, Next::Overwrite],
            ),
            (Failed, Inherited, [Next::Send; 3]),
            (Failed, AsLeft, [Next::Update; 3]),
            (Done, Nothing, [Next::Skip; 3]),
            (Done, Same, [Next::Skip; 3]),
            (Done, Different, [Next::Skip; 3]),
            (Done, Inherited, [Next::Skip; 3]),
            (Done, AsLeft, [Next::Skip; 3]),
        ];
        for (before, found, expected) in table {
            for (policy, expected) in [Fail, Skip, Overwrite].into_iter().zip(expected) {
                assert_eq!(
                    next(before, found, policy),
                    expected,
                    "{before:?} {found:?} {policy:?}"
                );
            }
        }
    }
}
