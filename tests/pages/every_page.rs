//! What holds for all pages of the documentation.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::common::Env;
use crate::common::page::{all, blocks};
use crate::common::schema::{printed, wrong};
use crate::planning::traits::OWN;

/// The anchors of a page's headings, as GitHub makes them.
fn anchors(page: &str) -> Vec<String> {
    let headings = page.lines().filter(|line| line.starts_with('#'));
    let anchor = |line: &str| {
        let text = line.trim_start_matches('#').trim().to_lowercase();
        let kept = text
            .chars()
            .filter(|c| c.is_alphanumeric() || " -_".contains(*c));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    };
    headings.map(anchor).collect()
}

#[test]
fn every_link_leads_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut pages: BTreeMap<PathBuf, String> = all().into_iter().collect();
    for name in ["ARCHITECTURE.md", "CHANGELOG.md"] {
        let path = root.join(name);
        let text = fs::read_to_string(&path).unwrap();
        pages.insert(path, text);
    }
    let mut seen = 0;
    for (path, text) in &pages {
        let links = text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next());
        for link in links.filter(|l| !l.contains("://") && !l.contains(' ')) {
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = match file {
                "" => path.clone(),
                file => path.parent().unwrap().join(file),
            };
            let from = path.display();
            assert!(target.exists(), "{from}: `{link}` is not there");
            if !anchor.is_empty() {
                let page = fs::read_to_string(&target).unwrap();
                let known = anchors(&page);
                assert!(
                    known.iter().any(|a| a == anchor),
                    "{from}: `{link}`: {known:?}"
                );
            }
            seen += 1;
        }
    }
    assert!(seen > 40, "{seen}");
}

#[test]
fn the_readme_shows_how_the_demo_ends() {
    let readme = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let shown = blocks(&readme)
        .into_iter()
        .find(|b| b.language == "text")
        .unwrap();
    let said = Env::new().run(&["demo"]).exits(0);
    let said: Vec<&str> = said.stderr.lines().chain(said.stdout.lines()).collect();
    let lines: Vec<&str> = shown.text.lines().collect();
    let last = said.windows(lines.len()).any(|part| part == lines);
    assert!(
        last,
        "the README shows\n{}\nthe demo says\n{}",
        shown.text,
        said.join("\n")
    );
}

/// Adds the keys of a schema's part that no example has.
fn lacking(part: &Value, schema: &Value, examples: &[&Value], at: &str, found: &mut Vec<String>) {
    if let Some(name) = part["$ref"].as_str() {
        let named = schema.pointer(name.trim_start_matches('#')).unwrap();
        lacking(named, schema, examples, at, found);
    }
    for one in part["anyOf"].as_array().into_iter().flatten() {
        lacking(one, schema, examples, at, found);
    }
    for (key, part) in part["properties"].as_object().into_iter().flatten() {
        let (at, examples) = (
            format!("{at}.{key}"),
            examples.iter().filter_map(|e| e.get(key)),
        );
        let examples: Vec<&Value> = examples.collect();
        if examples.is_empty() {
            found.push(at.clone());
        }
        lacking(part, schema, &examples, &at, found);
    }
    if part["additionalProperties"].is_object() {
        let all = examples.iter().filter_map(|e| e.as_object());
        let all: Vec<&Value> = all.flat_map(|map| map.values()).collect();
        lacking(&part["additionalProperties"], schema, &all, at, found);
    }
    let items = examples.iter().filter_map(|e| e.as_array()).flatten();
    let items: Vec<&Value> = items.collect();
    if part["items"].is_object() {
        lacking(&part["items"], schema, &items, at, found);
    }
}

#[test]
fn the_page_of_the_migration_file_has_every_key_in_an_example() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/migration-file.md");
    let page = fs::read_to_string(page).unwrap();
    let env = Env::new();
    env.write("traits.yaml", OWN);
    let schema = printed("migration");
    let validator = jsonschema::validator_for(&schema).unwrap();
    let mut examples: Vec<Value> = Vec::new();
    for block in blocks(&page).iter().filter(|b| b.language == "yaml") {
        // Part of a file, where it has no version.
        let text = match block.text.contains("version: 1") {
            true => block.text.to_owned(),
            false => format!("version: 1\n{}", block.text),
        };
        env.write("migration.yaml", &text);
        env.run(&["validate", "migration.yaml"]).exits(0);
        let example = serde_yaml::from_str(&text).unwrap();
        assert_eq!(wrong(&validator, &example), [""; 0]);
        examples.push(example);
    }
    let (examples, mut found) = (examples.iter().collect::<Vec<_>>(), Vec::new());
    lacking(&schema, &schema, &examples, "", &mut found);
    assert_eq!(found, [""; 0]);
}
