//! Bodies and documents, as far as a page shows them: not the long ones, and
//! nothing that looks like a secret.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::catalog::{Kind, Sensitive, pointer};
use crate::policy::{self, is_credential, is_telling, marked, seems_secret, tells_itself};
use crate::secret::seen_json;
use crate::view::page::text::{Block, Line, size};

/// Longest text that is shown, in bytes.
const MOST: usize = 50_000;

/// What stands in place of what looks like a secret.
const HIDDEN: &str = "(not shown: it looks like a secret)";

/// A text, or why it is not shown and where it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) enum Shown {
    /// All of it.
    Text(Block),
    /// It is elsewhere.
    Elsewhere {
        why: Line,
        /// Relative to the plan's folder.
        file: Line,
    },
}

impl Shown {
    /// A body's properties, without what looks like a secret.
    pub(crate) fn body(kind: &Kind, properties: &Map<String, Value>, file: &str) -> Self {
        let mut value = Value::Object(properties.clone());
        for sensitive in kind.sensitive {
            // However short it is.
            let Sensitive::All(at) = sensitive else {
                continue;
            };
            pointer::each_mut(&mut value, at, &mut |member| {
                if let Value::String(text) = member
                    && !text.contains("{{")
                {
                    HIDDEN.clone_into(text);
                }
            });
        }
        mask(&mut value, false);
        let text = seen_json(format!("{value:#}"));
        match text.len() > MOST {
            true => elsewhere(&size(text.len()).to_string(), file),
            false => Shown::Text(Block::of(&text)),
        }
    }

    /// A document that is as short as can be shown and holds no secret.
    pub(crate) fn document(text: &str, file: &str) -> Self {
        match unshown(text, file) {
            Some(elsewhere) => elsewhere,
            None => Shown::Text(Block::of(text)),
        }
    }
}

/// Why a document is not shown, if it is not.
pub(crate) fn unshown(text: &str, file: &str) -> Option<Shown> {
    if text.len() > MOST {
        return Some(elsewhere(&size(text.len()).to_string(), file));
    }
    let spot = policy::scan(text).in_clear.into_iter().next()?;
    let why = format!("not shown: in line {} {}", spot.line, spot.what);
    Some(elsewhere(&why, file))
}

fn elsewhere(why: &str, file: &str) -> Shown {
    Shown::Elsewhere {
        why: Line::of(why),
        file: Line::of(file),
    }
}

/// Takes out every text that looks like a secret: by the name it has, or by what
/// stands in it.
fn mask(value: &mut Value, telling: bool) {
    match value {
        Value::String(text) => {
            let marked = marked(text).next().is_some() || tells_itself(text).is_some();
            if marked || (telling && is_credential(text)) {
                HIDDEN.clone_into(text);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| mask(item, telling)),
        Value::Object(members) => {
            // What is called credentials may hold much else, each by its name.
            let telling = telling && members.values().all(Value::is_string);
            let text = |name: &str| members.get(name).and_then(Value::as_str);
            let named = text("displayName").or(text("name")).zip(text("value"));
            let secret = named.is_some_and(|(name, value)| seems_secret(name, value).is_some());
            for (name, member) in members {
                let telling = telling || is_telling(name) || (secret && name == "value");
                mask(member, telling);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog;
    use serde_json::json;

    fn body(value: &Value) -> String {
        of(&catalog::BACKEND, value)
    }

    fn of(kind: &Kind, value: &Value) -> String {
        match Shown::body(kind, value.as_object().unwrap(), "resources/x.json") {
            Shown::Text(text) => text.to_string(),
            Shown::Elsewhere { why, file } => format!("{why} in {file}"),
        }
    }

    #[test]
    fn what_looks_like_a_secret_is_not_shown() {
        let text = body(&json!({
            "credentials": {"header": {"X-API-Key": ["hunter2-hunter2", "{{key}}"], "accept": ["application/json"]},
                "authorization": {"scheme": "Basic", "parameter": "aHVudGVyMg=="}},
            "url": "https://x/?code=1&sig=hunter2hunter2",
        }));
        assert!(
            !text.contains("hunter2") && !text.contains("aHVudGVyMg"),
            "{text}"
        );
        assert!(text.contains("{{key}}") && text.contains("application/json"));
        let named = body(&json!({"displayName": "db-password", "value": "hunter2hunter2"}));
        assert!(!named.contains("hunter2"), "{named}");
        let policy = "<a>\n<authentication-basic username=\"u\" password=\"hunter2\" /></a>";
        let Shown::Elsewhere { why, file } = Shown::document(policy, "p.xml") else {
            panic!("shown");
        };
        assert_eq!(
            format!("{why}, {file}"),
            "not shown: in line 2 `password` has a literal value, p.xml"
        );
    }

    #[test]
    fn whatever_is_found_in_clear_is_not_shown() {
        for (kind, value) in [
            (
                &catalog::NAMED_VALUE,
                json!({"displayName": "db", "value": "Server=x;Password=pw1hunter"}),
            ),
            (&catalog::BACKEND, json!({"url": "https://me:pw1@host"})),
            (
                &catalog::BACKEND,
                json!({"proxy": {"url": "http://me:pw1@p", "password": "pw1"}}),
            ),
            (
                &catalog::BACKEND,
                json!({"credentials": {"authorization": {"parameter": "pw1"}}}),
            ),
            (&catalog::API, json!({"serviceUrl": "https://me:pw1@host"})),
            (
                &catalog::LOGGER,
                json!({"credentials": {"instrumentationKey": "pw1"}}),
            ),
        ] {
            let text = of(kind, &value);
            assert!(!text.contains("pw1"), "{text}");
        }
    }

    #[test]
    fn what_is_long_is_named() {
        let text = body(&json!({"value": "x".repeat(60_000)}));
        assert_eq!(text, "60 kB in resources/x.json");
    }
}
