//! What goes wrong in one run of the harness: a pure function of a number.

use std::fmt;

/// Faults of the service and the network, as the sandbox names them, with the
/// rate at which each comes.
pub(crate) const FAULTS: &[(&str, f64)] = &[
    ("401", 0.01),
    ("409-busy", 0.05),
    ("412", 0.04),
    ("422", 0.05),
    ("429", 0.004),
    ("429-date", 0.003),
    ("500", 0.05),
    ("503", 0.05),
    ("503-after-commit", 0.05),
    ("html", 0.04),
    ("not-json", 0.04),
    ("operation-failed", 0.15),
    ("operation-stuck", 0.08),
    ("reset", 0.04),
    ("reset-after-commit", 0.04),
    ("slow", 0.04),
    ("timeout-after-commit", 0.05),
    ("truncated", 0.03),
];

/// Which moment of a write the program is stopped at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    Before,
    After,
}

impl Moment {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Moment::Before => "before",
            Moment::After => "after",
        }
    }
}

/// What happens to the program while it runs, or to its journal before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Act {
    /// SIGKILL at this write.
    Kill(u64, Moment),
    /// SIGTERM at this write.
    Terminate(u64),
    /// Ctrl-C at this write.
    Interrupt(u64),
    /// Ctrl-C twice at this write.
    InterruptTwice(u64),
    /// No file may grow beyond this many blocks of 512 bytes.
    DiskFull(u64),
    /// The journal can't be written.
    ReadOnly,
    /// The wall clock jumps forth and back.
    Clock,
    /// The journal's last line is torn before the program starts.
    TornTail(u64),
    /// The journal is gone before the program starts.
    LostJournal,
}

/// Names of acts, as the table has them.
pub(crate) const ACTS: &[&str] = &[
    "SIGKILL before the N-th write",
    "SIGKILL after the N-th write",
    "SIGTERM",
    "Ctrl-C",
    "Ctrl-C twice",
    "disk full",
    "journal read-only",
    "clock jumps",
    "torn journal line",
    "journal lost",
];

/// A token that expires in mid-run, as the table has it.
pub(crate) const TOKENS: &str = "token expiry";

impl Act {
    pub(crate) fn name(self) -> &'static str {
        ACTS[match self {
            Act::Kill(_, Moment::Before) => 0,
            Act::Kill(_, Moment::After) => 1,
            Act::Terminate(_) => 2,
            Act::Interrupt(_) => 3,
            Act::InterruptTwice(_) => 4,
            Act::DiskFull(_) => 5,
            Act::ReadOnly => 6,
            Act::Clock => 7,
            Act::TornTail(_) => 8,
            Act::LostJournal => 9,
        }]
    }

    fn of(which: u64, dice: &mut Dice) -> Self {
        let write = 1 + dice.below(160);
        match which % 10 {
            0 => Act::Kill(write, Moment::Before),
            1 => Act::Kill(write, Moment::After),
            2 => Act::Terminate(write),
            3 => Act::Interrupt(write),
            4 => Act::InterruptTwice(write),
            5 => Act::DiskFull(2 + dice.below(88)),
            6 => Act::ReadOnly,
            7 => Act::Clock,
            8 => Act::TornTail(1 + dice.below(120)),
            _ => Act::LostJournal,
        }
    }

    /// Whether it takes from the journal what says that a copy is the plan's.
    pub(crate) fn loses_ownership(self) -> bool {
        matches!(self, Act::TornTail(_) | Act::LostJournal)
    }
}

/// All that goes wrong in one run of the harness.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Schedule {
    pub seed: u64,
    /// The sandbox's faults.
    pub faults: String,
    /// The sandbox's switches.
    pub switches: Vec<&'static str>,
    /// Requests that a token serves.
    pub token_life: Option<u64>,
    /// What befalls the first runs of `apply`, one each.
    pub acts: Vec<Act>,
    /// What befalls the first runs of `rollback`, where there is one.
    pub undone: Option<Vec<Act>>,
    pub concurrency: u64,
}

impl Schedule {
    pub(crate) fn of(seed: u64) -> Self {
        let mut dice = Dice::of(seed);
        // Every fault and every act has its turn; what goes with it is drawn.
        let turn = |n: usize| usize::try_from(seed).unwrap_or_default() % n;
        let mut faults = vec![FAULTS[turn(FAULTS.len())]];
        for _ in 0..dice.below(3) {
            let more = FAULTS[dice.pick(FAULTS.len())];
            if !faults.contains(&more) {
                faults.push(more);
            }
        }
        let faults: Vec<_> = faults
            .iter()
            .map(|(n, rate)| format!("{n}:{rate}"))
            .collect();
        let mut switches = vec!["operation-ms=5", "linger-ms=15"];
        switches.push(["async-shape=both", "async-shape=old", "async-shape=new"][dice.pick(3)]);
        switches.push(["async-create=true", "async-create=false"][dice.pick(2)]);
        let mut acts = vec![Act::of(seed / 2, &mut dice)];
        for _ in 0..dice.below(3) {
            let which = dice.below(10);
            acts.push(Act::of(which, &mut dice));
        }
        // What damages a journal needs one.
        if acts[0].loses_ownership() {
            let write = 10 + dice.below(140);
            acts.insert(0, Act::Kill(write, Moment::After));
        }
        let keeps = !acts.iter().any(|act| act.loses_ownership());
        let undone = (keeps && dice.below(4) == 0).then(|| {
            let write = 1 + dice.below(150);
            [
                vec![],
                vec![Act::Kill(write, Moment::Before)],
                vec![Act::Kill(write, Moment::After)],
                vec![Act::Interrupt(write)],
            ][dice.pick(4)]
            .clone()
        });
        Self {
            seed,
            faults: faults.join(","),
            switches,
            token_life: (dice.below(4) == 0).then(|| 40 + dice.below(200)),
            acts,
            undone,
            concurrency: [1, 3, 8, 16][dice.pick(4)],
        }
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "seed {}: faults {}, switches {:?}, token life {:?}, concurrency {}, apply {:?}, rollback {:?}",
            self.seed,
            self.faults,
            self.switches,
            self.token_life,
            self.concurrency,
            self.acts,
            self.undone
        )
    }
}

/// xorshift64*.
pub(crate) struct Dice(u64);

impl Dice {
    /// Numbers that follow each other begin far apart.
    pub(crate) fn of(seed: u64) -> Self {
        let mut dice = Self(seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        for _ in 0..8 {
            dice.next();
        }
        dice
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11
    }

    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    pub(crate) fn pick(&mut self, len: usize) -> usize {
        usize::try_from(self.next() % len as u64).unwrap_or_default()
    }
}

#[test]
fn a_number_always_tells_the_same_story_and_all_troubles_have_their_turn() {
    assert_eq!(Schedule::of(42), Schedule::of(42));
    let all: Vec<Schedule> = (0..100).map(Schedule::of).collect();
    for (fault, _) in FAULTS {
        let with = |s: &&Schedule| s.faults.contains(&format!("{fault}:"));
        assert!(all.iter().filter(with).count() >= 5, "{fault}");
    }
    for name in ACTS {
        let with = |s: &&Schedule| s.acts.iter().any(|act| act.name() == *name);
        assert!(all.iter().filter(with).count() >= 5, "{name}");
    }
    assert!(all.iter().filter(|s| s.token_life.is_some()).count() >= 10);
    assert!(all.iter().filter(|s| s.undone.is_some()).count() >= 10);
}
