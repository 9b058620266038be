use std::fs;

use super::*;
use crate::address::ServiceId;
use crate::engine::resume::Before;
use crate::plan::Selection;

fn plan(workspace: &str) -> Plan {
    let service = ServiceId::new("s", "g", "n").unwrap();
    Plan {
        name: "p".to_owned(),
        created: String::new(),
        generator: String::new(),
        source: service.clone(),
        target: service,
        workspace: workspace.parse().unwrap(),
        api_version: Default::default(),
        selection: Selection::default(),
        setup: Default::default(),
        allow: Vec::new(),
        findings: Vec::new(),
        steps: Vec::new(),
    }
}

fn id(text: &str) -> StepId {
    StepId::new(text)
}

fn intended(step: &str, over: bool) -> Entry {
    Entry::StepIntended {
        step: id(step),
        at: now(),
        over,
    }
}

fn done(step: &str, outcome: Outcome) -> Entry {
    Entry::StepDone {
        step: id(step),
        at: now(),
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
        reason: "no".to_owned(),
        etag: None,
    }
}

fn deleted(step: &str) -> Entry {
    Entry::Deleted {
        step: id(step),
        at: now(),
    }
}

#[test]
fn what_was_written_is_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let (mut journal, past) = Journal::open(&plan("w"), folder.path()).unwrap();
    assert_eq!(past, Past::default());
    let entries = [
        Entry::RunStarted {
            at: now(),
            what: "apply".to_owned(),
        },
        intended("a", false),
        done("a", Outcome::Created),
        intended("b", false),
        failed("b"),
        intended("c", false),
        intended("d", true),
        done("d", Outcome::Overwritten),
        done("e", Outcome::Adopted),
        intended("f", false),
        done("f", Outcome::Created),
        deleted("f"),
        Entry::RunEnded {
            at: now(),
            end: "stopped".to_owned(),
        },
    ];
    journal.append(&entries).unwrap();
    drop(journal);
    let (_, past) = Journal::open(&plan("W"), folder.path()).unwrap();
    let before: Vec<_> = ["a", "b", "c", "d", "e", "f", "g"]
        .iter()
        .map(|s| past.before(&id(s), "d"))
        .collect();
    assert_eq!(
        before,
        [
            Before::Done,
            Before::Failed,
            Before::Begun,
            Before::Done,
            Before::Done,
            Before::Never,
            Before::Never
        ]
    );
    let ours: Vec<_> = ["a", "b", "c", "d", "e"]
        .iter()
        .map(|s| past.of(&id(s)).unwrap().is_ours())
        .collect();
    assert_eq!(ours, [true, true, true, false, false]);
    assert_eq!((past.runs, past.end.as_deref()), (1, Some("stopped")));
}

#[test]
fn an_edited_step_counts_as_never_begun() {
    let mut past = Past::default();
    past.take(done("a", Outcome::Created));
    assert_eq!(past.before(&id("a"), "d"), Before::Done);
    assert_eq!(past.before(&id("a"), "other"), Before::Never);
    assert!(past.of(&id("a")).unwrap().is_ours());
}

#[test]
fn what_is_adopted_after_a_crash_in_mid_write_is_ours() {
    let mut past = Past::default();
    past.take(intended("a", false));
    past.take(done("a", Outcome::Adopted));
    past.take(intended("b", true));
    past.take(done("b", Outcome::Adopted));
    assert!(past.of(&id("a")).unwrap().is_ours());
    assert!(!past.of(&id("b")).unwrap().is_ours());
}

#[test]
fn a_torn_last_line_is_ignored_and_cut_off_wherever_it_was_torn() {
    let folder = tempfile::tempdir().unwrap();
    let (mut journal, _) = Journal::open(&plan("w"), folder.path()).unwrap();
    journal.append(&[done("a", Outcome::Created)]).unwrap();
    journal.append(&[done("b", Outcome::Created)]).unwrap();
    drop(journal);
    let path = folder.path().join(FILE);
    let whole = std::fs::read(&path).unwrap();
    for length in 0..whole.len() {
        std::fs::write(&path, &whole[..length]).unwrap();
        let lines = whole[..length].iter().filter(|&&b| b == b'\n').count();
        let seen = Journal::peek(&plan("w"), folder.path()).unwrap();
        assert_eq!(
            std::fs::read(&path).unwrap().len(),
            length,
            "peeking changes nothing"
        );
        let (mut journal, past) = Journal::open(&plan("w"), folder.path()).unwrap();
        assert_eq!(seen, past);
        assert_eq!(past.of(&id("a")).is_some(), lines >= 2, "{length}");
        assert!(past.of(&id("b")).is_none(), "{length}");
        journal.append(&[done("c", Outcome::Adopted)]).unwrap();
        drop(journal);
        let (_, past) = Journal::open(&plan("w"), folder.path()).unwrap();
        assert!(past.of(&id("c")).is_some(), "{length}");
    }
}

#[test]
fn anything_else_that_is_malformed_is_refused_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let (mut journal, _) = Journal::open(&plan("w"), folder.path()).unwrap();
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
        let error = Journal::open(&plan("w"), folder.path()).unwrap_err();
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
    drop(Journal::open(&plan("w"), folder.path()).unwrap());
    let other = Journal::open(&plan("x"), folder.path()).unwrap_err();
    assert!(matches!(other, JournalError::OtherTarget { .. }));
    let path = folder.path().join(FILE);
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("\"version\":1", "\"version\":2")).unwrap();
    let newer = Journal::open(&plan("w"), folder.path()).unwrap_err();
    assert!(matches!(newer, JournalError::Version { version: 2, .. }));
}

#[cfg(target_os = "linux")]
#[test]
fn a_journal_that_cannot_be_written_any_more_stops_a_run_that_can_be_continued() {
    let folder = tempfile::tempdir().unwrap();
    let (mut journal, _) = Journal::open(&plan("w"), folder.path()).unwrap();
    journal.file = File::options().write(true).open("/dev/full").unwrap();
    let error = journal.append(&[intended("a", false)]).unwrap_err();
    assert!(matches!(error, JournalError::Stopped { .. }), "{error}");
    let error = crate::apply::ApplyError::from(error);
    assert_eq!(error.exit(), crate::exit::Exit::Resumable);
    assert!(error.help().unwrap().contains("run the same again"));
}

#[cfg(unix)]
#[test]
fn a_link_is_no_journal_and_nothing_is_written_where_it_leads() {
    let (plan, folder) = (plan("w"), tempfile::tempdir().unwrap());
    let elsewhere = folder.path().join("elsewhere");
    std::os::unix::fs::symlink(&elsewhere, folder.path().join(FILE)).unwrap();
    let opened = Journal::open(&plan, folder.path());
    assert!(matches!(opened, Err(JournalError::Io { .. })));
    assert!(!elsewhere.exists() && Journal::peek(&plan, folder.path()).is_err());
}

#[test]
fn a_line_without_end_is_refused_with_its_number() {
    let (plan, folder) = (plan("w"), tempfile::tempdir().unwrap());
    drop(Journal::open(&plan, folder.path()).unwrap());
    let path = folder.path().join(FILE);
    let mut text = fs::read_to_string(&path).unwrap();
    text.push_str(&"x".repeat(3 << 20));
    fs::write(&path, text).unwrap();
    let error = Journal::peek(&plan, folder.path()).unwrap_err().to_string();
    assert!(
        error.contains("line 2") && error.contains("1048576 bytes"),
        "{error}"
    );
}
