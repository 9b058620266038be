use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{Access, ApiVersion, Kind, Letters, Member, Sent, Shape, kinds, pointer};

const REQUIRED: u64 = 1;
const READ_ONLY: u64 = 2;
const SCHEMA: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../shared/schema-2024-05-01.json"
);

/// What the service's own description says of the properties of a kind.
#[derive(Default)]
struct Described {
    writable: BTreeSet<String>,
    /// Pointers, at any depth.
    read_only: BTreeSet<String>,
    /// One that holds every property once, read-only ones too.
    sample: Value,
}

fn schema() -> Option<Value> {
    let Ok(text) = std::fs::read_to_string(SCHEMA) else {
        eprintln!("skipped: ../shared is absent");
        return None;
    };
    Some(serde_json::from_str(&text).unwrap())
}

fn described(schema: &Value, pattern: &str) -> Option<Described> {
    let resource = schema["resources"].get(format!("workspaces/{pattern}"))?;
    let mut found = Described {
        sample: json!({}),
        ..Described::default()
    };
    if let Some(properties) = resource.get("properties") {
        found.sample = fill(schema, &properties[1], "", &mut found.read_only);
        let members = found.sample.as_object().unwrap().keys();
        found.writable = members
            .filter(|name| !found.read_only.contains(*name))
            .cloned()
            .collect();
    }
    Some(found)
}

/// Makes a value of a described type and notes what in it is read-only.
fn fill(schema: &Value, of: &Value, at: &str, read_only: &mut BTreeSet<String>) -> Value {
    match (of[0].as_str().or(of.as_str()), of[1].as_str()) {
        (Some("o"), Some(name)) => {
            let mut made = Map::new();
            let members = schema["objects"][name].as_object().unwrap();
            for (member, description) in members {
                let pointer = format!("{at}{}{member}", if at.is_empty() { "" } else { "." });
                if description[0].as_u64().unwrap() & READ_ONLY != 0 {
                    read_only.insert(pointer.clone());
                }
                let value = fill(schema, &description[1], &pointer, read_only);
                made.insert(member.clone(), value);
            }
            Value::Object(made)
        }
        (Some("a"), _) => json!([fill(schema, &of[1], &format!("{at}[]"), read_only)]),
        (Some("m"), _) => json!({"key": fill(schema, &of[1], "", read_only)}),
        (Some("b"), _) => json!(true),
        (Some("i"), _) => json!(1),
        _ => json!("text"),
    }
}

fn in_workspaces() -> impl Iterator<Item = &'static Kind> {
    kinds().iter().copied().filter(|k| k.can_be_copied())
}

/// Compares what the table knows of an object's members with the description,
/// at any depth.
fn compare(schema: &Value, of: &Value, members: &[Member], at: &str, wrong: &mut Vec<String>) {
    let mut of = of;
    while of[0].as_str() == Some("a") {
        of = &of[1];
    }
    let (Some("o"), Some(name)) = (of[0].as_str(), of[1].as_str()) else {
        if !members.is_empty() {
            wrong.push(format!("{at}: nothing is in it"));
        }
        return;
    };
    let described = schema["objects"][name].as_object().unwrap();
    for (name, description) in described {
        let at = format!("{at}.{name}");
        let read_only = description[0].as_u64().unwrap() & READ_ONLY != 0;
        match members.iter().find(|m| m.name == name) {
            None => wrong.push(format!("{at} is forgotten")),
            Some(known) => {
                let document = name == "value" && at.to_lowercase().contains("policy");
                let needed = description[0].as_u64().unwrap() & REQUIRED != 0 && !document;
                let of = shape(&description[1]);
                let author_named = ["format", "value"].contains(&name.as_str());
                if !read_only && known.shape != of && !author_named {
                    wrong.push(format!("{at} is {of:?}, not {:?}", known.shape));
                }
                if !read_only && known.needed != needed {
                    wrong.push(format!("{at} is needed: {needed}"));
                }
                let shown = matches!(known.sent, Sent::Shown | Sent::Lost(_));
                if shown != read_only || (!shown && known.sent != Sent::Always) {
                    wrong.push(format!("{at} is not {:?}", known.sent));
                }
                let whole = known.inside.is_empty();
                if !whole && !read_only {
                    compare(schema, &description[1], known.inside, &at, wrong);
                }
            }
        }
    }
    for known in members {
        if known.sent == Sent::Always && !described.contains_key(known.name) {
            wrong.push(format!("{at}.{} can't be written", known.name));
        }
    }
}

/// The description's type in the table's words.
fn shape(of: &Value) -> Shape {
    let leak = |shape| &*Box::leak(Box::new(shape));
    let count = |at: usize| of[at].as_i64();
    match of[0].as_str().or(of.as_str()).unwrap() {
        "s" => Shape::Text(of[2].as_u64().map(|n| n as usize)),
        "e" => {
            let words = of[1].as_array().unwrap().iter();
            let words: Vec<&str> = words
                .map(|w| &*Box::leak(w.as_str().unwrap().to_owned().into_boxed_str()))
                .collect();
            Shape::Word(Vec::leak(words))
        }
        "i" => Shape::Number(count(1), count(2)),
        "b" => Shape::Flag,
        "o" => Shape::Object,
        "a" => Shape::List(leak(shape(&of[1]))),
        "m" => Shape::Map(leak(shape(&of[1]))),
        "any" => Shape::Any,
        other => panic!("{other}"),
    }
}

#[test]
fn every_property_of_the_service_has_its_member_at_any_depth() {
    let Some(schema) = schema() else { return };
    let mut wrong = Vec::new();
    for kind in in_workspaces() {
        let Some(resource) = schema["resources"].get(format!("workspaces/{}", kind.pattern)) else {
            wrong.push(format!("{}: no workspace has it", kind.name));
            continue;
        };
        if let Some(properties) = resource.get("properties") {
            compare(&schema, &properties[1], kind.members, kind.name, &mut wrong);
        }
    }
    assert_eq!(wrong, [] as [String; 0]);
}

#[test]
fn what_the_table_takes_whole_is_its_authors() {
    let Some(schema) = schema() else { return };
    let mut whole = BTreeSet::new();
    fn walk(
        schema: &Value,
        of: &Value,
        members: &[Member],
        at: &str,
        whole: &mut BTreeSet<String>,
    ) {
        let mut of = of;
        while of[0].as_str() == Some("a") {
            of = &of[1];
        }
        let (Some("o"), Some(name)) = (of[0].as_str(), of[1].as_str()) else {
            return;
        };
        if members.is_empty() {
            whole.insert(at.to_owned());
            return;
        }
        for member in members {
            let description = &schema["objects"][name][member.name];
            if member.sent == Sent::Always {
                let at = format!("{at}.{}", member.name);
                walk(schema, &description[1], member.inside, &at, whole);
            }
        }
    }
    for kind in in_workspaces().filter(|k| k.access != Access::Membership) {
        let resource = &schema["resources"][format!("workspaces/{}", kind.pattern)];
        let carried: Vec<Member> = (kind.members.iter())
            .filter(|m| kind.carries(m.name))
            .copied()
            .collect();
        let of = &resource["properties"][1];
        walk(&schema, of, &carried, kind.name, &mut whole);
    }
    assert_eq!(whole, BTreeSet::from(["apiSchema.document".to_owned()]));
}

#[test]
fn nothing_read_only_is_sent_at_any_depth() {
    let Some(schema) = schema() else { return };
    let mut seen = 0;
    for kind in in_workspaces().filter(|k| k.access != Access::Membership) {
        let described = described(&schema, kind.pattern).unwrap();
        let sent = body(kind, described.sample.as_object().unwrap());
        for place in &described.read_only {
            let mut found = false;
            pointer::each(&described.sample, place, &mut |_| found = true);
            assert!(found, "{}: the sample lacks `{place}`", kind.name);
            pointer::each(&sent, place, &mut |_| {
                panic!("{}: `{place}` would be sent", kind.name)
            });
            seen += 1;
        }
    }
    assert!(seen > 10, "{seen}");
}

#[test]
fn what_is_copied_is_copied_whole() {
    let Some(schema) = schema() else { return };
    for kind in in_workspaces() {
        let described = described(&schema, kind.pattern).unwrap();
        let Value::Object(sample) = &described.sample else {
            panic!("{}", kind.name)
        };
        let two_forms: BTreeSet<&str> = kind.two_forms.iter().map(|f| f.within).collect();
        for name in described.writable.iter().filter(|n| kind.carries(n)) {
            let alone = Map::from_iter([(name.clone(), sample[name].clone())]);
            let mut expected = Value::Object(alone.clone());
            for place in &described.read_only {
                pointer::remove(&mut expected, place);
            }
            let mut sent = body(kind, &alone);
            for always in kind.always.iter().filter(|a| *a != name) {
                pointer::remove(&mut sent, always);
            }
            if !two_forms.contains(name.as_str()) {
                assert_eq!(sent, expected, "{}: `{name}`", kind.name);
            }
        }
    }
}

fn body(kind: &Kind, properties: &Map<String, Value>) -> Value {
    Value::Object(kind.body("applicationinsights", properties, ApiVersion::WRITTEN))
}

#[test]
fn every_pointer_of_the_table_leads_somewhere() {
    let Some(schema) = schema() else { return };
    for kind in in_workspaces() {
        let described = described(&schema, kind.pattern).unwrap();
        let pointers = (kind.references.iter().map(|r| r.pointer))
            .chain(kind.embeds.iter().copied())
            .chain(kind.unordered.iter().copied())
            .chain(kind.slashed.iter().copied())
            .chain(kind.always.iter().copied())
            .chain(kind.omit_blank.iter().copied())
            .chain(kind.only_named.iter().map(|(at, _)| *at));
        for place in pointers {
            let mut found = false;
            pointer::each(&described.sample, place, &mut |_| found = true);
            assert!(found, "{}: `{place}` leads nowhere", kind.name);
        }
    }
}

#[test]
fn names_are_as_long_as_the_service_takes_them() {
    let Some(schema) = schema() else { return };
    for kind in in_workspaces() {
        let name = &schema["resources"][format!("workspaces/{}", kind.pattern)]["name"];
        if let Some(most) = name[2].as_u64() {
            assert_eq!(kind.name_limit as u64, most, "{}", kind.name);
        }
        let pattern = match kind.letters {
            Letters::Any => None,
            Letters::AllBut(refused) => Some(format!("^[^{refused}]+$")),
            Letters::Word => Some(r"(^[\w]+$)|(^[\w][\w\-]+[\w]$)".to_owned()),
        };
        // Documents and members are named by the service.
        if name[0] == "s" {
            assert_eq!(name[3].as_str(), pattern.as_deref(), "{}", kind.name);
        }
    }
}

#[test]
fn every_kind_that_a_workspace_can_hold_has_a_row() {
    let Some(schema) = schema() else { return };
    // These are there as soon as the workspace is, and only what is below them
    // is written.
    let of_the_workspace = ["notifications"];
    for (resource, _) in schema["resources"].as_object().unwrap() {
        let Some(pattern) = resource.strip_prefix("workspaces/") else {
            continue;
        };
        let row = in_workspaces().any(|k| k.pattern == pattern);
        assert_ne!(
            row,
            of_the_workspace.contains(&pattern),
            "`{pattern}` is {}",
            if row { "copied" } else { "forgotten" }
        );
    }
}
