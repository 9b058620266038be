//! What of an older schema is lost in a newer one.

use std::collections::BTreeSet;

use serde_json::Value;

/// What of an older schema does not hold in a newer one any more, as paths.
///
/// Members, values and forms that were there stay in both directions. What is
/// read takes all that it took: no kind of value less, nothing that must be
/// there now. What is `written` gives no kind of value that it did not give,
/// and what was always there still is; words may join an enumeration. A
/// document that is written under another version is another document.
pub fn lost(old: &Value, new: &Value, written: bool) -> Vec<String> {
    let mut walk = Walk {
        old,
        new,
        written,
        seen: Vec::new(),
        lost: Vec::new(),
    };
    walk.on(old, new, "");
    walk.lost
}

struct Walk<'v> {
    old: &'v Value,
    new: &'v Value,
    written: bool,
    seen: Vec<(*const Value, *const Value)>,
    lost: Vec<String>,
}

fn resolved<'v>(root: &'v Value, schema: &'v Value) -> &'v Value {
    let target = schema["$ref"]
        .as_str()
        .and_then(|name| root.pointer(name.strip_prefix('#')?));
    match target {
        Some(target) => resolved(root, target),
        None => schema,
    }
}

fn list<'v>(schema: &'v Value, word: &str) -> impl Iterator<Item = &'v Value> + use<'v> {
    schema[word].as_array().into_iter().flatten()
}

/// The kinds of values there are; whole numbers are apart from others.
const KINDS: [&str; 7] = [
    "null", "boolean", "integer", "number", "string", "array", "object",
];

/// The kinds of values that a schema allows.
fn kinds(root: &Value, schema: &Value) -> BTreeSet<&'static str> {
    let schema = resolved(root, schema);
    let mut all = BTreeSet::from(KINDS);
    let types = match &schema["type"] {
        Value::String(one) => vec![one.as_str()],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => KINDS.to_vec(),
    };
    all.retain(|kind| types.contains(kind) || (*kind == "integer" && types.contains(&"number")));
    if let Some(values) = values(root, schema) {
        all.retain(|kind| values.iter().any(|value| kind_of(value) == *kind));
    }
    for word in ["anyOf", "oneOf"] {
        if schema[word].is_array() {
            let any: BTreeSet<_> = list(schema, word).flat_map(|s| kinds(root, s)).collect();
            all.retain(|kind| any.contains(kind));
        }
    }
    for part in list(schema, "allOf") {
        let part = kinds(root, part);
        all.retain(|kind| part.contains(kind));
    }
    all
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// The values that a schema allows, where it lists them.
fn values<'v>(root: &'v Value, schema: &'v Value) -> Option<Vec<&'v Value>> {
    let schema = resolved(root, schema);
    if let Some(value) = schema.get("const") {
        return Some(vec![value]);
    }
    if schema["enum"].is_array() {
        return Some(list(schema, "enum").collect());
    }
    let word = ["oneOf", "anyOf"]
        .into_iter()
        .find(|word| schema[*word].is_array())?;
    let each = list(schema, word).map(|form| values(root, form));
    Some(each.collect::<Option<Vec<_>>>()?.concat())
}

impl<'v> Walk<'v> {
    fn on(&mut self, old: &'v Value, new: &'v Value, at: &str) {
        let (old, new) = (resolved(self.old, old), resolved(self.new, new));
        let (before, after) = (kinds(self.old, old), kinds(self.new, new));
        let (wide, narrow) = self.directed(&before, &after);
        for kind in narrow.difference(wide) {
            let what = if self.written { "may be" } else { "takes no" };
            self.lost.push(format!("{at}: {what} {kind}"));
        }
        self.within(old, new, at);
    }

    /// What has to hold all of the other, and the other.
    fn directed<T>(&self, old: T, new: T) -> (T, T) {
        match self.written {
            true => (old, new),
            false => (new, old),
        }
    }

    /// Compares what is said beside the kinds of values.
    fn within(&mut self, old: &'v Value, new: &'v Value, at: &str) {
        let (old, new) = (resolved(self.old, old), resolved(self.new, new));
        let pair = (std::ptr::from_ref(old), std::ptr::from_ref(new));
        let version = |schema: &Value| schema["properties"]["version"]["const"].as_u64();
        let another = version(old).is_some() && version(old) < version(new);
        if self.seen.contains(&pair) || (self.written && another) {
            return;
        }
        self.seen.push(pair);
        self.values(old, new, at);
        for (name, old) in old["properties"].as_object().into_iter().flatten() {
            match new["properties"].get(name) {
                Some(new) => self.on(old, new, &format!("{at}/{name}")),
                None => self.lost.push(format!("{at}/{name}")),
            }
        }
        for word in ["items", "additionalProperties"] {
            match (&old[word], &new[word]) {
                (old, Value::Bool(false)) if !self.written && *old != Value::Bool(false) => {
                    self.lost.push(format!("{at}/{word}: takes none"));
                }
                (Value::Bool(_), _) | (_, Value::Bool(_)) | (Value::Null, Value::Null) => {}
                (old, new) => self.on(old, new, &format!("{at}/{word}")),
            }
        }
        // What was always written still is, what is read is not asked for now.
        let (there, asked) = self.directed(new, old);
        for name in list(asked, "required") {
            if !list(there, "required").any(|other| other == name) {
                let name = name.as_str().unwrap_or_default();
                self.lost
                    .push(format!("{at}/{name}: whether it must be there"));
            }
        }
        for word in ["anyOf", "oneOf", "allOf"] {
            for old in list(old, word) {
                self.branch(old, new, at);
            }
        }
    }

    /// Compares what is listed, and how far numbers go.
    fn values(&mut self, old: &Value, new: &Value, at: &str) {
        match (values(self.old, old), values(self.new, new)) {
            (Some(old), Some(new)) => {
                let gone = old.into_iter().filter(|value| !new.contains(value));
                (self.lost).extend(gone.map(|value| format!("{at}: the value {value}")));
            }
            (Some(_), None) if self.written => self.lost.push(format!("{at}: which values")),
            (None, Some(_)) if !self.written => self.lost.push(format!("{at}: other values")),
            _ => {}
        }
        let (wide, narrow) = self.directed(old, new);
        for (word, sign) in [("minimum", 1.0), ("maximum", -1.0)] {
            let bound = |schema: &Value| schema[word].as_f64().map(|bound| bound * sign);
            if let Some(wide) = bound(wide)
                && bound(narrow).is_none_or(|narrow| narrow < wide)
            {
                self.lost.push(format!("{at}: its {word}"));
            }
        }
    }

    /// One of several forms has to be among those of the newer schema, or to be
    /// what that is altogether.
    fn branch(&mut self, old: &'v Value, new: &'v Value, at: &str) {
        let name = &resolved(self.old, old)["properties"]["document"]["const"];
        let at = match name.as_str() {
            Some(name) => format!("{at}/{name}"),
            None => at.to_owned(),
        };
        let before = kinds(self.old, old);
        let mut forms: Vec<_> = ["anyOf", "oneOf", "allOf"]
            .into_iter()
            .flat_map(|word| list(new, word))
            .collect();
        if forms.is_empty() {
            forms.push(new);
        }
        let mut least: Option<Vec<String>> = None;
        for new in forms {
            let named = &resolved(self.new, new)["properties"]["document"]["const"];
            if named != name || before.is_disjoint(&kinds(self.new, new)) {
                continue;
            }
            let mut walk = Walk {
                seen: self.seen.clone(),
                lost: Vec::new(),
                ..*self
            };
            walk.within(old, new, &at);
            if least
                .as_ref()
                .is_none_or(|least| walk.lost.len() < least.len())
            {
                least = Some(walk.lost);
            }
        }
        match least {
            Some(lost) => self.lost.extend(lost),
            // A kind of value that is not given any more is nobody's loss.
            None if self.written && name.is_null() => {}
            None => self.lost.push(format!("{at}: one of its forms")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_not_there_any_more_is_lost() {
        let old = json!({
            "type": "object",
            "properties": {"a": {"$ref": "#/$defs/a"}, "b": {"enum": ["x", "y"]}},
            "required": ["a"],
            "$defs": {"a": {"anyOf": [{"properties": {"c": {"type": "string"}}}, {"type": "null"}]}},
        });
        assert_eq!(lost(&old, &old, true), [""; 0]);
        let mut new = old.clone();
        new["properties"]["more"] = json!({});
        new["properties"]["b"]["enum"] = json!(["x", "y", "z"]);
        assert_eq!(lost(&old, &new, true), [""; 0]);
        new["properties"]["b"]["enum"] = json!(["x"]);
        new["$defs"]["a"]["anyOf"][0]["properties"] = json!({"d": {}});
        new["required"] = json!([]);
        let gone = lost(&old, &new, true);
        assert_eq!(
            gone,
            [
                "/a/c",
                "/b: the value \"y\"",
                "/a: whether it must be there"
            ]
        );
        // What is read may ask for less, and not for more.
        new = old.clone();
        new["required"] = json!([]);
        assert_eq!(lost(&old, &new, false), [""; 0]);
        assert_eq!(lost(&new, &old, false).len(), 1);
    }

    fn of(schema: &Value) -> Value {
        json!({"properties": {"a": schema}})
    }

    #[test]
    fn what_is_read_takes_no_less_and_what_is_written_gives_no_more() {
        let string = json!({"type": "string"});
        let nullable = json!({"anyOf": [{"type": "null"}, {"$ref": "#/$defs/s"}]});
        let wider = [
            (&string, json!({"type": ["string", "null"]})),
            (
                &string,
                json!({"anyOf": [{"type": "string"}, {"type": "array"}]}),
            ),
            (&string, json!({})),
            (&json!({"type": "integer"}), json!({"type": "number"})),
            (
                &json!({"type": "integer", "minimum": 1}),
                json!({"type": "integer", "minimum": 0}),
            ),
            (&json!({"enum": ["x"]}), json!({"type": "string"})),
            (
                &json!({"oneOf": [{"const": "x"}]}),
                json!({"oneOf": [{"const": "x"}, {"type": "integer"}]}),
            ),
            (
                &json!({"type": "array", "items": {"type": "string"}}),
                json!({"type": "array"}),
            ),
        ];
        for (narrow, wide) in wider {
            let (narrow, wide) = (of(narrow), of(&wide));
            assert_eq!(lost(&narrow, &wide, false), [""; 0], "{wide}");
            assert_eq!(lost(&wide, &narrow, true), [""; 0], "{wide}");
            assert_ne!(lost(&narrow, &wide, true), [""; 0], "{wide}");
            assert_ne!(lost(&wide, &narrow, false), [""; 0], "{wide}");
        }
        // The same in other words is no change.
        let mut old = of(&nullable);
        old["$defs"] = json!({"s": string});
        let new = of(&json!({"type": ["string", "null"]}));
        for written in [true, false] {
            assert_eq!(lost(&old, &new, written), [""; 0]);
            assert_eq!(lost(&new, &old, written), [""; 0]);
        }
    }

    #[test]
    fn another_version_is_another_document_but_is_read_on() {
        let of = |version: u32, member: &str| {
            json!({"oneOf": [{"properties": {
                "document": {"const": "d"}, "version": {"const": version}, member: {},
            }}]})
        };
        assert_eq!(lost(&of(1, "a"), &of(2, "b"), true), [""; 0]);
        assert_eq!(lost(&of(2, "a"), &of(2, "b"), true), ["/d/a"]);
        assert_ne!(lost(&of(2, "a"), &of(1, "b"), true), [""; 0]);
        let gone = lost(&of(1, "a"), &of(2, "b"), false);
        assert_eq!(gone, ["/d/a", "/d/version: the value 1"]);
    }
}
