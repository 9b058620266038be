//! File names for bodies: the target's path, readable, and safe on any file
//! system.
//!
//! What a file's name can't hold is written `%XX` per byte, as in a URL, and so
//! is a `%` of its own. An over-long name is cut into folders, of which all but the
//! last end in `%-`. Both can be undone.

use std::collections::HashSet;

use super::{RESOURCES, SOURCES};
use crate::address::ResourcePath;
use crate::plan::model::Plan;
use crate::secret::is_unseen;

/// Longest part of a path, in bytes; the common limit is 255.
const MOST: usize = 200;

/// Names that Windows keeps to itself, with any extension.
const DEVICES: &[&str] = &["con", "prn", "aux", "nul", "com", "lpt"];

/// The files of a plan's bodies, relative to the folder, step by step; `None`
/// for steps without content.
///
/// Where two would only differ by case, which some file systems can't tell,
/// the later one has its capitals encoded.
pub fn bodies(plan: &Plan) -> Vec<Option<String>> {
    let mut taken = HashSet::new();
    plan.steps
        .iter()
        .map(|step| {
            step.content.as_ref()?;
            let plain = body(step.target.below(), false);
            if taken.insert(plain.to_lowercase()) {
                return Some(plain);
            }
            let strict = body(step.target.below(), true);
            taken.insert(strict.to_lowercase());
            Some(strict)
        })
        .collect()
}

fn body(path: &ResourcePath, strict: bool) -> String {
    let mut file = RESOURCES.to_owned();
    let mut segments = path.as_str().split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        file.push('/');
        match is_plain(segment, strict) {
            true => file.push_str(segment),
            false => file.push_str(&encode(segment, strict, segments.peek().is_some())),
        }
    }
    file.push_str(".json");
    file
}

/// The document's file beside a body's.
pub(crate) fn document_of(body: &str) -> String {
    format!("{}.xml", body.strip_suffix(".json").unwrap_or(body))
}

/// The file with the source's text of a body's document.
pub(super) fn source_of(body: &str) -> String {
    let document = document_of(body);
    let below = document.strip_prefix(RESOURCES).unwrap_or(&document);
    format!("{SOURCES}{below}")
}

/// Whether a segment is what nearly all are: short, of letters, digits and dashes,
/// and not of as many letters as the names of devices.
fn is_plain(segment: &str, strict: bool) -> bool {
    let mut bytes = segment.bytes();
    let fits =
        |b: u8| b == b'-' || b.is_ascii_alphanumeric() && !(strict && b.is_ascii_uppercase());
    let letters = segment.trim_end_matches(|c: char| c.is_ascii_digit());
    letters.len() != 3 && segment.len() <= MOST && bytes.all(fits)
}

/// Encodes one segment; as the name of a folder it never ends like a file's.
fn encode(segment: &str, strict: bool, folder: bool) -> String {
    let device = {
        let stem = segment.split('.').next().unwrap_or_default();
        let stem = stem.trim_end_matches(|c: char| c.is_ascii_digit());
        DEVICES.iter().any(|d| d.eq_ignore_ascii_case(stem.trim()))
    };
    let lower = segment.to_ascii_lowercase();
    let like_a_file = folder && (lower.ends_with(".json") || lower.ends_with(".xml"));
    let extension = segment.rfind('.').filter(|_| like_a_file);
    let end = segment.trim_end_matches(['.', ' ']).len();
    let mut out = String::with_capacity(segment.len());
    let mut length = 0;
    for (at, c) in segment.char_indices() {
        let odd = matches!(
            c,
            '%' | ':' | '*' | '?' | '"' | '<' | '>' | '|' | '\\' | '/'
        ) || is_unseen(c)
            || (at == 0 && (device || matches!(c, '.' | ' ' | '~')))
            || at >= end
            || extension == Some(at)
            || (strict && (c.is_ascii_uppercase() || !c.is_ascii()));
        let mut piece = if odd { escaped(c) } else { c.to_string() };
        if length + piece.len() > MOST {
            out.push_str("%-/");
            length = 0;
            if c == '.' {
                piece = escaped(c);
            }
        }
        length += piece.len();
        out.push_str(&piece);
    }
    out
}

fn escaped(c: char) -> String {
    let mut bytes = [0; 4];
    let bytes = c.encode_utf8(&mut bytes).bytes();
    bytes.map(|byte| format!("%{byte:02X}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decode(file: &str) -> Option<String> {
        let joined = file.replace("%-/", "");
        let mut bytes = Vec::new();
        let mut rest = joined.as_bytes();
        while let Some((first, tail)) = rest.split_first() {
            if *first == b'%' {
                let hex = std::str::from_utf8(tail.get(..2)?).ok()?;
                bytes.push(u8::from_str_radix(hex, 16).ok()?);
                rest = &tail[2..];
            } else {
                bytes.push(*first);
                rest = tail;
            }
        }
        String::from_utf8(bytes).ok()
    }

    proptest! {
        #[test]
        fn what_is_plain_is_written_as_it_is(segment in "[a-zA-Z0-9.-]{1,9}", strict: bool, folder: bool) {
            if is_plain(&segment, strict) {
                prop_assert_eq!(encode(&segment, strict, folder), segment);
            }
        }
    }

    #[test]
    fn ordinary_names_stay_readable() {
        let path = "/apis/orders;rev=2/operations/get/policies/policy"
            .parse()
            .unwrap();
        assert_eq!(
            body(&path, false),
            "resources/apis/orders;rev=2/operations/get/policies/policy.json"
        );
        assert_eq!(
            document_of("resources/policyFragments/a.b.json"),
            "resources/policyFragments/a.b.xml"
        );
    }

    #[test]
    fn names_that_file_systems_do_not_take_are_encoded() {
        for (name, file) in [
            ("a:b*", "a%3Ab%2A"),
            ("ends. .", "ends%2E%20%2E"),
            (".git", "%2Egit"),
            ("NUL", "%4EUL"),
            ("com1.txt", "%63om1.txt"),
            ("common", "common"),
        ] {
            assert_eq!(encode(name, false, false), file);
        }
        assert_eq!(encode("x.json", false, true), "x%2Ejson");
        assert_eq!(encode("x.json", false, false), "x.json");
        assert_eq!(encode("Ab", true, false), "%41b");
    }

    proptest! {
        #[test]
        fn a_segment_can_be_told_from_its_file(name in "[a-zA-Z0-9.;:*<>|\" éß中%~-]{1,330}", strict: bool, folder: bool) {
            let file = encode(&name, strict, folder);
            prop_assert_eq!(decode(&file), Some(name));
            for part in file.split('/') {
                prop_assert!(part.len() <= MOST + 2 && !part.is_empty());
                prop_assert!(!part.ends_with(['.', ' ']) && !part.starts_with('.'));
                prop_assert!(!part.contains([':', '*', '<', '>', '|', '"', '\\', '?']));
            }
        }
    }
}
