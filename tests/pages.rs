//! What holds for all pages of the documentation.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::common::Env;
use crate::common::page::{all, blocks};

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
