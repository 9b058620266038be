use std::fs;

use super::*;
use crate::engine::ownership::{Hold, Was};
use crate::plan::StepId;
use crate::progress::Outcome;

fn about(workspace: &str) -> About {
    About {
        plan: "p".to_owned(),
        target: format!("/service/n/workspaces/{workspace}"),
        places: ["a", "b", "c", "d", "e", "f", "g"]
            .iter()
            .map(|step| (id(step), place(step)))
            .collect(),
    }
}

fn place(step: &str) -> String {
    format!("/workspaces/w/tags/{step}")
}

fn spot(step: &str) -> Spot {
    Spot::new(&place(step).to_uppercase())
}

fn id(text: &str) -> StepId {
    StepId::new(text)
}

fn intended(step: &str, was: Was) -> Entry {
    Entry::StepIntended {
        step: id(step),
        at: now(),
        target: Some(place(step)),
        kind: crate::engine::journal::Unread,
        digest: Some("d".to_owned()),
        was,
        saved: (was == Was::Saved).then(|| "s".to_owned()),
        upload: None,
        over: false,
    }
}

fn done(step: &str, outcome: Outcome) -> Entry {
    Entry::StepDone {
        step: id(step),
        at: now(),
        target: Some(place(step)),
        outcome,
        etag: Some("\"e\"".to_owned()),
        digest: Some("d".to_owned()),
        new_keys: false,
    }
}

fn failed(step: &str) -> Entry {
    Entry::StepFailed {
        step: id(step),
        at: now(),
        target: Some(place(step)),
        reason: "no".to_owned(),
        etag: None,
        overtaken: false,
        refused: false,
    }
}

fn deleted(step: &str) -> Entry {
    Entry::Deleted {
        step: id(step),
        at: now(),
        target: Some(place(step)),
    }
}

#[test]
fn what_was_written_is_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let (mut journal, ledger) = Journal::open(&about("w"), folder.path()).unwrap();
    assert_eq!(ledger, Ledger::default());
    let entries = [
        Entry::RunStarted {
            at: now(),
            what: "apply".to_owned(),
            by: Some("anna@contoso.com".to_owned()),
        },
        intended("a", Was::Nothing),
        done("a", Outcome::Created),
        intended("b", Was::Nothing),
        failed("b"),
        intended("c", Was::Nothing),
        intended("d", Was::Theirs),
        done("d", Outcome::Overwritten),
        done("e", Outcome::Adopted),
        intended("f", Was::Nothing),
        done("f", Outcome::Created),
        deleted("f"),
        intended("g", Was::Theirs),
        Entry::RunEnded {
            at: now(),
            end: "stopped".to_owned(),
            strain: None,
        },
    ];
    journal.append(&entries).unwrap();
    drop(journal);
    let text = fs::read_to_string(folder.path().join(FILE)).unwrap();
    assert_eq!(text.matches("\"was\"").count(), 2, "{text}");
    let (_, ledger) = Journal::open(&about("W"), folder.path()).unwrap();
    let unsure = Hold::Unsure(Was::Nothing);
    let expected = [
        ("a", Hold::Ours, true),
        ("b", unsure, false),
        ("c", unsure, false),
        ("d", Hold::Theirs, true),
        ("e", Hold::Theirs, true),
        ("f", Hold::Nothing, false),
        ("g", Hold::Unsure(Was::Theirs), false),
    ];
    for (step, hold, done) in expected {
        let spot = spot(step);
        let is_done = ledger.at(&spot).is_some_and(|h| h.is_done_as("d"));
        assert_eq!((ledger.hold(&spot), is_done), (hold, done), "{step}");
    }
    assert!(ledger.at(&spot("c")).unwrap().is_begun());
    assert!(ledger.at(&spot("b")).unwrap().reason.is_some());
    let run = ledger.runs.last().unwrap();
    assert_eq!(
        (ledger.runs.len(), run.end.as_deref()),
        (1, Some("stopped"))
    );
}

#[test]
fn a_long_run_holds_no_details() {
    let bare = |entry: &Entry| serde_json::to_value(entry.without_details()).unwrap();
    assert!(bare(&done("a", Outcome::Created)).get("etag").is_none());
    assert_eq!(bare(&failed("a"))["reason"], "");
}

#[test]
fn a_run_tells_what_came_of_it_and_counts_nothing_twice() {
    let mut ledger = Ledger::default();
    ledger.take(Entry::RunStarted {
        at: "2026-11-26T10:00:00Z".to_owned(),
        what: "apply".to_owned(),
        by: Some("anna@contoso.com".to_owned()),
    });
    ledger.take(intended("a", Was::Nothing));
    ledger.take(done("a", Outcome::Created));
    // Another step has moved its ETag.
    ledger.take(done("a", Outcome::Created));
    ledger.take(Entry::RunEnded {
        at: "2026-11-26T10:00:07Z".to_owned(),
        end: "done".to_owned(),
        strain: None,
    });
    let run = &ledger.runs[0];
    assert_eq!((run.done, run.failed), (1, 0));
    assert_eq!(run.took(), std::time::Duration::from_secs(7));
    assert_eq!(run.by.as_deref(), Some("anna@contoso.com"));
}

#[test]
fn an_edited_step_is_not_done_and_still_ours() {
    let mut ledger = Ledger::default();
    ledger.take(intended("a", Was::Nothing));
    ledger.take(done("a", Outcome::Created));
    let holding = ledger.at(&spot("a")).unwrap();
    assert!(holding.is_done_as("d") && !holding.is_done_as("other"));
    assert_eq!(holding.hold, Hold::Ours);
}

#[test]
fn what_is_adopted_after_a_crash_in_mid_write_is_ours() {
    let mut ledger = Ledger::default();
    ledger.take(intended("a", Was::Nothing));
    ledger.take(done("a", Outcome::Adopted));
    ledger.take(intended("b", Was::Theirs));
    ledger.take(done("b", Outcome::Adopted));
    assert_eq!(ledger.hold(&spot("a")), Hold::Ours);
    assert_eq!(ledger.hold(&spot("b")), Hold::Theirs);
    // What is left is not what this plan left there.
    let etag = |ledger: &Ledger, step| ledger.at(&spot(step)).and_then(|h| h.etag.clone());
    assert_eq!(etag(&ledger, "b").as_deref(), Some("\"e\""));
    ledger.take(intended("c", Was::Saved));
    ledger.take(done("c", Outcome::LeftAsIs));
    assert_eq!(ledger.hold(&spot("c")), Hold::Replaced);
    assert_eq!(etag(&ledger, "c"), None);
    // What was about to be deleted may still be, until it is written again.
    ledger.take(Entry::DeleteIntended {
        step: id("a"),
        at: now(),
        target: Some(place("a")),
        etag: None,
    });
    ledger.take(done("a", Outcome::LeftAsIs));
    assert_eq!(ledger.hold(&spot("a")), Hold::Deleting);
}

#[test]
fn a_journal_of_the_first_format_is_read_with_the_plans_places() {
    let folder = tempfile::tempdir().unwrap();
    let lines = [
        r#"{"version":1,"plan":"p","target":"/service/n/workspaces/w"}"#,
        r#"{"event":"run-started","at":"","what":"apply"}"#,
        r#"{"event":"step-intended","step":"a","at":""}"#,
        r#"{"event":"step-done","step":"a","at":"","outcome":"created","digest":"d"}"#,
        r#"{"event":"step-intended","step":"b","at":"","over":true}"#,
        r#"{"event":"step-done","step":"b","at":"","outcome":"overwritten"}"#,
        r#"{"event":"step-intended","step":"c","at":"","over":true}"#,
        r#"{"event":"step-intended","step":"gone","at":""}"#,
    ];
    let path = folder.path().join(FILE);
    fs::write(&path, lines.join("\n") + "\n").unwrap();
    let (mut journal, ledger) = Journal::open(&about("w"), folder.path()).unwrap();
    assert_eq!(ledger.hold(&spot("a")), Hold::Ours);
    assert_eq!(ledger.hold(&spot("b")), Hold::Theirs);
    assert_eq!(ledger.hold(&spot("c")), Hold::Unsure(Was::Theirs));
    let unknown: Vec<_> = (ledger.all().filter(|(_, h)| h.target.is_none()))
        .map(|(_, h)| (h.step.as_str(), h.hold))
        .collect();
    assert_eq!(unknown, [("gone", Hold::Unsure(Was::Nothing))]);
    // What is added has the members of this version, and the first line says so.
    journal.append(&[deleted("a")]).unwrap();
    drop(journal);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.starts_with(r#"{"version":3,"plan""#), "{text}");
    let ledger = Journal::peek(&about("w"), folder.path()).unwrap();
    assert_eq!(ledger.hold(&spot("a")), Hold::Nothing);
}

#[test]
fn a_journal_that_does_not_say_who_ran_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let lines = [
        r#"{"version":2,"plan":"p","target":"/service/n/workspaces/w"}"#,
        r#"{"event":"run-started","at":"2026-11-26T10:00:00Z","what":"apply"}"#,
        r#"{"event":"step-intended","step":"a","at":"2026-11-26T10:00:00Z","target":"/workspaces/w/tags/a","digest":"d"}"#,
        r#"{"event":"step-done","step":"a","at":"2026-11-26T10:00:01Z","target":"/workspaces/w/tags/a","outcome":"created","etag":"e","digest":"d"}"#,
        r#"{"event":"run-ended","at":"2026-11-26T10:00:02Z","end":"done"}"#,
    ];
    fs::write(folder.path().join(FILE), lines.join("\n") + "\n").unwrap();
    // Who only looks changes nothing.
    Journal::peek(&about("w"), folder.path()).unwrap();
    let text = fs::read_to_string(folder.path().join(FILE)).unwrap();
    assert_eq!(text, lines.join("\n") + "\n");
    let (_, ledger) = Journal::open(&about("w"), folder.path()).unwrap();
    assert_eq!(ledger.hold(&Spot::new("/workspaces/w/tags/a")), Hold::Ours);
    let run = &ledger.runs[0];
    assert_eq!((run.done, run.failed, run.by.as_deref()), (1, 0, None));
}

#[test]
fn a_torn_last_line_is_ignored_and_cut_off_wherever_it_was_torn() {
    let folder = tempfile::tempdir().unwrap();
    let (mut journal, _) = Journal::open(&about("w"), folder.path()).unwrap();
    journal.append(&[done("a", Outcome::Created)]).unwrap();
    journal.append(&[done("b", Outcome::Created)]).unwrap();
    drop(journal);
    let path = folder.path().join(FILE);
    let whole = std::fs::read(&path).unwrap();
    for length in 0..whole.len() {
        std::fs::write(&path, &whole[..length]).unwrap();
        let lines = whole[..length].iter().filter(|&&b| b == b'\n').count();
        let seen = Journal::peek(&about("w"), folder.path()).unwrap();
        assert_eq!(
            std::fs::read(&path).unwrap().len(),
            length,
            "peeking changes nothing"
        );
        let (mut journal, ledger) = Journal::open(&about("w"), folder.path()).unwrap();
        assert_eq!(seen, ledger);
        assert_eq!(ledger.at(&spot("a")).is_some(), lines >= 2, "{length}");
        assert!(ledger.at(&spot("b")).is_none(), "{length}");
        journal.append(&[done("c", Outcome::Adopted)]).unwrap();
        drop(journal);
        let (_, ledger) = Journal::open(&about("w"), folder.path()).unwrap();
        assert!(ledger.at(&spot("c")).is_some(), "{length}");
    }
}

#[test]
fn anything_else_that_is_malformed_is_refused_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let (mut journal, _) = Journal::open(&about("w"), folder.path()).unwrap();
    journal.append(&[done("a", Outcome::Created)]).unwrap();
    drop(journal);
    let path = folder.path().join(FILE);
    let good = std::fs::read_to_string(&path).unwrap();
    for bad in [
        "nonsense\n",
        "{\"event\":\"step-vanished\",\"step\":\"a\"}\n",
        "{\"event\":\"deleted\",\"step\":\"a\",\"at\":\"t\",\"more\":1}\n",
        "\n",
        "\0\0\0\n",
    ] {
        std::fs::write(&path, format!("{good}{bad}{good}")).unwrap();
        let error = Journal::open(&about("w"), folder.path()).unwrap_err();
        assert!(
            matches!(error, JournalError::Malformed { line: 3, .. }),
            "{error}"
        );
        assert!(error.help().unwrap().contains("move it away"));
    }
}

#[test]
fn the_journal_of_something_else_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    drop(Journal::open(&about("w"), folder.path()).unwrap());
    let other = Journal::open(&about("x"), folder.path()).unwrap_err();
    assert!(matches!(other, JournalError::OtherTarget { .. }));
    let path = folder.path().join(FILE);
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("\"version\":3", "\"version\":4")).unwrap();
    let newer = Journal::open(&about("w"), folder.path()).unwrap_err();
    assert!(matches!(newer, JournalError::Version { version: 4, .. }));
}

#[cfg(target_os = "linux")]
#[test]
fn a_journal_that_cannot_be_written_any_more_stops_a_run_that_can_be_continued() {
    let folder = tempfile::tempdir().unwrap();
    let (mut journal, _) = Journal::open(&about("w"), folder.path()).unwrap();
    journal.file = File::options().write(true).open("/dev/full").unwrap();
    let error = journal.append(&[intended("a", Was::Nothing)]).unwrap_err();
    assert!(matches!(error, JournalError::Stopped { .. }), "{error}");
    let error = crate::apply::ApplyError::from(error);
    assert_eq!(error.exit(), crate::exit::Exit::Resumable);
    assert!(error.help().unwrap().contains("run the same again"));
}

#[cfg(unix)]
#[test]
fn a_link_is_no_journal_and_nothing_is_written_where_it_leads() {
    let (about, folder) = (about("w"), tempfile::tempdir().unwrap());
    let elsewhere = folder.path().join("elsewhere");
    std::os::unix::fs::symlink(&elsewhere, folder.path().join(FILE)).unwrap();
    let opened = Journal::open(&about, folder.path());
    assert!(matches!(opened, Err(JournalError::Io { .. })));
    assert!(!elsewhere.exists() && Journal::peek(&about, folder.path()).is_err());
}

#[test]
fn a_line_without_end_is_refused_with_its_number() {
    let (about, folder) = (about("w"), tempfile::tempdir().unwrap());
    drop(Journal::open(&about, folder.path()).unwrap());
    let path = folder.path().join(FILE);
    let mut text = fs::read_to_string(&path).unwrap();
    text.push_str(&"x".repeat(3 << 20));
    fs::write(&path, text).unwrap();
    let error = Journal::peek(&about, folder.path())
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("line 2") && error.contains("1048576 bytes"),
        "{error}"
    );
}

#[test]
fn what_earlier_programs_wrote_beside_is_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    let about = about("w");
    let mut text = Journal::header(&about).unwrap();
    let line = r#"{"event":"step-intended","step":"tags/a","at":"","target":"/workspaces/w/tags/a","kind":"tag"}"#;
    text.extend(line.bytes().chain(*b"\n"));
    std::fs::write(folder.path().join(FILE), text).unwrap();
    let ledger = Journal::peek(&about, folder.path()).unwrap();
    let holding = ledger.at(&Spot::new("/workspaces/w/tags/a")).unwrap();
    assert_eq!(holding.hold, Hold::Unsure(Was::Nothing));
}

#[test]
fn what_is_withdrawn_was_somebodys_and_nothing_of_it_is_half_made() {
    let further = |part: Part| Entry::Further {
        step: id("a"),
        at: now(),
        target: Some(place("a")),
        further: Further::of(part),
    };
    for (part, hold) in [
        (Part::Numbered, Hold::Unsure(Was::Nothing)),
        (Part::Withdraw, Hold::Theirs),
    ] {
        let mut ledger = Ledger::default();
        ledger.take(intended("a", Was::Nothing));
        ledger.take(further(part));
        assert_eq!(ledger.hold(&spot("a")), hold, "{part:?}");
    }
}

#[test]
fn what_was_refused_where_nothing_stood_is_nobodys() {
    let refused = |step: &str| match failed(step) {
        Entry::StepFailed {
            step,
            at,
            target,
            reason,
            ..
        } => Entry::StepFailed {
            step,
            at,
            target,
            reason,
            etag: None,
            overtaken: false,
            refused: true,
        },
        other => other,
    };
    for (was, hold) in [
        (Was::Nothing, Hold::Nothing),
        (Was::Ours, Hold::Unsure(Was::Ours)),
        (Was::Theirs, Hold::Unsure(Was::Theirs)),
    ] {
        let mut ledger = Ledger::default();
        ledger.take(intended("a", was));
        ledger.take(refused("a"));
        assert_eq!(ledger.hold(&spot("a")), hold);
        assert!(ledger.at(&spot("a")).unwrap().reason.is_some());
    }
}

#[test]
fn what_was_begun_has_no_end_yet_and_what_was_sent_a_moment_ago_is_young() {
    let minute = std::time::Duration::from_secs(60);
    let mut ledger = Ledger::default();
    ledger.take(intended("a", Was::Nothing));
    let at = |ledger: &Ledger| ledger.at(&spot("a")).cloned().unwrap();
    assert!(at(&ledger).is_begun() && at(&ledger).is_younger(minute));
    ledger.take(done("a", Outcome::Created));
    assert!(!at(&ledger).is_begun());
    let mut old = intended("a", Was::Nothing);
    if let Entry::StepIntended { at, .. } = &mut old {
        *at = "2026-01-01T00:00:00Z".to_owned();
    }
    ledger.take(old);
    assert!(!at(&ledger).is_younger(minute));
    // What is left as it is where nothing was this plan's is somebody's.
    ledger.take(done("a", Outcome::Adopted));
    ledger.take(intended("b", Was::Theirs));
    ledger.take(done("b", Outcome::LeftAsIs));
    assert_eq!(ledger.hold(&spot("b")), Hold::Theirs);
}
