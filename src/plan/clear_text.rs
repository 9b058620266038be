//! Finds what looks like a secret in clear, so that it can be said before the
//! plan is shared. It says where, never what.

use serde_json::Value;

use crate::inventory::Resource;

/// Names after which a literal is a secret.
const TELLING: &[&str] = &[
    "authorization",
    "ocp-apim-subscription-key",
    "x-functions-key",
    "api-key",
    "x-api-key",
    "apikey",
    "client_secret",
    "client-secret",
    "password",
    "subscription-key",
    "proxy-authorization",
    "x-api-secret",
    "access_token",
    "secret",
    "code",
    "sig",
];

/// Elements with an attribute that is a secret.
const ATTRIBUTES: &[(&str, &str)] = &[
    ("<authentication-basic", "password"),
    ("<proxy", "password"),
];

/// Marks that only stand in front of a secret.
const MARKS: &[&str] = &[
    "SharedAccessKey=",
    "AccountKey=",
    "client_secret=",
    "&sig=",
    "?sig=",
    "&amp;sig=",
];

/// How far into an element is looked, in bytes: what is made to be long must not
/// be looked through again for each place in it.
const WINDOW: usize = 4096;

/// How far into what may be a literal is looked, in bytes.
const WORD: usize = 512;

/// Looks through a policy's text. Returns places in words.
pub fn in_document(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let ends: Vec<usize> = text.match_indices('\n').map(|(at, _)| at).collect();
    let line = |at: usize| ends.partition_point(|end| *end < at) + 1;
    for mark in MARKS {
        for (at, _) in text.match_indices(mark) {
            if is_literal(&text[at + mark.len()..]) {
                found.push(format!(
                    "line {}: something follows `{}`",
                    line(at),
                    mark.trim_matches(['&', '?', '='])
                ));
            }
        }
    }
    for (at, _) in text
        .match_indices("<set-header")
        .chain(text.match_indices("<set-query-parameter"))
    {
        let element = window(&text[at..], WINDOW);
        let element = &element[..element.find("</set-").unwrap_or(element.len())];
        let Some(name) = attribute(element, "name") else {
            continue;
        };
        let Some(start) = element.find("<value>") else {
            continue;
        };
        let value = &element[start + "<value>".len()..];
        let value = value.split("</value>").next().unwrap_or_default().trim();
        if TELLING.iter().any(|t| t.eq_ignore_ascii_case(name))
            && is_literal(value)
            && value.len() > 6
        {
            found.push(format!("line {}: `{name}` has a literal value", line(at)));
        }
    }
    for (element, name) in ATTRIBUTES {
        for (at, _) in text.match_indices(element) {
            let tag = window(&text[at..], WINDOW);
            let tag = &tag[..tag.find('>').unwrap_or(tag.len())];
            if attribute(tag, name).is_some_and(is_literal) {
                found.push(format!("line {}: `{name}` has a literal value", line(at)));
            }
        }
    }
    // A key that signs tokens stands in the text of its element.
    for (at, _) in text.match_indices("<key>") {
        let value = window(&text[at + "<key>".len()..], WINDOW);
        let value = value.split("</key>").next().unwrap_or_default().trim();
        if is_literal(value) {
            found.push(format!("line {}: a key has a literal value", line(at)));
        }
    }
    found.sort();
    found.dedup();
    found
}

/// Looks through credentials in a resource's properties.
pub fn in_properties(resource: &Resource) -> Vec<String> {
    let mut found = Vec::new();
    let credentials = resource.properties.get("credentials");
    for part in ["header", "query"] {
        let members = credentials
            .and_then(|c| c.get(part))
            .and_then(Value::as_object);
        for (name, values) in members.into_iter().flatten() {
            let literal = |v: &Value| v.as_str().is_some_and(|t| is_literal(t) && t.len() > 6);
            let any = values
                .as_array()
                .is_some_and(|list| list.iter().any(literal));
            if any && TELLING.iter().any(|t| t.eq_ignore_ascii_case(name)) {
                found.push(format!("`credentials.{part}.{name}` has a literal value"));
            }
        }
    }
    let pointers = [
        ("credentials", "authorization", "parameter"),
        ("proxy", "", "password"),
    ];
    for (first, second, last) in pointers {
        let mut value = resource.properties.get(first);
        if !second.is_empty() {
            value = value.and_then(|v| v.get(second));
        }
        let text = value.and_then(|v| v.get(last)).and_then(Value::as_str);
        if text.is_some_and(is_literal) {
            found.push(format!("`{first}` has a literal `{last}`"));
        }
    }
    found
}

/// Neither an expression nor a named value makes it.
fn is_literal(text: &str) -> bool {
    let text = window(text, WORD).trim_start();
    let text = text
        .strip_prefix("Bearer ")
        .or_else(|| text.strip_prefix("Basic "))
        .unwrap_or(text);
    let end = text.find(['"', '<', '&', '\'', ' ']).unwrap_or(text.len());
    let word = &text[..end];
    !word.is_empty()
        && !word.contains("{{")
        && !word.contains('@')
        && !word.contains('{')
        && !word.contains('+')
}

fn attribute<'t>(element: &'t str, name: &str) -> Option<&'t str> {
    let start = element.find(&format!(" {name}="))? + name.len() + 2;
    let quote = element[start..]
        .chars()
        .next()
        .filter(|c| matches!(c, '"' | '\''))?;
    let rest = &element[start + 1..];
    rest.find(quote).map(|end| &rest[..end])
}

/// The beginning of a text.
fn window(text: &str, most: usize) -> &str {
    let mut end = text.len().min(most);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_literal_header_is_found_and_a_named_value_is_not() {
        let text = "<a>\n<set-header name=\"Authorization\" exists-action=\"override\"><value>Basic dXNlcjpwdw==</value></set-header>\
                    <set-header name='x-api-key'><value>{{key}}</value></set-header>\
                    <set-header name='Authorization'><value>@(\"Bearer \" + x)</value></set-header></a>";
        assert_eq!(
            in_document(text),
            ["line 2: `Authorization` has a literal value"]
        );
    }

    #[test]
    fn passwords_and_signing_keys_are_found() {
        let text = "<authentication-basic username=\"u\" password=\"hunter2\" />\n<key>c2VjcmV0</key>\n\
                    <authentication-basic username=\"u\" password=\"{{p}}\" /><key>{{k}}</key><key>@(x)</key>";
        assert_eq!(
            in_document(text),
            [
                "line 1: `password` has a literal value",
                "line 2: a key has a literal value"
            ]
        );
    }

    #[test]
    fn real_policies_hold_no_secret_in_clear() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/policies");
        let Ok(entries) = std::fs::read_dir(folder) else {
            eprintln!("skipped: ../shared is absent");
            return;
        };
        let mut hits = Vec::new();
        let mut seen = 0;
        for entry in entries.map(|e| e.unwrap().path()) {
            if entry.extension().is_some_and(|e| e == "xml") {
                let text = std::fs::read(&entry).unwrap();
                let text = String::from_utf8_lossy(&text);
                let name = entry.file_name().unwrap().to_string_lossy().into_owned();
                hits.extend(
                    in_document(&text)
                        .into_iter()
                        .map(|h| format!("{name} {h}")),
                );
                seen += 1;
            }
        }
        assert!(seen > 200, "{seen}");
        assert_eq!(hits, [] as [String; 0]);
    }

    #[test]
    fn marks_count_only_before_literals() {
        assert_eq!(in_document("x?sig=abc%3D").len(), 1);
        assert_eq!(in_document("client_secret={{secret}}&sig=@(x)").len(), 0);
    }

    #[test]
    fn credentials_of_a_backend_are_looked_through() {
        let properties = json!({"credentials": {
            "header": {"x-functions-key": ["abcdefghij"], "accept": ["application/json"]},
            "authorization": {"scheme": "Bearer", "parameter": "{{token}}"}}});
        let path = "/backends/b".parse().unwrap();
        let backend = Resource::new(path, properties.as_object().unwrap().clone(), None).unwrap();
        assert_eq!(
            in_properties(&backend),
            ["`credentials.header.x-functions-key` has a literal value"]
        );
    }
}
