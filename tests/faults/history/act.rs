//! What happens in a history: a pure function of a number.

use std::fmt;

use crate::faults::schedule::{Dice, Moment};

/// What somebody else does in the workspace. The number picks what it is done
/// to among what there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deed {
    /// Changes a copy of ours.
    Change(u64),
    /// Deletes a copy of ours, with what stands below it.
    Delete(u64),
    /// Makes something else where a step of the plan would.
    Squat(u64),
    /// Makes the very thing where a step of the plan would.
    Forestall(u64),
    /// Puts an operation into an API of ours.
    Below(u64),
    /// Subscribes to an API or a product of ours.
    Subscribe(u64),
    /// Makes another revision of an API of ours the current one.
    Current(u64),
    /// Makes something of its own.
    Own(u64),
}

/// What befalls one run of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Befalls {
    Nothing,
    /// SIGKILL at this write.
    Kill(u64, Moment),
    /// Ctrl-C at this write.
    Interrupt(u64),
    /// Somebody does something when this write is carried out, and its answer
    /// has not come.
    Meanwhile(u64, Deed),
}

/// What to do about conflicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OnConflict {
    Fail,
    Skip,
    Overwrite,
}

/// One act of a history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Act {
    /// Plans these APIs, a bit each, where the program puts them by itself.
    Batch(u8),
    /// Plans them into the folder that is worked on; forced or not.
    Plan(u8, bool),
    /// Goes on with another folder.
    Turn(u64),
    /// Applies the plan.
    Apply {
        prune: bool,
        on_conflict: OnConflict,
        befalls: Befalls,
    },
    /// Rolls it back.
    Rollback(Befalls),
    /// A person edits a body in the plan's folder.
    Edit(u64),
    /// Somebody else writes to the workspace.
    Somebody(Deed),
    /// Something at the source changes, comes or goes.
    Drift(u64),
    /// The PFX that is to be uploaded is a new one.
    Renew,
    /// The journal is gone.
    LoseJournal,
    /// The journal's last line is torn.
    TearJournal(u64),
}

macro_rules! names {
    ($($name:ident = $text:literal,)+) => {
        $(const $name: &str = $text;)+

        /// Names of acts, as the table has them.
        pub(crate) const ACTS: &[&str] = &[$($name),+];
    };
}

names! {
    PLANNED = "planned, the same or wider",
    NARROWER = "planned narrower",
    BATCH = "planned a further batch",
    TURN = "went on with another batch",
    APPLIED = "applied",
    PRUNED = "applied with `--prune`",
    SKIPPED = "applied with `--on-conflict skip`",
    OVERWROTE = "applied with `--on-conflict overwrite`",
    ROLLED_BACK = "rolled back",
    EDITED = "a body edited",
    RENEWED = "a certificate renewed",
    DRIFTED = "the source changed",
    TURNED = "the source made another revision current",
    CHANGED = "somebody changed a copy",
    DELETED = "somebody deleted a copy",
    FIRST = "somebody was there first",
    BELOW = "somebody put something below a copy",
    CURRENT = "somebody made another revision of a copy current",
    SUBSCRIBED = "somebody subscribed to a copy",
    OWN = "somebody made something of their own",
    MEANWHILE = "somebody wrote at the same moment",
    KILLED = "SIGKILL in between",
    INTERRUPTED = "Ctrl-C in between",
    LOST = "the journal lost in between",
    TORN = "the journal torn in between",
}

impl Deed {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Deed::Change(_) => CHANGED,
            Deed::Delete(_) => DELETED,
            Deed::Squat(_) | Deed::Forestall(_) => FIRST,
            Deed::Below(_) => BELOW,
            Deed::Subscribe(_) => SUBSCRIBED,
            Deed::Current(_) => CURRENT,
            Deed::Own(_) => OWN,
        }
    }

    fn of(dice: &mut Dice) -> Self {
        let which = dice.below(1000);
        match dice.below(10) {
            0 | 1 => Deed::Change(which),
            2 => Deed::Delete(which),
            3 => Deed::Squat(which),
            4 => Deed::Forestall(which),
            5 => Deed::Below(which),
            6 => Deed::Subscribe(which),
            7 | 8 => Deed::Current(which),
            _ => Deed::Own(which),
        }
    }
}

impl Befalls {
    fn of(dice: &mut Dice, writes: u64) -> Self {
        let write = 1 + dice.below(writes);
        match dice.below(8) {
            0 => Befalls::Kill(write, Moment::Before),
            1 => Befalls::Kill(write, Moment::After),
            2 => Befalls::Interrupt(write),
            3 => Befalls::Meanwhile(
                write,
                match Deed::of(dice) {
                    // It changes much at once; whether before or after, only the
                    // service knows.
                    Deed::Current(which) => Deed::Forestall(which),
                    deed => deed,
                },
            ),
            _ => Befalls::Nothing,
        }
    }

    pub(crate) fn name(self) -> Option<&'static str> {
        match self {
            Befalls::Nothing => None,
            Befalls::Kill(..) => Some(KILLED),
            Befalls::Interrupt(_) => Some(INTERRUPTED),
            Befalls::Meanwhile(..) => Some(MEANWHILE),
        }
    }
}

impl Act {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Act::Plan(_, false) => PLANNED,
            Act::Plan(_, true) => NARROWER,
            Act::Batch(_) => BATCH,
            Act::Turn(_) => TURN,
            Act::Apply { prune: true, .. } => PRUNED,
            Act::Apply { on_conflict, .. } => match on_conflict {
                OnConflict::Fail => APPLIED,
                OnConflict::Skip => SKIPPED,
                OnConflict::Overwrite => OVERWROTE,
            },
            Act::Rollback(_) => ROLLED_BACK,
            Act::Edit(_) => EDITED,
            Act::Drift(11 | 12) => TURNED,
            Act::Drift(_) => DRIFTED,
            Act::Renew => RENEWED,
            Act::Somebody(deed) => deed.name(),
            Act::LoseJournal => LOST,
            Act::TearJournal(_) => TORN,
        }
    }

    fn of(dice: &mut Dice) -> Self {
        match dice.below(30) {
            0 | 1 => Act::Plan(apis(dice), false),
            2 | 24 => Act::Batch(apis(dice)),
            3 | 4 => Act::Plan(apis(dice), true),
            25..=27 => Act::Turn(dice.below(6)),
            5..=9 => Act::Apply {
                prune: dice.below(4) == 0,
                on_conflict: match dice.below(6) {
                    0 => OnConflict::Skip,
                    1 => OnConflict::Overwrite,
                    _ => OnConflict::Fail,
                },
                befalls: Befalls::of(dice, 24),
            },
            10..=12 => Act::Rollback(Befalls::of(dice, 14)),
            13..=15 => Act::Edit(dice.below(1000)),
            16..=20 => Act::Somebody(Deed::of(dice)),
            21 | 28 => Act::Drift(dice.below(13)),
            29 => Act::Renew,
            22 => Act::TearJournal(1 + dice.below(120)),
            _ => Act::LoseJournal,
        }
    }
}

/// Some of the APIs.
fn apis(dice: &mut Dice) -> u8 {
    u8::try_from(1 + dice.below(7)).unwrap_or(1)
}

/// A history: what happens, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct History {
    pub seed: u64,
    pub acts: Vec<Act>,
    pub concurrency: u64,
}

impl History {
    pub(crate) fn of(seed: u64) -> Self {
        let mut dice = Dice::of(seed ^ 0x5bd1_e995);
        let mut acts = vec![
            Act::Batch(apis(&mut dice)),
            Act::Apply {
                prune: false,
                on_conflict: OnConflict::Fail,
                befalls: Befalls::of(&mut dice, 24),
            },
        ];
        if dice.below(4) == 0 {
            acts.insert(1, Act::Somebody(Deed::of(&mut dice)));
        }
        if dice.below(3) == 0
            && let Act::Batch(first) = acts[0]
            && let rest @ 1.. = 7 & !first
        {
            acts.push(Act::Batch(rest));
            acts.push(Act::Apply {
                prune: false,
                on_conflict: OnConflict::Fail,
                befalls: Befalls::of(&mut dice, 16),
            });
        }
        for _ in 0..3 + dice.below(5) {
            acts.push(Act::of(&mut dice));
        }
        Self {
            seed,
            acts,
            concurrency: [1, 4, 16][dice.pick(3)],
        }
    }
}

impl fmt::Display for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "history {}, concurrency {}:",
            self.seed, self.concurrency
        )?;
        for (at, act) in self.acts.iter().enumerate() {
            write!(f, "\n  {}. {act:?}", at + 1)?;
        }
        Ok(())
    }
}
