//! Pages of the documentation: what stands in their fences, and which commands
//! that runs.

use std::fs;
use std::path::{Path, PathBuf};

/// A fenced block.
pub struct Block<'p> {
    /// The word behind the opening fence.
    pub language: &'p str,
    pub text: &'p str,
    /// Where its text begins in the page.
    pub start: usize,
    /// What a comment in the line above the fence says: to whoever runs it.
    pub note: &'p str,
    /// Whether nothing but blank lines and its note stands between it and the block before.
    pub follows: bool,
}

/// The fenced blocks of a page, in order.
pub fn blocks(page: &str) -> Vec<Block<'_>> {
    let mut found = Vec::new();
    let (mut at, mut note, mut follows) = (0, "", false);
    let mut open: Option<(&str, usize)> = None;
    for line in page.split_inclusive('\n') {
        let (begin, text) = (at, line.trim());
        at += line.len();
        match (open, text.strip_prefix("```")) {
            (Some((language, start)), Some("")) => {
                found.push(Block {
                    language,
                    text: &page[start..begin],
                    start,
                    note,
                    follows,
                });
                (open, note, follows) = (None, "", true);
            }
            (None, Some(language)) => open = Some((language, at)),
            (None, None) if !text.is_empty() => {
                let comment = text.strip_prefix("<!-- ");
                note = comment
                    .and_then(|c| c.strip_suffix(" -->"))
                    .unwrap_or_default();
                follows &= !note.is_empty();
            }
            _ => {}
        }
    }
    assert!(open.is_none(), "a fence is not closed");
    found
}

/// The calls of a program in a script, each as its words.
pub fn calls(script: &str, program: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for command in commands(script) {
        let name = command.iter().position(|word| word == program);
        if let Some(at) = name {
            found.push(command[at..].to_vec());
        }
    }
    found
}

/// The commands of a script, as far as documentation writes any: quotes, comments,
/// continued lines and what joins commands.
fn commands(script: &str) -> Vec<Vec<String>> {
    let (mut all, mut command, mut word) = (Vec::new(), Vec::new(), None::<String>);
    let mut letters = script.chars().peekable();
    let mut end = |command: &mut Vec<String>, word: &mut Option<String>, joins: bool| {
        command.extend(word.take());
        if joins && !command.is_empty() {
            all.push(std::mem::take(command));
        }
    };
    while let Some(letter) = letters.next() {
        match letter {
            '\\' if letters.next_if_eq(&'\n').is_some() => end(&mut command, &mut word, false),
            '#' if word.is_none() => while letters.next_if(|l| *l != '\n').is_some() {},
            '\'' | '"' => {
                let quoted = word.get_or_insert_default();
                quoted.extend(std::iter::from_fn(|| {
                    letters.next_if(|l| ![letter, '\n'].contains(l))
                }));
                letters.next_if_eq(&letter);
            }
            '\n' | ';' | '|' | '&' | '(' | ')' | '>' => end(&mut command, &mut word, true),
            ' ' | '\t' => end(&mut command, &mut word, false),
            _ => word.get_or_insert_default().push(letter),
        }
    }
    end(&mut command, &mut word, true);
    all
}

/// Every page and recipe: their paths and texts.
pub fn all() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = vec![root.join("README.md"), root.join("SECURITY.md")];
    for folder in ["docs", "docs/ci"] {
        let entries = fs::read_dir(root.join(folder)).into_iter().flatten();
        paths.extend(entries.map(|entry| entry.expect("a folder that can be read").path()));
    }
    let is_page = |path: &PathBuf| {
        let ending = path.extension().and_then(|e| e.to_str());
        matches!(ending, Some("md" | "yml"))
    };
    paths.retain(is_page);
    paths.sort();
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).expect("a page that can be read");
        (path, text)
    };
    paths.into_iter().map(read).collect()
}
