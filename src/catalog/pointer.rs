//! Pointers into a resource's properties, as the table writes them.
//!
//! `a.b` goes into members, `a[].b` into every item of a list, and a final
//! `**` means every string below.

use serde_json::{Map, Value};

/// Calls `visit` with every value the pointer leads to.
pub fn each<'v>(value: &'v Value, pointer: &str, visit: &mut dyn FnMut(&'v Value)) {
    if pointer == "**" {
        strings(value, visit);
    } else if let Value::Object(map) = value {
        each_of(map, pointer, visit);
    }
}

/// As [`each`], from the members of an object.
pub fn each_of<'v>(map: &'v Map<String, Value>, pointer: &str, visit: &mut dyn FnMut(&'v Value)) {
    let (head, rest) = split(pointer);
    let (member, items) = match head.strip_suffix("[]") {
        Some(member) => (member, true),
        None => (head, false),
    };
    // The service spells some names in more ways than one.
    let like = |(name, _): &(&String, &'v Value)| name.eq_ignore_ascii_case(member);
    let other = || map.iter().find(like).map(|(_, value)| value);
    let Some(found) = map.get(member).or_else(other) else {
        return;
    };
    let mut go = |v: &'v Value| match rest {
        Some(rest) => each(v, rest, visit),
        None => visit(v),
    };
    match found {
        Value::Array(list) if items => list.iter().for_each(go),
        _ if items => {}
        other => go(other),
    }
}

/// Calls `visit` with every value the pointer leads to, to change it.
pub fn each_mut(value: &mut Value, pointer: &str, visit: &mut dyn FnMut(&mut Value)) {
    let (head, rest) = split(pointer);
    if head == "**" {
        return strings_mut(value, visit);
    }
    let (member, items) = match head.strip_suffix("[]") {
        Some(member) => (member, true),
        None => (head, false),
    };
    let Some(found) = value.get_mut(member) else {
        return;
    };
    let mut go = |v: &mut Value| match rest {
        Some(rest) => each_mut(v, rest, visit),
        None => visit(v),
    };
    match found {
        Value::Array(list) if items => list.iter_mut().for_each(go),
        _ if items => {}
        other => go(other),
    }
}

/// Removes the member that the pointer leads to, wherever it is.
pub fn remove(value: &mut Value, pointer: &str) {
    match pointer.rsplit_once('.') {
        None => {
            if let Some(map) = value.as_object_mut() {
                map.remove(pointer);
            }
        }
        Some((parent, member)) => each_mut(value, parent, &mut |v| {
            if let Some(map) = v.as_object_mut() {
                map.remove(member);
            }
        }),
    }
}

fn split(pointer: &str) -> (&str, Option<&str>) {
    match pointer.split_once('.') {
        Some((head, rest)) => (head, Some(rest)),
        None => (pointer, None),
    }
}

fn strings<'v>(value: &'v Value, visit: &mut dyn FnMut(&'v Value)) {
    match value {
        Value::String(_) => visit(value),
        Value::Array(items) => items.iter().for_each(|v| strings(v, visit)),
        Value::Object(map) => map.values().for_each(|v| strings(v, visit)),
        _ => {}
    }
}

fn strings_mut(value: &mut Value, visit: &mut dyn FnMut(&mut Value)) {
    match value {
        Value::String(_) => visit(value),
        Value::Array(items) => items.iter_mut().for_each(|v| strings_mut(v, visit)),
        Value::Object(map) => map.values_mut().for_each(|v| strings_mut(v, visit)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn at(value: &Value, pointer: &str) -> Vec<String> {
        let mut found = Vec::new();
        each(value, pointer, &mut |v| found.push(v.to_string()));
        found
    }

    #[test]
    fn pointers_go_into_members_lists_and_everything_below() {
        let value = json!({"a": {"b": 1}, "l": [{"id": "x"}, {"id": "y"}, {}], "c": {"h": {"k": ["s", 1]}}});
        assert_eq!(at(&value, "a.b"), ["1"]);
        assert_eq!(at(&value, "l[].id"), ["\"x\"", "\"y\""]);
        assert_eq!(at(&value, "c.**"), ["\"s\""]);
        assert_eq!(at(&value, "a[].b"), [] as [&str; 0]);
        assert_eq!(at(&value, "l.id"), [] as [&str; 0]);
    }

    #[test]
    fn a_member_is_removed_where_it_is() {
        let mut value = json!({"k": {"s": 1, "t": 2}, "l": [{"z": 1}]});
        remove(&mut value, "k.s");
        remove(&mut value, "l[].z");
        remove(&mut value, "none.z");
        assert_eq!(value, json!({"k": {"t": 2}, "l": [{}]}));
    }
}
