//! With which literals code compares a name.

use std::ops::Range;

use crate::policy::text::cursor::{Cursor, NEARBY, occurrences};
use crate::policy::text::names::decode;

/// Methods that compare a text with another.
const COMPARING: &[&str] = &[
    "Equals",
    "StartsWith",
    "EndsWith",
    "Contains",
    "Compare",
    "CompareTo",
    "IndexOf",
];

/// Conversions that may stand between a member and its comparison.
const CONVERTING: &[&str] = &[
    "ToString",
    "ToLower",
    "ToUpper",
    "ToLowerInvariant",
    "ToUpperInvariant",
    "Trim",
];

/// How quotes are written.
const QUOTES: &[&str] = &["\"", "&quot;"];

/// The literals that a name is compared with which stands at these bytes.
pub(in crate::policy) fn compared(code: &str, name: Range<usize>) -> Vec<String> {
    let nearby = name.start.saturating_sub(NEARBY)..name.start;
    let from = nearby.clone().find(|&from| code.is_char_boundary(from));
    let before = from.and_then(|from| code.get(from..name.start));
    let before = before.unwrap_or_default().trim_end();
    let found = after(code, name.end, before);
    match found.is_empty() {
        true => ahead(before),
        false => found,
    }
}

/// What stands behind the name.
fn after(code: &str, at: usize, before: &str) -> Vec<String> {
    let mut cursor = Cursor::new(code, at);
    loop {
        let start = cursor.at();
        match cursor.member() {
            Some(method) if COMPARING.contains(&method) => {
                return match cursor.opens("(") {
                    true => cursor.literal().into_iter().collect(),
                    false => Vec::new(),
                };
            }
            Some(method) if CONVERTING.contains(&method) => {
                if !cursor.opens("(") || !cursor.close() {
                    return Vec::new();
                }
            }
            Some(_) => return Vec::new(),
            None => {
                cursor = Cursor::new(code, start);
                break;
            }
        }
    }
    if cursor.word("==") || cursor.word("!=") {
        return cursor.literal().into_iter().collect();
    }
    if cursor.word("is") {
        let mut found: Vec<String> = cursor.literal().into_iter().collect();
        while !found.is_empty() && cursor.word("or") {
            found.extend(cursor.literal());
        }
        return found;
    }
    let argument = COMPARING.iter().any(|m| before.ends_with(&format!("{m}(")));
    if argument && cursor.comma() {
        return cursor.literal().into_iter().collect();
    }
    let switch = before.strip_suffix('(').map(str::trim_end);
    match switch.is_some_and(|before| before.ends_with("switch")) && cursor.close() {
        true => cases(cursor.nearby()),
        false => Vec::new(),
    }
}

/// The literals of a switch that begins here.
fn cases(text: &str) -> Vec<String> {
    let cases = occurrences(text, "case");
    cases
        .filter_map(|at| Cursor::new(text, at + "case".len()).literal())
        .collect()
}

/// What stands before the name: `"x" == `, `"x".Equals(`, `Equals("x", `,
/// `new[] { "x", "y" }.Contains(`.
fn ahead(before: &str) -> Vec<String> {
    for operator in ["==", "!="] {
        if let Some(before) = before.strip_suffix(operator) {
            return last(before).into_iter().collect();
        }
    }
    let receiver = before.strip_suffix('(').and_then(|call| {
        let (receiver, method) = call.trim_end().rsplit_once('.')?;
        COMPARING.contains(&method.trim()).then_some(receiver)
    });
    let first = || {
        let arguments = before.strip_suffix(',')?;
        let called = called(arguments)?;
        COMPARING.contains(&called).then_some(arguments)
    };
    let Some(text) = receiver.or_else(first).map(str::trim_end) else {
        return Vec::new();
    };
    match text.strip_suffix('}') {
        Some(list) => {
            let list = list.rsplit_once('{').map_or("", |(_, items)| items);
            all(list)
        }
        None => last(text).into_iter().collect(),
    }
}

/// The method whose arguments a text ends in.
fn called(text: &str) -> Option<&str> {
    let mut open = 0_usize;
    let at = text.rfind(|c| {
        match c {
            ')' => open += 1,
            '(' if open == 0 => return true,
            '(' => open -= 1,
            _ => {}
        }
        false
    })?;
    let before = text.get(..at)?.trim_end();
    let begins = before.rfind(|c: char| !(c.is_alphanumeric() || c == '_'));
    before.get(begins.map_or(0, |at| at + 1)..)
}

/// The literal that a text ends with.
fn last(text: &str) -> Option<String> {
    let text = text.trim_end();
    let quote = QUOTES.iter().find(|quote| text.ends_with(**quote))?;
    let text = text.strip_suffix(quote)?;
    let literal = text.get(text.rfind(quote)? + quote.len()..)?;
    Some(decode(literal).into_owned())
}

/// All literals of a text.
fn all(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = QUOTES.iter().filter_map(|quote| rest.find(quote)).min() {
        let mut cursor = Cursor::new(rest, at);
        let Some(literal) = cursor.literal() else {
            break;
        };
        found.push(literal);
        rest = rest.get(cursor.at()..).unwrap_or_default();
    }
    found
}

/// The members of the things in a list, with the literals they are compared
/// with: `.Any(g => g.Name == "x")`, `.Select(g => g.Name).Contains("x")`.
pub(in crate::policy) fn of_each<'m>(
    code: &str,
    list: usize,
    members: &[&'m str],
) -> Vec<(&'m str, String)> {
    let window = Cursor::new(code, list).nearby();
    let window = window.split(';').next().unwrap_or_default();
    let mut found = Vec::new();
    for (arrow, _) in window.match_indices("=>") {
        let head = window.get(..arrow).unwrap_or_default().trim_end();
        let part = |c: char| c.is_alphanumeric() || c == '_';
        let from = head.trim_end_matches(part).len();
        let Some(each) = head.get(from..).filter(|each| !each.is_empty()) else {
            continue;
        };
        for at in occurrences(window, each).filter(|at| *at > arrow) {
            let mut cursor = Cursor::new(window, at + each.len());
            let Some(member) = cursor.member() else {
                continue;
            };
            let Some(member) = members.iter().find(|m| **m == member) else {
                continue;
            };
            let mut literals = compared(window, at..cursor.at());
            if literals.is_empty() && cursor.close() {
                literals = match cursor.member() {
                    Some("Contains") if cursor.opens("(") => cursor.literal().into_iter().collect(),
                    Some("Intersect") => {
                        let list = cursor.nearby().split('}').next().unwrap_or_default();
                        all(list)
                    }
                    _ => Vec::new(),
                };
            }
            found.extend(literals.into_iter().map(|literal| (*member, literal)));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(code: &str) -> Vec<String> {
        let at = code.find("context").unwrap();
        compared(code, at..at + "context.Api.Id".len())
    }

    #[test]
    fn every_way_to_compare_a_name_tells_the_literals() {
        for code in [
            r#"context.Api.Id == "x""#,
            r#"context.Api.Id.ToLower() != &quot;x&quot;"#,
            r#"context.Api.Id?.ToUpper().StartsWith("x")"#,
            r#""x" == context.Api.Id"#,
            r#"&quot;x&quot;.Equals(context.Api.Id)"#,
            r#"string.Equals("x", context.Api.Id)"#,
            r#"string.Equals(context.Api.Id, "x", StringComparison.Ordinal)"#,
            r#"context.Api.Id is "x""#,
        ] {
            assert_eq!(of(code), ["x"], "{code}");
        }
        for code in [
            r#"new[] { "x", "y" }.Contains(context.Api.Id)"#,
            r#"new string[]{&quot;x&quot;,&quot;y&quot;}.Contains(context.Api.Id.ToLower())"#,
            r#"new List<string> { "x", "y" }.IndexOf(context.Api.Id) >= 0"#,
            r#"Array.IndexOf(new[] {"x", "y"}, context.Api.Id)"#,
            r#"switch (context.Api.Id) { case "x": return 1; case "y": return 2; }"#,
            r#"context.Api.Id is "x" or "y""#,
        ] {
            assert_eq!(of(code), ["x", "y"], "{code}");
        }
        for code in [
            r#"context.Api.Id == context.Api.Name"#,
            r#"list.Contains(context.Api.Id)"#,
            r#"f("x", context.Api.Id)"#,
            r#"context.Api.Id + "x""#,
            r#"Log("a", context.Api.Id)"#,
            r#"x.StartsWith("/v1") ? string.Concat("p-", context.Api.Id) : """#,
        ] {
            assert_eq!(of(code), [""; 0], "{code}");
        }
    }

    #[test]
    fn what_each_of_a_list_is_compared_with_is_told() {
        let members = ["Id", "Name"];
        for code in [
            r#".Any(g => g.Name == "x")"#,
            r#".Select(group => group.Name).Contains("x")"#,
            r#".Where(g => !string.Equals(g.Name, "x")).Count() > 0"#,
            r#".Any(g => new[] { "x" }.Contains(g.Name))"#,
            r#"?.Select(g => g.Name).Intersect(new[] { "x" }).Any()"#,
        ] {
            assert_eq!(
                of_each(code, 0, &members),
                [("Name", "x".to_owned())],
                "{code}"
            );
        }
        assert_eq!(
            of_each(r#".Count(); a.Any(b => b.Id == "x")"#, 0, &members),
            []
        );
    }
}
