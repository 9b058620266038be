use proptest::prelude::*;

use super::*;
use crate::engine::OnConflict;
use crate::engine::journal::{Entry, Ledger, Spot};
use crate::plan::StepId;
use crate::progress::Outcome;

use Found::{Absent, AsBefore, AsLeft, AsPlanned, Inherited, Other};
use Hold::{Deleting, Nothing, Ours, Replaced, Theirs, Unsure};

const FOUND: [Found; 6] = [Absent, AsPlanned, AsLeft, AsBefore, Other, Inherited];

#[test]
fn every_cell_of_the_table_of_applying() {
    use Next::{Adopt, Conflict, Send, SendAgain, Update};
    // In the order of `FOUND`.
    let table = [
        (Nothing, [Send, Adopt, Conflict, Conflict, Conflict, Send]),
        (Theirs, [Send, Adopt, Conflict, Conflict, Conflict, Send]),
        (Ours, [SendAgain, Adopt, Update, Conflict, Conflict, Send]),
        (
            Unsure(Was::Nothing),
            [Send, Adopt, Update, Conflict, Conflict, Send],
        ),
        (
            Unsure(Was::Ours),
            [Send, Adopt, Update, Conflict, Conflict, Send],
        ),
        (
            Unsure(Was::Theirs),
            [Send, Adopt, Conflict, Conflict, Conflict, Send],
        ),
        (
            Unsure(Was::Saved),
            [Send, Adopt, Conflict, Conflict, Conflict, Send],
        ),
        (Deleting, [Send, Adopt, Update, Conflict, Conflict, Send]),
        (Replaced, [Send, Adopt, Conflict, Conflict, Conflict, Send]),
    ];
    for (hold, row) in table {
        for (found, expected) in FOUND.into_iter().zip(row) {
            for policy in [OnConflict::Fail, OnConflict::Skip, OnConflict::Overwrite] {
                let expected = match (expected, policy) {
                    (Conflict, OnConflict::Skip) => Next::Leave,
                    (Conflict, OnConflict::Overwrite) => Next::Overwrite,
                    (other, _) => other,
                };
                let what = next(hold, found, policy);
                assert_eq!(what, expected, "{hold:?} {found:?} {policy:?}");
            }
        }
    }
}

#[test]
fn every_cell_of_the_table_of_taking_back() {
    use Undo::{Changed, Delete, Gone, NotOurs, NotYet, PutBack};
    let ours = [Gone, Delete, Delete, Changed, Changed, Changed];
    let table = [
        (Nothing, [NotOurs; 6]),
        (Theirs, [NotOurs; 6]),
        (Unsure(Was::Theirs), [NotOurs; 6]),
        (Ours, ours),
        (
            Unsure(Was::Nothing),
            [NotYet, Delete, Delete, Changed, Changed, Changed],
        ),
        (Unsure(Was::Ours), ours),
        (Deleting, ours),
        (
            Replaced,
            [Gone, PutBack, PutBack, NotOurs, Changed, Changed],
        ),
        (
            Unsure(Was::Saved),
            [Gone, PutBack, PutBack, NotYet, Changed, Changed],
        ),
    ];
    for (hold, row) in table {
        for (found, expected) in FOUND.into_iter().zip(row) {
            assert_eq!(undo(hold, found), expected, "{hold:?} {found:?}");
        }
        assert_eq!(row[0] == NotOurs, !hold.is_to_undo(), "{hold:?}");
        let deletes = row.contains(&Delete);
        assert_eq!(deletes, hold.is_ours(), "{hold:?}");
    }
}

#[test]
fn an_overwritten_copy_of_ours_stays_ours() {
    for hold in [Ours, Unsure(Was::Ours), Deleting] {
        assert_eq!(hold.under(), Was::Ours);
    }
    for hold in [
        Nothing,
        Theirs,
        Replaced,
        Unsure(Was::Theirs),
        Unsure(Was::Saved),
        Unsure(Was::Nothing),
    ] {
        assert_eq!(hold.under(), Was::Theirs);
    }
}

#[test]
fn what_is_made_and_what_is_sent() {
    use Next::{Adopt, Conflict, Leave, Overwrite, Send, SendAgain, Skip, Update};
    let all = [
        Skip, Send, SendAgain, Update, Adopt, Conflict, Overwrite, Leave,
    ];
    let made: Vec<_> = all.into_iter().filter(|n| n.is_made()).collect();
    let sent: Vec<_> = all.into_iter().filter(|n| n.is_sent()).collect();
    assert_eq!(made, [Send, SendAgain]);
    assert_eq!(sent, [Send, SendAgain, Update, Overwrite]);
}

/// What happens to one target.
#[derive(Debug, Clone, Copy)]
enum Act {
    /// The plan wants something else.
    Edit(u8),
    Apply(OnConflict, Cut),
    Rollback(Cut),
    /// Somebody writes there.
    Write(u8),
    /// Somebody deletes what is there.
    Delete,
}

/// Where a run is cut off.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Cut {
    /// Nowhere.
    No,
    /// After the intent: the request never left.
    Before,
    /// After the request: its outcome was never put on record.
    After,
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let cut = || {
        prop_oneof![
            3 => Just(Cut::No),
            1 => Just(Cut::Before),
            1 => Just(Cut::After)
        ]
    };
    let policy = prop_oneof![
        4 => Just(OnConflict::Fail),
        1 => Just(OnConflict::Skip),
        1 => Just(OnConflict::Overwrite)
    ];
    let act = prop_oneof![
        2 => (0..3_u8).prop_map(Act::Edit),
        4 => (policy, cut()).prop_map(|(p, c)| Act::Apply(p, c)),
        2 => cut().prop_map(Act::Rollback),
        1 => (0..4_u8).prop_map(Act::Write),
        1 => Just(Act::Delete),
    ];
    proptest::collection::vec(act, 1..24)
}

/// The target, as an observer sees it who knows who wrote last.
#[derive(Debug, Default)]
struct World {
    /// What stands there, and whether somebody else has a part in it.
    there: Option<(u8, bool)>,
    /// How often something was written there: its ETag.
    etag: u32,
    planned: u8,
    ledger: Ledger,
    /// What somebody else wrote there last.
    theirs: Option<u8>,
    /// Whether this plan wrote there last.
    ours_last: bool,
}

const SPOT: &str = "/workspaces/w/tags/a";

impl World {
    fn hold(&self) -> Hold {
        self.ledger.hold(&Spot::new(SPOT))
    }

    fn put(&mut self, what: u8, theirs: bool) {
        self.there = Some((what, theirs));
        self.etag += 1;
    }

    /// Whether what stands there is another thing than was about to be deleted.
    fn is_made_again(&self) -> bool {
        let holding = self.ledger.at(&Spot::new(SPOT));
        let holding = holding.filter(|h| h.hold == Deleting && self.there.is_some());
        let then = holding.and_then(|h| h.deleting.clone());
        then.is_some_and(|then| then != self.etag.to_string())
    }

    fn found(&self) -> Found {
        let holding = self.ledger.at(&Spot::new(SPOT));
        let sent = holding.and_then(|h| h.sent.clone());
        let saved = self.saved();
        match self.there {
            None => Absent,
            Some((is, _)) if is == self.planned => AsPlanned,
            Some((is, _)) if sent == Some(is.to_string()) => AsLeft,
            Some((is, _)) if saved == Some(is.to_string()) => AsBefore,
            Some(_) => Other,
        }
    }

    fn saved(&self) -> Option<String> {
        self.ledger.at(&Spot::new(SPOT))?.saved.clone()
    }

    fn intend(&mut self, was: Was, saved: Option<String>) {
        self.ledger.take(Entry::StepIntended {
            step: StepId::new("tags/a"),
            at: String::new(),
            target: Some(SPOT.to_owned()),
            kind: crate::engine::journal::Unread,
            digest: Some(self.planned.to_string()),
            was,
            saved,
            upload: None,
            over: false,
        });
    }

    fn done(&mut self, outcome: Outcome) {
        self.ledger.take(Entry::StepDone {
            step: StepId::new("tags/a"),
            at: String::new(),
            target: Some(SPOT.to_owned()),
            outcome,
            etag: None,
            digest: Some(self.planned.to_string()),
            new_keys: false,
        });
    }

    fn apply(&mut self, policy: OnConflict, cut: Cut) -> Next {
        let (mut hold, found) = (self.hold(), self.found());
        let again = self.is_made_again();
        if again {
            hold = Nothing;
        }
        let next = next(hold, found, policy);
        if again && !matches!(next, Next::Leave | Next::Conflict) {
            let (step, at) = (StepId::new("tags/a"), String::new());
            let target = Some(SPOT.to_owned());
            self.ledger.take(Entry::Deleted { step, at, target });
        }
        let mut saved = None;
        let (was, outcome) = match next {
            Next::Adopt => {
                self.done(Outcome::Adopted);
                return next;
            }
            Next::Leave => {
                self.done(Outcome::LeftAsIs);
                return next;
            }
            Next::Skip | Next::Conflict => return next,
            Next::Send | Next::SendAgain => (Was::Nothing, Outcome::Created),
            Next::Update => (Was::Ours, Outcome::Updated),
            Next::Overwrite => match hold.under() {
                Was::Ours => (Was::Ours, Outcome::Updated),
                _ => {
                    let before = self
                        .saved()
                        .filter(|_| hold.is_replaced() && found == AsLeft);
                    saved = before.or_else(|| Some(self.there?.0.to_string()));
                    (Was::Saved, Outcome::Overwritten)
                }
            },
        };
        self.intend(was, saved);
        if cut != Cut::Before {
            // What somebody else had is still his, whatever it says now.
            let theirs = was == Was::Saved && self.there.is_some();
            self.put(self.planned, theirs);
            self.ours_last = true;
        }
        if cut == Cut::No {
            self.done(outcome);
        }
        next
    }

    fn rollback(&mut self, cut: Cut) -> Undo {
        let found = match self.is_made_again() {
            true => Other,
            false => self.found(),
        };
        let what = undo(self.hold(), found);
        let (step, at) = (StepId::new("tags/a"), String::new());
        let target = Some(SPOT.to_owned());
        match what {
            Undo::NotOurs | Undo::Gone | Undo::NotYet => {
                self.ledger.take(Entry::Deleted { step, at, target });
            }
            Undo::Changed => {}
            Undo::PutBack => {
                let before = self.saved().unwrap().parse().unwrap();
                self.ledger.take(Entry::PutBackIntended {
                    step: step.clone(),
                    at: at.clone(),
                    target: target.clone(),
                });
                if cut != Cut::Before {
                    self.put(before, true);
                    self.theirs = Some(before);
                }
                if cut == Cut::No {
                    self.ledger.take(Entry::PutBack { step, at, target });
                }
            }
            Undo::Delete => {
                self.ledger.take(Entry::DeleteIntended {
                    step: step.clone(),
                    at: at.clone(),
                    target: target.clone(),
                    etag: Some(self.etag.to_string()),
                });
                if cut != Cut::Before {
                    self.there = None;
                }
                if cut == Cut::No {
                    self.ledger.take(Entry::Deleted { step, at, target });
                }
            }
        }
        what
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]
    #[test]
    fn no_history_loses_or_takes_anything(acts in acts()) {
        let mut world = World::default();
        for act in acts {
            let before = world.there;
            match act {
                Act::Edit(planned) => world.planned = planned,
                Act::Write(what) => {
                    // Somebody who writes what stands there leaves no trace.
                    if world.there.is_none_or(|(is, _)| is != what) {
                        world.put(what, true);
                        world.theirs = Some(what);
                        world.ours_last = false;
                    }
                }
                Act::Delete => world.there = None,
                Act::Apply(policy, cut) => {
                    let again = world.is_made_again();
                    let what = world.apply(policy, cut);
                    if again {
                        // However much it looks like this plan's word.
                        prop_assert_ne!(what, Next::Update);
                    }
                    if let Some((is, true)) = before
                        && policy != OnConflict::Overwrite
                        && is != world.planned
                        && world.there != before
                    {
                        // Only what looks exactly like our last word may be
                        // taken for it.
                        prop_assert_eq!(what, Next::Update);
                    }
                    if cut == Cut::No && !matches!(what, Next::Conflict | Next::Leave) {
                        prop_assert_eq!(world.there.map(|t| t.0), Some(world.planned));
                    }
                    if what == Next::Conflict {
                        prop_assert_eq!(world.there, before);
                    }
                }
                Act::Rollback(cut) => {
                    if world.is_made_again() {
                        prop_assert_eq!(world.rollback(cut), Undo::Changed);
                        prop_assert_eq!(world.there, before);
                        continue;
                    }
                    let ours = world.hold().is_ours();
                    let (replaced, ours_last) = (world.hold().is_replaced(), world.ours_last);
                    let what = world.rollback(cut);
                    if what == Undo::PutBack {
                        prop_assert!(replaced);
                        // Only what looks exactly like our word may be taken
                        // for it.
                        if ours_last && cut != Cut::Before {
                            prop_assert_eq!(world.there, world.theirs.map(|is| (is, true)));
                        }
                    } else if !ours {
                        prop_assert_eq!(world.there, before);
                    }
                    if cut == Cut::No && ours && what != Undo::Changed {
                        prop_assert_eq!(world.there, None);
                    }
                }
            }
            if let Some((_, false)) = world.there {
                // What only this plan wrote is never forgotten.
                prop_assert!(world.hold().is_ours(), "{:?}", world);
            }
        }
    }
}
