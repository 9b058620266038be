//! Compares what the scanner finds in documents with lists made by hand.

use std::fs;
use std::path::Path;

use apim_migrate::policy::{Report, mistake, scan};
use apim_migrate::sandbox::rules::policy::problem;
use serde_json::{Map, Value, json};

/// The lists of a report, which labels have under the same names.
const LISTS: &[&str] = &[
    "named_values",
    "named_values_in_comment",
    "fragments",
    "fragments_in_comment",
    "backends",
    "certificates",
    "thumbprints",
    "loggers",
    "schemas",
    "auth_providers",
    "auth_ids",
    "apis",
    "operations",
    "caching",
    "dynamic",
];

/// The lists of a scan that no report has.
const TRAITS: &[&str] = &["context", "compares", "base_url_hosts", "url_hosts"];

/// Lists of labels that are wrong, each with the reason.
const WRONG: &[(&str, &str, &str)] = &[(
    "226.xml",
    "caching",
    "`cache-value` has a `caching-type` like the other cache elements, here `prefer-external`",
)];

/// Everything that is found, in the shape of the labels.
fn found(file: &str, text: &str) -> Map<String, Value> {
    let report = serde_json::to_value(Report::of(file, text)).unwrap();
    let Value::Object(mut found) = report else {
        panic!("a report is an object");
    };
    let scan = scan(text);
    for (name, list) in TRAITS.iter().zip([
        scan.contexts,
        scan.compares,
        scan.base_url_hosts,
        scan.url_hosts,
    ]) {
        let list: Vec<String> = list.into_iter().map(|spot| spot.what).collect();
        if !list.is_empty() {
            found.insert((*name).to_owned(), json!(list));
        }
    }
    found
}

/// Sorts what has no order of its own, and leaves out repeats.
fn canonical(list: Option<&Value>) -> Vec<String> {
    let list = list.and_then(Value::as_array).cloned().unwrap_or_default();
    let mut words: Vec<String> = list.iter().map(Value::to_string).collect();
    words.sort();
    words.dedup();
    words
}

fn differences(file: &str, text: &str, label: &Value, only_named: bool) -> Vec<String> {
    let found = found(file, text);
    let mut wrong = Vec::new();
    for name in LISTS.iter().chain(TRAITS) {
        if only_named && label.get(name).is_none() {
            continue;
        }
        if WRONG.iter().any(|w| (w.0, w.1) == (file, *name)) {
            continue;
        }
        let (is, ought) = (canonical(found.get(*name)), canonical(label.get(name)));
        if is != ought {
            wrong.push(format!("{file} {name}: found {is:?}, expected {ought:?}"));
        }
    }
    wrong
}

#[expect(clippy::print_stdout, reason = "a test that is skipped says so")]
fn shared(name: &str) -> Option<(String, Value)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/policies");
    let Ok(text) = fs::read_to_string(format!("{folder}/{name}")) else {
        println!("skipped: ../shared is absent");
        return None;
    };
    Some((folder.to_owned(), serde_json::from_str(&text).unwrap()))
}

#[test]
fn public_policies_refer_to_what_their_labels_say() {
    let Some((folder, labels)) = shared("labels.json") else {
        return;
    };
    let documents = labels["documents"].as_array().unwrap();
    assert!(!documents.is_empty());
    let mut wrong = Vec::new();
    for label in documents {
        let file = label["file"].as_str().unwrap();
        let text = fs::read_to_string(format!("{folder}/{file}")).unwrap();
        wrong.extend(differences(file, &text, label, false));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn tricky_documents_refer_to_what_is_expected() {
    let Some((_, tricky)) = shared("tricky.json") else {
        return;
    };
    let mut wrong = Vec::new();
    for case in tricky["cases"].as_array().unwrap() {
        let (name, text) = (
            case["name"].as_str().unwrap(),
            case["xml"].as_str().unwrap(),
        );
        let mut expected = case["expect"].clone();
        // These tell less of what is dynamic than a report does.
        let brief = |list: &Value| {
            let items = list.as_array().cloned().unwrap_or_default();
            json!(items.iter().map(|d| json!({
                "element": d["element"], "attr": d["attr"], "by": d["by"], "strings": d["strings"],
            })).collect::<Vec<_>>())
        };
        if let Some(dynamic) = expected.get("dynamic") {
            let is = brief(&serde_json::to_value(Report::of(name, text)).unwrap()["dynamic"]);
            if canonical(Some(&is)) != canonical(Some(&brief(dynamic))) {
                wrong.push(format!("{name} dynamic: found {is}"));
            }
        }
        expected.as_object_mut().unwrap().remove("dynamic");
        wrong.extend(differences(name, text, &expected, true));
        if expected.get("cert_csharp").is_some() {
            assert!(scan(text).certificates_in_code.is_some(), "{name}");
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn documents_of_our_own_refer_to_what_is_expected() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/policy/documents");
    let text = fs::read_to_string(folder.join("expected.json")).unwrap();
    let expected: Value = serde_json::from_str(&text).unwrap();
    let mut files = 0;
    let mut wrong = Vec::new();
    for label in expected["documents"].as_array().unwrap() {
        let file = label["file"].as_str().unwrap();
        let text = fs::read_to_string(folder.join(file)).unwrap();
        wrong.extend(differences(file, &text, label, false));
        files += 1;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let there = fs::read_dir(&folder).unwrap().count() - 1;
    assert_eq!(there, files, "documents without a label");
}

/// Two readers that share nothing agree on which documents can be policies, the
/// real ones and what slips of the hand make of them.
#[test]
fn what_can_be_a_policy_is_what_the_sandbox_takes() {
    let Some((folder, labels)) = shared("labels.json") else {
        return;
    };
    let (mut wrong, mut refused) = (Vec::new(), 0);
    for (index, label) in labels["documents"].as_array().unwrap().iter().enumerate() {
        let file = label["file"].as_str().unwrap();
        let text = fs::read_to_string(format!("{folder}/{file}")).unwrap();
        let fragment = text.contains("<fragment");
        let root = if fragment { "fragment" } else { "policies" };
        let marks: Vec<(usize, char)> = (text.char_indices())
            .filter(|(_, letter)| "<>/\"'={}()@".contains(*letter))
            .collect();
        let slips = marks
            .iter()
            .skip(index % 13)
            .step_by(13)
            .map(|(at, letter)| {
                let mut slip = text.clone();
                slip.replace_range(*at..at + letter.len_utf8(), "");
                (
                    format!("{file} without `{letter}` at {at}"),
                    slip,
                    "\"(){}".contains(*letter),
                )
            });
        let whole = std::iter::once((file.to_owned(), text.clone(), false));
        for (what, text, breaks_code) in whole.chain(slips) {
            let (ours, theirs) = (mistake(&text, root), problem(&text, fragment));
            refused += usize::from(theirs.is_some());
            // The sandbox takes code that has no end for text.
            let agree = ours.is_some() == theirs.is_some() || ours.is_some() && breaks_code;
            if !agree {
                wrong.push(format!("{what}: {ours:?}, {theirs:?}"));
            }
        }
    }
    assert!(refused > 1000, "{refused}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
