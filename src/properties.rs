//! What holds for whatever bytes are read: one function each, which panics when
//! it does not hold. The fuzz targets in `fuzz/` and the tests beside this file
//! call the same ones.

use std::path::Path;

use serde_json::Value;

use crate::address::{ResourcePath, ServiceId, TargetPath, WorkspaceName, split_revision};
use crate::arm::json::parse;
use crate::arm::limits::{ANSWER_VALUES, DETAILS, MESSAGE, WORD};
use crate::arm::read::page_of;
use crate::arm::{Endpoint, Refusal};
use crate::engine::journal::{About, Entry, Journal};
use crate::engine::ownership::Was;
use crate::inventory::snapshot;
use crate::plan::StepId;
use crate::plan::folder::{self, PLAN_FILE, RESOURCES};
use crate::policy::{Edit, rewrite, scan, without_layout};
use crate::progress::Outcome;
use crate::secret::{is_unseen, plain, seen_json, seen_text};
use crate::traits::Found;

/// A policy: references stand where they are said to, and giving each the name
/// it has changes no byte.
pub fn policy(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let scanned = scan(&text);
    assert_eq!(scan(&text), scanned);
    let _ = without_layout(&text);
    assert_eq!(rewrite(&text, &[]).as_deref(), Ok(&*text));
    for reference in &scanned.references {
        let span = reference.span.clone();
        let Some(written) = text.get(span.clone()) else {
            panic!("{span:?} is no part of the document");
        };
        // A name that needs escaping may come back in another spelling.
        if written == reference.name && !written.contains(['&', '<', '>', '"', '\'']) {
            let edit = Edit {
                span,
                text: written.to_owned(),
            };
            if let Ok(same) = rewrite(&text, &[edit]) {
                assert_eq!(same, text);
            }
        }
    }
}

/// `plan.yaml`: what can be read can be written, and is then read as the same.
pub fn plan_yaml(bytes: &[u8]) {
    let Ok(dir) = tempfile::tempdir() else { return };
    if std::fs::write(dir.path().join(PLAN_FILE), bytes).is_ok() {
        same_again(dir.path());
    }
}

/// A body, and with it the document beside it: the same.
pub fn plan_body(bytes: &[u8]) {
    let Ok(dir) = tempfile::tempdir() else { return };
    let bodies = dir.path().join(RESOURCES).join("apis/a/policies");
    let half = bytes.len() / 2;
    let written = std::fs::create_dir_all(&bodies)
        .and_then(|()| std::fs::write(dir.path().join(PLAN_FILE), PLAN))
        .and_then(|()| std::fs::write(dir.path().join(RESOURCES).join("apis/a.json"), bytes))
        .and_then(|()| std::fs::write(bodies.join("policy.json"), &bytes[..half]))
        .and_then(|()| std::fs::write(bodies.join("policy.xml"), &bytes[half..]));
    if written.is_ok() {
        same_again(dir.path());
    }
}

const PLAN: &str = "\
version: 1
name: p
created: ''
generator: g
source: { service: /subscriptions/s/resourceGroups/g/providers/Microsoft.ApiManagement/service/n }
target: { service: /subscriptions/s/resourceGroups/g/providers/Microsoft.ApiManagement/service/n, workspace: w }
selection: { apis: [a] }
findings: []
steps:
  - { id: apis/a, kind: api, action: create, target: /workspaces/w/apis/a, body: resources/apis/a.json, after: [], because: [] }
  - { id: apis/a/policies/policy, kind: apiPolicy, action: create, target: /workspaces/w/apis/a/policies/policy, body: resources/apis/a/policies/policy.json, after: [apis/a], because: [] }
";

fn same_again(dir: &Path) {
    let Ok(plan) = folder::read(dir) else { return };
    let Ok(again) = tempfile::tempdir() else {
        return;
    };
    // Bodies of kinds without a document, and the like, are not written.
    if folder::write(&plan, again.path(), false).is_ok() {
        let back = folder::read(again.path());
        let back = back.unwrap_or_else(|e| panic!("what was written can't be read: {e}"));
        assert_eq!(format!("{back:?}"), format!("{plan:?}"));
    }
}

/// A journal: read or refused with the number of the line; what is torn off at
/// its end costs no line that was complete.
pub fn journal(bytes: &[u8]) {
    let about = about();
    let lines = bytes.iter().filter(|b| **b == b'\n').count();
    match Journal::parse(bytes, &about) {
        Ok((_, whole)) => {
            let last = bytes.iter().rposition(|b| *b == b'\n');
            assert_eq!(whole, last.map_or(0, |at| at as u64 + 1));
        }
        Err(error) => {
            let words = error.to_string();
            assert!(!words.contains(is_unseen), "{words:?}");
            let number = words
                .strip_prefix("line ")
                .and_then(|w| w.split(' ').next()?.parse::<usize>().ok());
            assert!(number.is_none_or(|n| n >= 1 && n <= lines + 1), "{words}");
        }
    }
}

/// A journal that the bytes decide on, torn where they say: every line that was
/// complete counts, and no other.
pub fn torn_journal(bytes: &[u8]) {
    let about = about();
    let (cut, steps) = bytes.split_at(bytes.len().min(2));
    let Ok(mut text) = Journal::header(&about) else {
        return;
    };
    let mut ends = vec![(text.len(), 0)];
    for (number, byte) in steps.iter().enumerate() {
        let entry = entry(*byte);
        let Ok(mut line) = serde_json::to_vec(&entry) else {
            return;
        };
        line.push(b'\n');
        text.append(&mut line);
        ends.push((text.len(), number + 1));
    }
    let cut = cut
        .iter()
        .fold(0_usize, |sum, b| sum * 256 + usize::from(*b));
    let cut = cut % (text.len() + 1);
    let torn = Journal::parse(&text[..cut], &about);
    let (ledger, whole) = torn.unwrap_or_else(|e| panic!("a torn journal was refused: {e}"));
    let complete = ends.iter().rev().find(|(end, _)| *end <= cut);
    let (end, count) = complete.copied().unwrap_or_default();
    assert_eq!(whole, end as u64);
    let mut expected = crate::engine::journal::Ledger::default();
    for byte in &steps[..count] {
        expected.take(entry(*byte));
    }
    assert_eq!(ledger, expected);
}

fn entry(byte: u8) -> Entry {
    let step = StepId::new(format!("tags/{}\n\u{202e}\"", byte % 5));
    let at = String::new();
    let target = byte
        .is_multiple_of(2)
        .then(|| format!("/workspaces/w/tags/{}", byte % 5));
    match byte / 5 % 5 {
        0 => Entry::StepIntended {
            step,
            at,
            target,
            kind: crate::engine::journal::Unread,
            digest: None,
            was: if byte > 127 {
                Was::Theirs
            } else {
                Was::Nothing
            },
            saved: None,
            upload: None,
            over: false,
        },
        1 => Entry::StepDone {
            step,
            at,
            target,
            outcome: Outcome::Created,
            etag: Some(format!("\"{byte}\"")),
            digest: None,
            new_keys: false,
        },
        2 => Entry::StepFailed {
            step,
            at,
            target,
            reason: "no".to_owned(),
            etag: None,
            overtaken: false,
            refused: false,
        },
        3 => Entry::Deleted { step, at, target },
        _ => Entry::RunStarted {
            at,
            what: "apply".to_owned(),
            by: None,
        },
    }
}

fn about() -> About {
    About {
        plan: "p".to_owned(),
        target: "/subscriptions/s/resourceGroups/g/providers/Microsoft.ApiManagement/service/n/workspaces/w"
            .to_owned(),
        ..About::default()
    }
}

/// The body of an error: what is kept of it is short and does nothing to a
/// terminal.
pub fn arm_error(bytes: &[u8]) {
    let refusal = Refusal::read("PUT", "/x", 400, bytes);
    let short = |text: &str, most: usize| {
        assert!(text.chars().count() <= most + 1);
        assert!(!text.contains(is_unseen), "{text:?}");
    };
    short(&refusal.code, WORD);
    short(&refusal.message, MESSAGE);
    assert!(refusal.details.len() <= DETAILS);
    for detail in &refusal.details {
        short(&detail.code, WORD);
        short(&detail.target, WORD);
        short(&detail.message, MESSAGE);
    }
}

/// A page of a list: bounded, and its link leads to the endpoint or nowhere.
pub fn list_page(bytes: &[u8]) {
    let Ok(endpoint) = "https://arm.example".parse::<Endpoint>() else {
        return;
    };
    let leads_home = |link: &str| {
        if let Ok(url) = endpoint.own_link(link) {
            assert_eq!(url.scheme(), "https");
            assert_eq!(url.host_str(), Some("arm.example"));
            assert_eq!(url.port_or_known_default(), Some(443));
            assert!(url.username().is_empty() && url.password().is_none());
        }
    };
    leads_home(&String::from_utf8_lossy(bytes));
    match parse(bytes) {
        Ok(value) => {
            if let Some((items, next)) = page_of(value) {
                assert!(items.len() <= ANSWER_VALUES);
                next.iter().for_each(|link| leads_home(link));
            }
        }
        Err(why) => assert!(why.len() < 200 && !why.contains(is_unseen), "{why:?}"),
    }
}

/// Ids and paths: what is read is shown as it was read, and taken apart and put
/// together again it is the same.
pub fn addresses(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let _ = split_revision(&text);
    if let Ok(service) = text.parse::<ServiceId>() {
        assert_eq!(service.to_string().parse::<ServiceId>(), Ok(service));
    }
    if let Some((service, below)) = ServiceId::split(&text) {
        assert!(text.ends_with(below));
        if let Ok(path) = below.parse::<ResourcePath>() {
            let id = service.id_of(&path);
            assert_eq!(ServiceId::split(&id), Some((service, below)));
        }
    }
    if let Ok(path) = text.parse::<ResourcePath>() {
        assert_eq!(path.as_str(), text);
        assert_eq!(path.to_string().parse::<ResourcePath>(), Ok(path.clone()));
        let safe = |(collection, name): (&str, &str)| {
            for part in [collection, name] {
                assert!(!part.is_empty() && part != "." && part != "..");
                assert!(!part.contains(['/', '\\', '?', '#']));
            }
        };
        path.pairs().for_each(safe);
        assert!(path.is_within(&path.root()));
        match path.parent() {
            Some(parent) => {
                let child = parent.child(path.collection(), path.name());
                assert_eq!(child, Ok(path.clone()));
            }
            None => assert_eq!(path.root(), path),
        }
        if let Ok(workspace) = path.name().parse::<WorkspaceName>() {
            let target = TargetPath::new(workspace, path);
            assert_eq!(target.to_string().parse::<TargetPath>(), Ok(target));
        }
    }
}

/// A file of traits: what is read is of a fixed list, and no message is without
/// end.
pub fn traits(bytes: &[u8]) {
    match Found::for_plan(bytes) {
        Ok(found) => assert!(found.traits.rows().iter().any(|row| row.known)),
        Err(error) => assert!(!error.to_string().is_empty() && !error.help().is_empty()),
    }
}

/// A snapshot: what can be read can be written, and is then read as the same.
pub fn snapshot(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    if let Ok(inventory) = snapshot::read(text) {
        let written = snapshot::write(&inventory);
        assert!(!written.contains(|c| c != '\n' && is_unseen(c)));
        let back = snapshot::read(&written);
        let back = back.unwrap_or_else(|e| panic!("what was written can't be read: {e}"));
        assert_eq!(snapshot::write(&back), written);
    }
}

/// Foreign text: defused, it does nothing; as JSON, it still says the same.
pub fn defused(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let once = plain(&text);
    assert!(!once.contains(is_unseen));
    assert_eq!(plain(&once), once);
    let shown = seen_text(&text);
    assert_eq!(seen_text(&shown), shown);
    let escapes = shown.matches('\u{1b}').count();
    assert_eq!(escapes, shown.matches("\u{1b}[").count());
    let value = Value::from(&*text);
    let seen = seen_json(value.to_string());
    assert!(!seen.contains(is_unseen));
    assert_eq!(serde_json::from_str::<Value>(&seen).ok(), Some(value));
}

#[cfg(test)]
mod tests;
