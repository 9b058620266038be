//! What a reader's complaint about a text means to the person who wrote it.

use std::fmt;

use crate::nearest::nearest;
use crate::secret::plain;
use crate::yaml::Spot;

/// Why a text is not what it should be, in words that need no knowledge of
/// this program, and without the place, which is told apart.
#[derive(Debug)]
pub struct Misread {
    why: String,
    spot: Option<Spot>,
    help: Option<String>,
}

impl fmt::Display for Misread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)
    }
}

impl std::error::Error for Misread {}

impl From<serde_yaml::Error> for Misread {
    fn from(error: serde_yaml::Error) -> Self {
        let spot = error.location().map(|location| Spot {
            line: location.line(),
            column: location.column(),
        });
        Self::of(&error.to_string(), spot)
    }
}

impl From<serde_json::Error> for Misread {
    fn from(error: serde_json::Error) -> Self {
        let spot = (error.line() > 0).then(|| Spot {
            line: error.line(),
            column: error.column().max(1),
        });
        Self::of(&error.to_string(), spot)
    }
}

impl Misread {
    fn of(message: &str, spot: Option<Spot>) -> Self {
        let message = plain(&without_place(message));
        let (why, help) = match unknown_key(&message) {
            Some((key, known)) => {
                let help = match nearest(key, known.iter().copied()) {
                    Some(like) => format!("did you mean `{like}`?"),
                    None => format!("keys that there can be: {}", known.join(", ")),
                };
                (format!("there is no key `{key}`"), Some(help))
            }
            None => (in_words(&message), None),
        };
        Self { why, spot, help }
    }

    /// Where it is.
    pub fn spot(&self) -> Option<Spot> {
        self.spot
    }

    /// Where it is, to stand behind the name of the file: `, line 3, column 9,`.
    pub fn at(&self) -> String {
        self.spot
            .map_or_else(String::new, |spot| format!(", {spot},"))
    }

    /// What to write, where it shows from the complaint.
    pub fn help(&self) -> Option<&str> {
        self.help.as_deref()
    }
}

/// A complaint without its first place: others in it are of other things.
fn without_place(message: &str) -> String {
    let Some((before, place)) = message.split_once(" at line ") else {
        return message.to_owned();
    };
    let rest = place.trim_start_matches(|c: char| c.is_ascii_digit());
    match rest.strip_prefix(" column ") {
        Some(rest) => {
            let rest = rest.trim_start_matches(|c: char| c.is_ascii_digit());
            format!("{before}{rest}")
        }
        None => format!("{before}{rest}"),
    }
}

/// The key that is not known, and those that are.
fn unknown_key(message: &str) -> Option<(&str, Vec<&str>)> {
    let (_, rest) = message.split_once("unknown field `")?;
    let (key, known) = rest.split_once('`')?;
    // Every other piece between marks is a name.
    let known = known.split('`').skip(1).step_by(2).collect();
    Some((key, known))
}

/// A complaint in other words; what stands before it, such as `steps[0].after: `,
/// stays.
fn in_words(message: &str) -> String {
    for (begins, told) in COMPLAINTS {
        if let Some((place, rest)) = message.split_once(begins) {
            return format!("{place}{}", told(rest));
        }
    }
    message.to_owned()
}

/// Says the rest of a complaint.
type Tell = fn(&str) -> String;

/// How serde's complaints begin, and what is said in their place of the rest.
const COMPLAINTS: &[(&str, Tell)] = &[
    ("invalid type: ", misfit),
    ("invalid value: ", misfit),
    ("unknown variant ", |rest| {
        match rest.split_once(", expected ") {
            Some((found, known)) => {
                let known = known.trim_start_matches("one of ").replace(" or ", ", ");
                format!("{found} is none of {known}")
            }
            None => format!("{rest} is not known here"),
        }
    }),
    ("missing field ", |rest| format!("{rest} is missing")),
    ("duplicate field ", |rest| {
        format!("{rest} stands there twice")
    }),
    ("duplicate entry with key ", |rest| {
        format!("{rest} stands there twice")
    }),
    ("EOF while parsing", |_| "it ends too early".to_owned()),
    ("trailing characters", |_| {
        "more follows behind its end".to_owned()
    }),
    ("recursion limit exceeded", |_| {
        "it is nested too deep".to_owned()
    }),
    (
        "deserializing from YAML containing more than one document",
        |_| "it holds more than one document: `---` begins another".to_owned(),
    ),
    ("key must be a string", |_| {
        "a key must be a text in quotes".to_owned()
    }),
    ("expected value", |_| "a value should stand here".to_owned()),
    ("expected ident", |_| "a value should stand here".to_owned()),
];

/// What was found and what was expected.
fn misfit(rest: &str) -> String {
    match rest.split_once(", expected ") {
        Some((found, expected)) => {
            format!("it should be {}, and is {}", wanted(expected), seen(found))
        }
        None => format!("{} can't be used here", seen(rest)),
    }
}

fn seen(found: &str) -> String {
    match found {
        "map" => "keys with values".to_owned(),
        "sequence" => "a list".to_owned(),
        "unit value" | "null" => "nothing".to_owned(),
        other => match other.split_once(' ') {
            Some(("string", text)) => format!("the text {text}"),
            Some(("integer" | "boolean", value)) => value.to_owned(),
            Some(("floating", value)) => value.trim_start_matches("point ").to_owned(),
            _ => other.to_owned(),
        },
    }
}

fn wanted(expected: &str) -> &str {
    match expected {
        "a string" | "string" | "str" => "a text",
        "a boolean" => "true or false",
        "a sequence" => "a list",
        "a map" => "keys with values",
        "u8" | "u16" | "u32" | "u64" | "usize" | "i32" | "i64" => "a whole number",
        "f64" => "a number",
        typed if typed.starts_with("struct ") => "keys with values",
        typed if typed.starts_with("tuple ") => "a list",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;
    use crate::yaml::from_yaml;

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "camelCase")]
    enum Word {
        Create,
        Reuse,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only what can't be read is looked at")]
    struct Inner {
        after: Vec<String>,
        word: Option<Word>,
    }

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only what can't be read is looked at")]
    struct Form {
        version: u32,
        on: Option<bool>,
        steps: Option<Vec<Inner>>,
        more: Option<BTreeMap<String, String>>,
    }

    fn said(text: &str) -> (String, String, Option<String>) {
        let error = Misread::from(from_yaml::<Form>(text.as_bytes()).unwrap_err());
        (
            error.to_string(),
            error.at(),
            error.help().map(str::to_owned),
        )
    }

    #[test]
    fn no_complaint_takes_knowing_rust() {
        let mut told = String::new();
        for text in [
            "version: one",
            "version: -1",
            "[]",
            "on: 1",
            "version: 1\non: perhaps",
            "version: 1\nsteps: 3",
            "version: 1\nsteps: [{after: [x], word: make}]",
            "version: 1\nsteps: [{after: x}]",
            "version: 1\nsteps: [{aftr: x}]",
            "version: 1\nsteps: [{word: create}]",
            "version: 1\nversion: 2",
            "version: 1\nmore: [a]",
            "version: {a",
            "version: 1\n---\nversion: 1",
        ] {
            let (why, at, help) = said(text);
            told.push_str(&format!("{text:?}{at} {why}"));
            told.push_str(&help.map_or_else(String::new, |help| format!(" ({help})")));
            told.push('\n');
        }
        insta::assert_snapshot!(told, @r#"
        "version: one", line 1, column 10, version: it should be a whole number, and is the text "one"
        "version: -1", line 1, column 10, version: it should be a whole number, and is `-1`
        "[]", line 1, column 1, it should be keys with values, and is a list
        "on: 1", line 1, column 5, on: it should be true or false, and is `1`
        "version: 1\non: perhaps", line 2, column 5, on: it should be true or false, and is the text "perhaps"
        "version: 1\nsteps: 3", line 2, column 8, steps: it should be a list, and is `3`
        "version: 1\nsteps: [{after: [x], word: make}]", line 2, column 28, steps[0].word: `make` is none of `create`, `reuse`
        "version: 1\nsteps: [{after: x}]", line 2, column 17, steps[0].after: it should be a list, and is the text "x"
        "version: 1\nsteps: [{aftr: x}]", line 2, column 10, there is no key `aftr` (did you mean `after`?)
        "version: 1\nsteps: [{word: create}]", line 2, column 9, steps[0]: `after` is missing
        "version: 1\nversion: 2", line 1, column 1, `version` stands there twice
        "version: 1\nmore: [a]", line 2, column 7, more: it should be keys with values, and is a list
        "version: {a", line 1, column 10, version: it should be a whole number, and is keys with values
        "version: 1\n---\nversion: 1" it holds more than one document: `---` begins another
        "#);
    }

    #[test]
    fn json_is_told_in_the_same_words() {
        for (text, why, at) in [
            ("", "it ends too early", ", line 1, column 1,"),
            (
                "{\"version\": ",
                "it ends too early",
                ", line 1, column 12,",
            ),
            ("{}", "`version` is missing", ", line 1, column 2,"),
            ("hello", "a value should stand here", ", line 1, column 1,"),
            (
                "{\"version\": 1} x",
                "more follows behind its end",
                ", line 1, column 16,",
            ),
        ] {
            let error = Misread::from(serde_json::from_str::<Form>(text).unwrap_err());
            assert_eq!(
                (error.to_string().as_str(), error.at().as_str()),
                (why, at),
                "{text}"
            );
        }
    }
}
