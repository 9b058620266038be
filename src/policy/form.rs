//! Whether a document can be a policy at all: tags that pair, attributes in
//! quotes, the root and the sections that the service knows.
//!
//! Only what the service refuses whatever stands in the document is told. C# is
//! not compiled, and which elements there are is left to the service.

use std::collections::BTreeSet;
use std::ops::Range;

use super::text::lexer::{Attribute, Kind, Lexer};
use super::text::liquid::{Sort, tags};
use super::text::names::braced;
use super::text::position::Walk;

/// What may stand right below the root of a policy.
pub(super) const SECTIONS: &[&str] = &["inbound", "backend", "outbound", "on-error"];

/// The root that has sections.
const POLICIES: &str = "policies";

/// Why a document can't be a policy, and where that shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// What is wrong, in plain words.
    pub what: String,
    /// One-based.
    pub line: u32,
    /// One-based, in characters.
    pub column: u32,
}

/// Finds the first mistake in the form of a document with this root element.
pub fn mistake(text: &str, root: &str) -> Option<Mistake> {
    let mut form = Form {
        text,
        root,
        open: Vec::new(),
        rooted: false,
        sections: Vec::new(),
    };
    let found = form.pieces().and_then(|()| form.end());
    let (at, what) = found.err()?;
    let (line, column) = Walk::new(text).place(at);
    Some(Mistake { what, line, column })
}

/// An offset, and what is wrong there.
type Found = Result<(), (usize, String)>;

fn wrong(at: usize, what: impl Into<String>) -> Found {
    Err((at, what.into()))
}

struct Form<'a> {
    text: &'a str,
    root: &'a str,
    open: Vec<&'a str>,
    rooted: bool,
    sections: Vec<&'a str>,
}

impl<'a> Form<'a> {
    fn pieces(&mut self) -> Found {
        let mut lexer = Lexer::new(self.text);
        while let Some(piece) = lexer.next() {
            let span = piece.span;
            match piece.kind {
                Kind::Open {
                    name,
                    attributes,
                    empty,
                } => {
                    self.attributes(name, &attributes, span.clone())?;
                    self.element(name, span.start)?;
                    if !empty {
                        self.open.push(name);
                    }
                }
                Kind::Close { name } => self.close(name, span.start)?,
                Kind::Text => self.text(&lexer, span)?,
                Kind::Cdata => {
                    self.ends(&span, "]]>", "CDATA")?;
                    self.outside(&span)?;
                }
                Kind::Comment => self.ends(&span, "-->", "the comment")?,
                Kind::Declaration => self.ends(&span, ">", "the declaration")?,
                Kind::Liquid => self.template(span)?,
            }
        }
        Ok(())
    }

    fn close(&mut self, name: &str, at: usize) -> Found {
        match self.open.pop() {
            Some(open) if open == name => Ok(()),
            Some(open) => wrong(at, format!("`{open}` is closed by `{name}`")),
            None => wrong(at, format!("`{name}` was not open")),
        }
    }

    /// Of a template only the tags are known to pair: what stands between them
    /// is Liquid's.
    fn template(&mut self, span: Range<usize>) -> Found {
        for tag in tags(self.text, span) {
            match tag.sort {
                Sort::Opens => self.open.push(tag.name),
                Sort::Closes => self.close(tag.name, tag.at)?,
                Sort::Empty => {}
                Sort::Bare => return wrong(tag.at, "`<` begins no tag that ends"),
                Sort::Endless => return wrong(tag.at, format!("`{}` has no end", tag.name)),
            }
        }
        Ok(())
    }

    fn end(&self) -> Found {
        match self.open.last() {
            Some(name) => wrong(self.text.len(), format!("`{name}` is not closed")),
            None if !self.rooted => {
                wrong(0, format!("the root element `{}` is missing", self.root))
            }
            None => Ok(()),
        }
    }

    fn element(&mut self, name: &'a str, at: usize) -> Found {
        if self.open.is_empty() {
            if self.rooted {
                return wrong(at, format!("`{name}` stands beside the root"));
            }
            if name != self.root {
                let what = format!("the root element is `{name}`, not `{}`", self.root);
                return wrong(at, what);
            }
            self.rooted = true;
        } else if self.open == [POLICIES] && !name.contains("{{") {
            if !SECTIONS.contains(&name) {
                return wrong(at, format!("`{name}` is no section of a policy"));
            }
            if self.sections.contains(&name) {
                return wrong(at, format!("the section `{name}` is there twice"));
            }
            self.sections.push(name);
        }
        Ok(())
    }

    fn attributes(&self, name: &str, attributes: &[Attribute<'_>], tag: Range<usize>) -> Found {
        let mut at = tag.start + 1 + name.len();
        let mut names = BTreeSet::new();
        for attribute in attributes {
            self.blank(at..attribute.start)?;
            if attribute.start == at {
                let what = format!("a blank is missing before `{}`", attribute.name);
                return wrong(at, what);
            }
            if !names.insert(attribute.name) {
                let what = format!("the attribute `{}` is there twice", attribute.name);
                return wrong(attribute.start, what);
            }
            at = attribute.value.end + 1;
        }
        let rest = self.text.get(at..tag.end).unwrap_or_default();
        let rest = rest.trim_end_matches('>').trim_end_matches('/');
        self.blank(at..at + rest.len())
    }

    /// Nothing but blanks and named values stands between attributes.
    fn blank(&self, span: Range<usize>) -> Found {
        let mut at = span.start;
        for named in braced(self.text.as_bytes(), span.clone()) {
            self.stray(at..named.whole.start)?;
            at = named.whole.end;
        }
        self.stray(at..span.end)
    }

    fn stray(&self, span: Range<usize>) -> Found {
        let text = self.text.get(span.clone()).unwrap_or_default();
        let Some(word) = text.split_whitespace().next() else {
            return Ok(());
        };
        let at = span.start + text.find(word).unwrap_or_default();
        match word.trim_matches(['=', '"', '\'']) {
            "" => wrong(at, "an attribute has no name, or no value in quotes"),
            said => {
                let what = format!("`{}` is no attribute with a value in quotes", short(said));
                wrong(at, what)
            }
        }
    }

    fn text(&self, lexer: &Lexer<'_>, span: Range<usize>) -> Found {
        self.outside(&span)?;
        let text = lexer.slice(span.clone());
        let lead = span.start + text.len() - text.trim_start().len();
        let codes = lexer.codes_in(&span);
        let begins = ["@(", "@{"]
            .iter()
            .any(|b| text.trim_start().starts_with(b));
        if begins && codes.first().is_none_or(|c| c.start != lead) {
            return wrong(lead, "the expression has no end");
        }
        let ends = codes.iter().map(|code| code.end);
        let starts = codes.iter().map(|code| code.start);
        let gaps = (std::iter::once(span.start).chain(ends)).zip(starts.chain([span.end]));
        for (from, to) in gaps {
            if let Some(at) = lexer.slice(from..to).find('<') {
                return wrong(from + at, "`<` begins no tag that ends");
            }
        }
        Ok(())
    }

    /// Text can only stand inside of the root.
    fn outside(&self, span: &Range<usize>) -> Found {
        let text = self.text.get(span.clone()).unwrap_or_default();
        // Of a tag that has no end more can be said.
        if !self.open.is_empty() || text.trim().is_empty() || text.trim_start().starts_with('<') {
            return Ok(());
        }
        let blank = text.len() - text.trim_start().len();
        let bom = text.starts_with('\u{feff}');
        match bom && text.trim_start_matches('\u{feff}').trim().is_empty() {
            true => Ok(()),
            false => wrong(span.start + blank, "text stands outside of the root"),
        }
    }

    fn ends(&self, span: &Range<usize>, with: &str, what: &str) -> Found {
        match self
            .text
            .get(span.clone())
            .unwrap_or_default()
            .ends_with(with)
        {
            true => Ok(()),
            false => wrong(span.start, format!("{what} has no end")),
        }
    }
}

fn short(text: &str) -> String {
    const MOST: usize = 40;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Option<String> {
        let mistake = mistake(text, "policies")?;
        Some(format!(
            "{}:{} {}",
            mistake.line, mistake.column, mistake.what
        ))
    }

    #[test]
    fn what_the_service_takes_has_no_mistake() {
        for text in [
            "<policies />",
            "\u{feff}<?xml version=\"1.0\"?>\n<!-- c --><policies>\n<inbound><base /></inbound>\n</policies>\n",
            "<policies><inbound><set-header name=\"a\" exists-action='override'><value>@(x < 1 ? \"a\" : As<T>(\"b\"))</value></set-header></inbound></policies>",
            "<policies><inbound><a b=\"@{ var c = \"</inbound>\"; return 1 < 2; }\" /></inbound></policies>",
            "<policies><inbound><a {{whole-attribute}} b='1'/>{{part}}</inbound></policies>",
            "<policies><inbound><set-body template=\"liquid\"><a>{% if b %}{{ c }}{% endif %}</a></set-body></inbound></policies>",
            "<policies><inbound><a><![CDATA[ 1 < 2 ]]></a></inbound></policies>",
        ] {
            assert_eq!(told(text), None, "{text}");
        }
        assert_eq!(mistake("<fragment><a /></fragment>", "fragment"), None);
    }

    #[test]
    fn what_stands_between_the_tags_of_a_template_is_its_own() {
        let within = |body: &str| {
            told(&format!(
                "<policies><inbound><set-body template=\"liquid\">{body}</set-body></inbound></policies>"
            ))
        };
        for body in [
            "{% if a &lt; b %}<x>{{ c }}</x>{% endif %}",
            "<a {% if b %}c=\"1\"{% endif %}>@(not code</a>",
            "<a b=c d='>' e=\"{{ f | default: '>' }}\" b='2'/>@{ {",
            "{ \"mail\": \"@{{body.name}}\", \"less\": \"1 &lt; 2\" }",
            "<!-- <a> --><![CDATA[ <b> ]]><c:d>{{ \"c:d>\" }}</c:d>",
            "{{ body.items | join: \"<br/>\" }}{% if x == \"<b></b>\" %}{% endif %}",
            "",
        ] {
            assert_eq!(within(body), None, "{body}");
        }
        for (body, what) in [
            ("<a><b></a></b>", "`b` is closed by `a`"),
            ("<a>", "`a` is closed by `set-body`"),
            ("</policies>", "`set-body` is closed by `policies`"),
            (
                "{% if a < b %}{% endif %}",
                "1:56 `<` begins no tag that ends",
            ),
            ("{{ \"<\" }}", "1:52 `<` begins no tag that ends"),
            ("{{ \"<a>\" }}", "`a` is closed by `set-body`"),
            (
                "{ \"less\": \"1 < 2\" }",
                "1:61 `<` begins no tag that ends",
            ),
        ] {
            assert!(
                within(body).is_some_and(|told| told.ends_with(what)),
                "{body}"
            );
        }
    }

    #[test]
    fn each_mistake_of_form_is_told_with_its_place() {
        for (text, expected) in [
            ("", "1:1 the root element `policies` is missing"),
            (
                "<fragment />",
                "1:1 the root element is `fragment`, not `policies`",
            ),
            ("<policies>\n <inbound>", "2:11 `inbound` is not closed"),
            (
                "<policies><inbound></policies>",
                "1:20 `inbound` is closed by `policies`",
            ),
            ("<policies /></a>", "1:13 `a` was not open"),
            (
                "<policies /><policies />",
                "1:13 `policies` stands beside the root",
            ),
            ("<policies />\n x", "2:2 text stands outside of the root"),
            (
                "<policies><base /></policies>",
                "1:11 `base` is no section of a policy",
            ),
            (
                "<policies><inbound /><inbound /></policies>",
                "1:22 the section `inbound` is there twice",
            ),
            (
                "<policies><inbound><a b=c /></inbound></policies>",
                "1:23 `b=c` is no attribute with a value in quotes",
            ),
            (
                "<policies><inbound><a b='1' b='2' /></inbound></policies>",
                "1:29 the attribute `b` is there twice",
            ),
            (
                "<policies><inbound><a b='1'c='2' /></inbound></policies>",
                "1:28 a blank is missing before `c`",
            ),
            ("<policies><!-- </policies>", "1:11 the comment has no end"),
            (
                "<policies><inbound><a><![CDATA[ </a></inbound></policies>",
                "1:23 CDATA has no end",
            ),
            (
                "<policies><inbound><a b='1></inbound></policies>",
                "1:20 `<` begins no tag that ends",
            ),
            (
                "<policies><inbound><a>1 < 2</a></inbound></policies>",
                "1:25 `<` begins no tag that ends",
            ),
            (
                "<policies><inbound><a>@{ if (b) { return 1; }</a></inbound></policies>",
                "1:23 the expression has no end",
            ),
            (
                "<policies><inbound><set-body template='liquid'><b></set-body></inbound></policies>",
                "1:51 `b` is closed by `set-body`",
            ),
        ] {
            assert_eq!(told(text).as_deref(), Some(expected), "{text}");
        }
    }
}
