//! What a document does with variables: who gives them values, who reads them,
//! and which code is nothing but the value of one.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::text::cursor::{Cursor, occurrences};
use super::text::lexer::{ANY, Attribute, Lexer};
use super::text::names::{decode, trimmed};
use super::text::position::{Spot, Walk};

/// How attributes end that name the variable in which an element leaves
/// something: `response-variable-name` of `send-request`, for instance.
const LEFT_IN: &str = "variable-name";

/// Methods that only look a variable up.
pub(super) const READING: &[&str] = &["GetValueOrDefault", "ContainsKey", "TryGetValue"];

/// Methods that give variables values, or take them away.
const ASSIGNING: &[&str] = &["Add", "TryAdd", "Remove", "Clear"];

/// What a document does with variables, by their names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Variables {
    /// What `set-variable` gives in literals, by names in lower case.
    literals: BTreeMap<String, Given>,
    /// Those that get values otherwise, in lower case.
    otherwise: BTreeSet<String>,
    /// Something may give any variable a value.
    any: bool,
    reads: Vec<(String, usize)>,
}

/// The literals that a variable gets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Given {
    /// How it is spelled; several where it is in more than one way.
    spelled: BTreeSet<String>,
    /// The bytes of the literals.
    spans: Vec<Range<usize>>,
}

/// Code that is nothing but the value of a variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sole {
    /// The variable.
    pub name: String,
    /// The bytes inside the quotes of what it is when nobody gave it a value.
    pub default: Option<Range<usize>>,
}

impl Variables {
    /// The variables that get values here, in lower case; `None` where any may.
    pub fn assigned_names(&self) -> Option<impl Iterator<Item = &str>> {
        let names = self.otherwise.iter().chain(self.literals.keys());
        (!self.any).then(|| names.map(String::as_str))
    }

    /// The variables that are read here.
    pub fn read_names(&self) -> impl Iterator<Item = &str> {
        self.reads.iter().map(|(name, _)| name.as_str())
    }

    /// The bytes of the literals that the variable gets. `None` when it may get
    /// something else as well, or is also spelled in another way.
    pub fn literals(&self, name: &str) -> Option<&[Range<usize>]> {
        if self.is_otherwise(name) {
            return None;
        }
        let Some(given) = self.literals.get(&name.to_ascii_lowercase()) else {
            return Some(&[]);
        };
        let only = given.spelled.iter().all(|spelled| spelled == name);
        only.then_some(given.spans.as_slice())
    }

    fn is_otherwise(&self, name: &str) -> bool {
        self.any || self.otherwise.contains(&name.to_ascii_lowercase())
    }

    /// The offsets at which the variable is read.
    pub fn reads(&self, name: &str) -> impl Iterator<Item = usize> {
        let is = move |(read, _): &&(String, usize)| read.eq_ignore_ascii_case(name);
        self.reads.iter().filter(is).map(|(_, at)| *at)
    }

    /// Where an offset of the text is.
    pub fn spot(text: &str, at: usize) -> Spot {
        let (line, column) = Walk::new(text).place(at);
        let what = String::new();
        Spot { what, line, column }
    }

    /// Notes what an element gives to variables.
    pub(super) fn element(&mut self, lexer: &Lexer<'_>, name: &str, attributes: &[Attribute<'_>]) {
        let sets = name == "set-variable";
        let span = |a: &Attribute<'_>| trimmed(lexer.slice(0..a.value.end), a.value.clone());
        let value = attributes.iter().find(|a| sets && a.name == "value");
        let value = value.map(span).filter(|v| is_plain(lexer.slice(v.clone())));
        let mut named = false;
        for attribute in attributes {
            // In a tag of another text it may be any element's.
            let is_name = (sets || name == ANY) && attribute.name == "name";
            if !is_name && !attribute.name.ends_with(LEFT_IN) {
                continue;
            }
            named = true;
            let raw = lexer.slice(span(attribute));
            let variable = decode(raw).into_owned();
            match &value {
                _ if !is_plain(raw) => self.any = true,
                Some(value) if is_name => {
                    let given = self.literals.entry(variable.to_ascii_lowercase());
                    let given = given.or_default();
                    given.spans.push(value.clone());
                    given.spelled.insert(variable);
                }
                _ => self.assigned(Some(variable)),
            }
        }
        self.any |= sets && !named;
    }

    fn assigned(&mut self, name: Option<String>) {
        match name {
            Some(name) => {
                self.otherwise.insert(name.to_ascii_lowercase());
            }
            None => self.any = true,
        }
    }

    /// Notes what code does that begins at an offset; Liquid is written alike.
    /// `quoted` tells whether an offset lies in a string.
    pub(super) fn code(&mut self, code: &str, start: usize, quoted: &dyn Fn(usize) -> bool) {
        for at in occurrences(code, "context") {
            let mut cursor = Cursor::new(code, at + "context".len());
            match cursor.member() {
                Some("Variables") => self.dictionary(&mut cursor, start + at),
                Some(_) => {}
                // Handed on as a whole, it may be changed there.
                None => self.any |= !quoted(start + at),
            }
        }
    }

    fn dictionary(&mut self, cursor: &mut Cursor<'_>, at: usize) {
        if let Some(index) = cursor.index() {
            if cursor.assigns() {
                self.assigned(index.clone());
            }
            self.reads.extend(index.map(|name| (name, at)));
            return;
        }
        match cursor.member() {
            Some(method) if READING.contains(&method) => {
                self.reads.extend(cursor.argument().map(|name| (name, at)));
            }
            Some(method) if ASSIGNING.contains(&method) => {
                let name = cursor.argument();
                self.assigned(name);
            }
            Some(other) => self.reads.push((other.to_owned(), at)),
            None => self.any = true,
        }
    }
}

/// Whether a text says by itself what it is.
fn is_plain(raw: &str) -> bool {
    !raw.contains("{{") && !raw.contains("@(") && !raw.contains("@{")
}

/// How many casts and brackets may stand around a variable.
const DEEPEST: usize = 8;

/// Casts that change nothing.
const CASTS: &[&str] = &["(string)", "(String)", "(System.String)"];

/// The bytes inside the quotes of the literal that an expression is and nothing
/// else, where it says what it means without escapes.
pub(super) fn bare(text: &str, span: Range<usize>) -> Option<Range<usize>> {
    let (rest, default) = peeled(text, span)?;
    let mut cursor = Cursor::new(text.get(..rest.end)?, rest.start);
    let inside = cursor.quoted()?;
    let plain = !text.get(inside.clone())?.contains(['\\', '"', '@']);
    (plain
        && default.is_none()
        && cursor.at() == rest.end
        && trimmed(text, inside.clone()) == inside)
        .then_some(inside)
}

/// The variable whose value an expression is and nothing else.
pub(super) fn sole(text: &str, span: Range<usize>) -> Option<Sole> {
    let (rest, mut default) = peeled(text, span)?;
    let now = text.get(..rest.end)?;
    let mut cursor = Cursor::new(now, rest.start);
    (cursor.eat("context") && cursor.member() == Some("Variables")).then_some(())?;
    let name = match cursor.index() {
        Some(index) => index?,
        None => {
            (cursor.member() == Some("GetValueOrDefault")).then_some(())?;
            let name = cursor.argument()?;
            if cursor.comma() {
                default = Some(cursor.quoted()?);
            }
            cursor.close().then_some(())?;
            name
        }
    };
    (cursor.at() == rest.end).then_some(Sole { name, default })
}

/// The one value that an expression gives, without the casts and brackets around
/// it, and the bytes inside the quotes of what it is instead where it is null.
fn peeled(text: &str, span: Range<usize>) -> Option<(Range<usize>, Option<Range<usize>>)> {
    let code = text.get(span.clone())?;
    let mut rest = span.start + 2..span.end - 1;
    if code.starts_with("@{") {
        let body = trimmed(text, rest.clone());
        let inner = text
            .get(body.clone())?
            .strip_prefix("return")?
            .strip_suffix(';')?;
        if inner.contains(';') || !inner.starts_with(|c: char| c.is_whitespace() || c == '(') {
            return None;
        }
        rest = body.start + "return".len()..body.end - 1;
    } else if !code.starts_with("@(") {
        return None;
    }
    let mut default = None;
    for _ in 0..DEEPEST {
        rest = trimmed(text, rest);
        let now = text.get(rest.clone())?;
        if let Some(cast) = CASTS.iter().find(|cast| now.starts_with(**cast)) {
            rest.start += cast.len();
        } else if enclosed(now) {
            rest = rest.start + 1..rest.end - 1;
        } else if let Some(left) = [".ToString()", " as string", " as String"]
            .iter()
            .find_map(|end| now.strip_suffix(end))
        {
            rest.end = rest.start + left.trim_end_matches('?').len();
        } else if let Some((left, right)) = now.rsplit_once("??") {
            let from = rest.start + left.len() + 2;
            let mut cursor = Cursor::new(text, from);
            default = Some(cursor.quoted()?);
            (trimmed(text, cursor.at()..from + right.len()).is_empty()).then_some(())?;
            rest.end = rest.start + left.len();
        } else {
            break;
        }
    }
    Some((trimmed(text, rest), default))
}

/// Whether brackets stand around all of the code.
fn enclosed(code: &str) -> bool {
    let mut depth = 0_usize;
    for (at, byte) in code.bytes().enumerate() {
        match byte {
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            // Brackets in strings would have to be told apart.
            b'"' | b'\'' | b'&' if depth == 0 => return false,
            _ => {}
        }
        if depth == 0 {
            return at > 0 && at + 1 == code.len();
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(code: &str) -> Option<(String, Option<&str>)> {
        let sole = sole(code, 0..code.len())?;
        Some((sole.name, sole.default.map(|at| &code[at])))
    }

    #[test]
    fn code_that_is_one_literal_says_what_that_says() {
        for code in [
            r#"@("orders")"#,
            r#"@( ("orders") )"#,
            r#"@{ return "orders"; }"#,
            r#"@((string)@"orders")"#,
            "@(&quot;orders&quot;)",
        ] {
            assert_eq!(
                bare(code, 0..code.len()).map(|at| &code[at]),
                Some("orders"),
                "{code}"
            );
        }
        for code in [
            r#"@("orders" + "-b")"#,
            r#"@($"orders")"#,
            r#"@("or\"ders")"#,
            r#"@("orders".ToLower())"#,
            r#"@(a ? "orders" : "b")"#,
            r#"@("orders" ?? "b")"#,
            r#"@(" orders")"#,
            r#"orders"#,
            "@()",
        ] {
            assert_eq!(bare(code, 0..code.len()), None, "{code}");
        }
    }

    #[test]
    fn only_the_bare_value_of_a_variable_counts() {
        for code in [
            r#"@((string)context.Variables["b"])"#,
            r#"@(context.Variables["b"])"#,
            r#"@( ((string) context.Variables["b"]) )"#,
            r#"@(context.Variables["b"].ToString())"#,
            r#"@(context.Variables["b"] as string)"#,
            r#"@(context.Variables.GetValueOrDefault<string>("b"))"#,
            r#"@{ return (string)context.Variables["b"]; }"#,
            "@((string)context.Variables[&quot;b&quot;])",
            r#"@(context.Variables?["b"]?.ToString())"#,
        ] {
            assert_eq!(of(code), Some(("b".to_owned(), None)), "{code}");
        }
        for code in [
            r#"@(context.Variables.GetValueOrDefault("b", "z"))"#,
            r#"@(context.Variables["b"] as string ?? "z")"#,
            r#"@((string)context.Variables["b"] ?? "z" )"#,
        ] {
            assert_eq!(of(code), Some(("b".to_owned(), Some("z"))), "{code}");
        }
        for code in [
            r#"@(context.Variables["b"] + "-backup")"#,
            r#"@("x-" + context.Variables["b"])"#,
            r#"@(((string)context.Variables["b"]).ToLower())"#,
            r#"@(context.Variables["b"] ?? context.Variables["c"])"#,
            r#"@(true ? "x" : (string)context.Variables["b"])"#,
            r#"@{ var b = context.Variables["b"]; return b; }"#,
            r#"@(context.Variables[b])"#,
            r#"@(context.Request.Headers["b"])"#,
            "@()",
            "@(",
            "@{}",
        ] {
            assert_eq!(of(code), None, "{code}");
        }
    }
}
