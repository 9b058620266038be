//! Finds everything of interest in a document.

use std::collections::BTreeSet;
use std::ops::Range;

use super::code::Reads;
use super::dynamic::{Value, Variables, is_code, said, value};
use super::lexer::{Attribute, Kind, Lexer};
use super::names::{braced, decode, trimmed};
use super::position::Walk;
use super::reference::{By, CacheUse, Literal, Place, Reference, Scan, Target};

/// Elements that only a self-hosted gateway runs.
const SELF_HOSTED: &[&str] = &["publish-to-dapr", "invoke-dapr-binding"];

/// Elements of the semantic cache.
const SEMANTIC: &[&str] = &[
    "azure-openai-semantic-cache-lookup",
    "azure-openai-semantic-cache-store",
    "llm-semantic-cache-lookup",
    "llm-semantic-cache-store",
];

/// Returns everything of interest in a document, whatever it holds.
///
/// Never fails: what can't be read as policy is text, in which only named
/// values are found.
pub fn scan(text: &str) -> Scan {
    let mut scanner = Scanner {
        text,
        lexer: Lexer::new(text),
        found: Scan::default(),
        variables: Variables::default(),
        caching: Vec::new(),
        base_url_hosts: BTreeSet::new(),
        url_hosts: BTreeSet::new(),
        credentials: None,
        self_hosted: None,
    };
    while let Some(piece) = scanner.lexer.next() {
        scanner.piece(&piece.kind, piece.span);
    }
    scanner.finish()
}

/// What an attribute names, by the element it stands in.
fn target(element: &str, parents: &[&str], attribute: &str) -> Option<Target> {
    let by = |attribute| match attribute {
        "name" => Some(By::Name),
        "id" => Some(By::Id),
        _ => None,
    };
    match (element, attribute) {
        ("include-fragment", "fragment-id") => Some(Target::Fragment),
        ("authentication-certificate", "thumbprint") => Some(Target::Thumbprint),
        ("log-to-eventhub", "logger-id") => Some(Target::Logger),
        ("get-authorization-context", "provider-id") => Some(Target::AuthProvider),
        ("get-authorization-context", "authorization-id") => Some(Target::AuthId),
        (_, "certificate-id" | "issuer-certificate-id") => Some(Target::Certificate),
        (_, "schema-id") => Some(Target::Schema),
        (_, "backend-id") => Some(Target::Backend),
        (_, other) if other.ends_with("-backend-id") => Some(Target::Backend),
        ("api", _) if limits(parents.last()) => by(attribute).map(|by| Target::Api { by }),
        ("operation", _)
            if parents.last() == Some(&"api") && limits(parents.iter().nth_back(1)) =>
        {
            by(attribute).map(|by| Target::Operation { by })
        }
        _ => None,
    }
}

fn limits(element: Option<&&str>) -> bool {
    matches!(element, Some(&("quota" | "rate-limit")))
}

struct Scanner<'a> {
    text: &'a str,
    lexer: Lexer<'a>,
    found: Scan,
    variables: Variables,
    /// Values of `caching-type` with the offsets of their elements.
    caching: Vec<(String, usize)>,
    base_url_hosts: BTreeSet<String>,
    url_hosts: BTreeSet<String>,
    credentials: Option<(&'a str, usize)>,
    self_hosted: Option<(&'a str, usize)>,
}

impl<'a> Scanner<'a> {
    fn piece(&mut self, kind: &Kind<'a>, span: Range<usize>) {
        let inner = self.lexer.open.last().copied().unwrap_or_default();
        match kind {
            Kind::Open {
                name,
                attributes,
                empty,
            } => {
                let depth = self.lexer.open.len() - usize::from(!empty);
                self.open(name, attributes, span, depth);
            }
            Kind::Comment => self.comment(span),
            Kind::Liquid => self.liquid(inner, span),
            Kind::Close => {}
            Kind::Text | Kind::Cdata | Kind::Declaration => {
                if inner == "set-url" && self.lexer.codes_in(&span).is_empty() {
                    self.url_hosts.extend(host(self.lexer.slice(span.clone())));
                }
                self.names(inner, None, span, Place::Live);
            }
        }
    }

    fn open(
        &mut self,
        name: &'a str,
        attributes: &[Attribute<'a>],
        span: Range<usize>,
        depth: usize,
    ) {
        self.traits(name, attributes, span.start);
        let tag = self.text.as_bytes().get(span.clone()).unwrap_or_default();
        if tag.contains(&b'{') {
            self.names_of_tag(name, attributes, span);
        }
        for attribute in attributes {
            let parents = self.lexer.open.get(..depth).unwrap_or_default();
            if let Some(to) = target(name, parents, attribute.name) {
                self.attribute(name, attribute, to, Place::Live);
            }
        }
    }

    /// Takes the named values of a tag. They may stand for whole attributes.
    fn names_of_tag(&mut self, name: &str, attributes: &[Attribute<'_>], span: Range<usize>) {
        let mut at = span.start;
        for attribute in attributes {
            let value = attribute.value.clone();
            self.names(name, None, at..value.start, Place::Live);
            at = value.end;
            self.names(name, Some(attribute.name), value, Place::Live);
        }
        self.names(name, None, at..span.end, Place::Live);
    }

    fn attribute(&mut self, element: &str, attribute: &Attribute<'_>, to: Target, place: Place) {
        match value(&self.lexer, &attribute.value, (element, attribute.name), to) {
            Value::Empty => {}
            Value::Literal(name, span) => {
                self.reference(to, name, span, place, (element, Some(attribute.name)));
            }
            Value::Dynamic(dynamic) => self.found.dynamics.push(dynamic),
        }
    }

    fn reference(
        &mut self,
        to: Target,
        name: String,
        span: Range<usize>,
        place: Place,
        (element, attribute): (&str, Option<&str>),
    ) {
        self.found.references.push(Reference {
            to,
            name,
            span,
            place,
            element: element.to_owned(),
            attribute: attribute.map(str::to_owned),
            line: 0,
            column: 0,
        });
    }

    /// Notes what an element says by being there.
    fn traits(&mut self, name: &'a str, attributes: &[Attribute<'a>], start: usize) {
        let raw = |wanted: &str| {
            let attribute = attributes.iter().find(|a| a.name == wanted)?;
            Some(self.lexer.slice(attribute.value.clone()).trim())
        };
        let semantic = SEMANTIC.contains(&name);
        if semantic || name.starts_with("cache-") {
            let value = raw("caching-type").map_or("(default)".into(), decode);
            self.caching.push((value.into_owned(), start));
            self.found.semantic_cache |= semantic;
        }
        match name {
            "authentication-managed-identity" => self.found.managed_identity = true,
            "get-authorization-context" => {
                self.credentials.get_or_insert((name, start));
            }
            "openid-config" => self.url_hosts.extend(raw("url").and_then(host)),
            "set-variable" => {
                if let Some((variable, value)) = raw("name").zip(raw("value"))
                    && !is_code(value)
                {
                    let value = decode(value).into_owned();
                    self.variables.add(&decode(variable), value);
                }
            }
            "set-backend-service" => {
                let host = raw("base-url").and_then(host);
                if attributes.iter().any(|a| a.name.starts_with("dapr-")) {
                    self.self_hosted.get_or_insert((name, start));
                }
                self.base_url_hosts.extend(host);
            }
            _ if SELF_HOSTED.contains(&name) => {
                self.self_hosted.get_or_insert((name, start));
            }
            _ => {}
        }
        self.found.client_certificate_issuers |=
            attributes.iter().any(|a| a.name == "issuer-certificate-id");
    }

    /// Takes the named values of a stretch of text. Blanks inside the braces
    /// are Liquid's way, and what they mean is for the list of names to say.
    fn names(&mut self, element: &str, attribute: Option<&str>, span: Range<usize>, place: Place) {
        for name in braced(self.text.as_bytes(), span) {
            let place = if name.spaced { Place::Liquid } else { place };
            let said = self.text.get(name.name.clone()).unwrap_or_default();
            let at = (element, attribute);
            self.reference(Target::NamedValue, said.to_owned(), name.name, place, at);
        }
    }

    fn comment(&mut self, span: Range<usize>) {
        let inner = self.lexer.open.last().copied().unwrap_or_default();
        self.names(inner, None, span.clone(), Place::Comment);
        // Four bytes of `<!--`; what closes it is missing when the text ends.
        let body = self.lexer.slice(span.start..span.end);
        if !body.contains("fragment-id") {
            return;
        }
        let end = span.end - if body.ends_with("-->") { 3 } else { 0 };
        let mut lexer = Lexer::of_comment(self.text, (span.start + 4).min(end)..end);
        while let Some(piece) = lexer.next() {
            let Kind::Open {
                name: element @ "include-fragment",
                attributes,
                ..
            } = piece.kind
            else {
                continue;
            };
            for attribute in attributes.iter().filter(|a| a.name == "fragment-id") {
                let at = (element, attribute.name);
                let to = Target::Fragment;
                if let Value::Literal(name, span) = value(&lexer, &attribute.value, at, to) {
                    let at = (element, Some(attribute.name));
                    self.reference(to, name, span, Place::Comment, at);
                }
            }
        }
    }

    fn liquid(&mut self, element: &str, span: Range<usize>) {
        let mut at = span.start;
        while let Some(open) = self.text.get(at..span.end).and_then(|t| t.find("<!--")) {
            let open = at + open;
            let rest = self.text.get(open..span.end).unwrap_or_default();
            let close = rest.find("-->").map_or(span.end, |close| open + close + 3);
            self.names(element, None, at..open, Place::Liquid);
            self.names(element, None, open..close, Place::Comment);
            at = close;
        }
        self.names(element, None, at..span.end, Place::Liquid);
    }

    fn finish(self) -> Scan {
        let mut found = self.found;
        let mut reads = Reads::default();
        for code in &self.lexer.codes {
            reads.add(self.lexer.slice(code.clone()));
        }
        found.references.sort_by_key(|r| (r.span.start, r.to));
        let mut walk = Walk::new(self.text);
        for reference in &mut found.references {
            (reference.line, reference.column) = walk.place(reference.span.start);
        }
        let mut walk = Walk::new(self.text);
        for dynamic in &mut found.dynamics {
            dynamic.candidates = self.variables.of(&dynamic.reads);
            (dynamic.line, dynamic.column) = walk.place(dynamic.span.start);
        }
        let mut walk = Walk::new(self.text);
        for (value, start) in self.caching {
            let (line, column) = walk.place(start);
            found.caching.push(CacheUse {
                value,
                line,
                column,
            });
        }
        let first = |(name, start): (&str, usize)| {
            let (line, _) = Walk::new(self.text).place(start);
            (name.to_owned(), line)
        };
        found.credential_manager = self.credentials.map(first);
        found.self_hosted_only = self.self_hosted.map(first);
        found.contexts = reads.contexts.into_iter().collect();
        found.compares = reads.compares.into_iter().collect();
        found.certificates_in_code = reads.certificates;
        found.base_url_hosts = self.base_url_hosts.into_iter().collect();
        found.url_hosts = self.url_hosts.into_iter().collect();
        found
    }
}

/// The host of a URL, when a literal gives it.
fn host(url: &str) -> Option<String> {
    let (scheme, rest) = url.trim().split_once("://")?;
    let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
    let authority = rest.get(..end)?;
    let authority = authority.rsplit('@').next()?;
    let host = authority.split(':').next()?;
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    let is_scheme = scheme.chars().all(|c| c.is_ascii_alphanumeric());
    (is_scheme && !host.is_empty() && host.chars().all(fits)).then(|| host.to_ascii_lowercase())
}

/// Returns the strings of all code, and the literal values that `set-variable`
/// gives, in the order of the text.
pub fn string_literals(text: &str) -> Vec<Literal> {
    let mut lexer = Lexer::new(text);
    let mut found = Vec::new();
    while let Some(piece) = lexer.next() {
        let Kind::Open {
            name: "set-variable",
            attributes,
            ..
        } = &piece.kind
        else {
            continue;
        };
        for attribute in attributes.iter().filter(|a| a.name == "value") {
            let span = trimmed(text, attribute.value.clone());
            let value = lexer.slice(span.clone());
            if !is_code(value) && !value.is_empty() {
                found.push((decode(value).into_owned(), span, false));
            }
        }
    }
    for string in &lexer.strings {
        let raw = lexer.slice(string.span.clone());
        found.push((said(raw, string.verbatim), string.span.clone(), true));
    }
    found.sort_by_key(|(_, span, _)| span.start);
    let mut walk = Walk::new(text);
    let literal = |(text, span, in_code): (String, Range<usize>, bool)| {
        let (line, column) = walk.place(span.start);
        Literal {
            text,
            span,
            line,
            column,
            in_code,
        }
    };
    found.into_iter().map(literal).collect()
}
