//! Finds everything of interest in a document.

pub(super) mod clear_text;
mod code;
mod compares;
mod dynamic;
mod elements;
mod spots;

use std::collections::BTreeMap;
use std::ops::Range;

use self::clear_text::Watch;
use self::code::Reads;
use self::dynamic::{Value, is_code, sorted, value};
use self::elements::{SELF_HOSTED, SEMANTIC, SETTLED, target};
use self::spots::{host, literals, spots};
use crate::policy::reference::{Dynamic, Place, Reference, Scan, Target};
use crate::policy::text::lexer::{ANY, Attribute, Kind, Lexer};
use crate::policy::text::names::{braced, decode, trimmed};
use crate::policy::text::position::Walk;

/// Returns everything of interest in a document, whatever it holds.
///
/// Never fails: what can't be read as policy is text, in which only named
/// values are found.
pub fn scan(text: &str) -> Scan {
    scanned(text, Lexer::new(text))
}

/// The same of a text that is put into others, where it may stand in a tag as
/// its attributes: whichever element that is.
pub fn scan_piece(text: &str) -> Scan {
    match is_attributes(text) {
        true => scanned(text, Lexer::in_tag(text)),
        false => scan(text),
    }
}

/// Whether a text that is put into others can hold anything of interest.
pub fn may_be_piece(text: &str) -> bool {
    text.contains(['<', '@']) || text.contains("{{") || is_attributes(text)
}

/// Whether a text can be put into a tag, to give it attributes.
fn is_attributes(text: &str) -> bool {
    let code = text.trim_start().starts_with('@');
    !code && !text.contains('<') && (text.contains("=\"") || text.contains("='"))
}

fn scanned<'a>(text: &'a str, lexer: Lexer<'a>) -> Scan {
    let mut scanner = Scanner {
        text,
        lexer,
        found: Scan::default(),
        clear: Watch::default(),
        caching: Vec::new(),
        literals: Vec::new(),
        base_url_hosts: BTreeMap::new(),
        url_hosts: BTreeMap::new(),
        firsts: BTreeMap::new(),
    };
    while let Some(piece) = scanner.lexer.next() {
        (scanner.clear).piece(&scanner.lexer, &piece.kind, piece.span.clone());
        scanner.piece(&piece.kind, piece.span);
    }
    scanner.finish()
}

/// What is told of a document by its first element that shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum First {
    CredentialManager,
    SelfHostedOnly,
    ManagedIdentity,
    Issuers,
    OwnCache,
    EitherCache,
}

struct Scanner<'a> {
    text: &'a str,
    lexer: Lexer<'a>,
    found: Scan,
    /// Values of `caching-type` with the offsets of their elements.
    caching: Vec<(usize, String)>,
    /// Variables with the literal values that `set-variable` gives them.
    literals: Vec<(String, String, Range<usize>)>,
    clear: Watch,
    base_url_hosts: BTreeMap<String, usize>,
    url_hosts: BTreeMap<String, usize>,
    /// What is only told once, where it is first.
    firsts: BTreeMap<First, (&'a str, usize)>,
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
            Kind::Close { .. } => {}
            Kind::Text | Kind::Cdata | Kind::Declaration => {
                if inner == "set-url" && self.lexer.codes_in(&span).is_empty() {
                    let at = host(self.text, span.clone());
                    self.url_hosts.extend(at);
                }
                let place = match kind {
                    Kind::Cdata => Place::Cdata,
                    _ => Place::Live,
                };
                self.names(inner, None, span, place);
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
        (self.found.variables).element(&self.lexer, name, attributes);
        let tag = self.text.as_bytes().get(span.clone()).unwrap_or_default();
        if tag.contains(&b'{') {
            self.names_of_tag(name, attributes, span);
        }
        for attribute in attributes {
            let parents = self.lexer.open.get(..depth).unwrap_or_default();
            if let Some(to) = target(name, parents, attribute.name) {
                self.attribute(name, attribute, to);
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

    fn attribute(&mut self, element: &str, attribute: &Attribute<'_>, to: Target) {
        let in_code = is_code(
            self.lexer
                .slice(trimmed(self.text, attribute.value.clone())),
        );
        match value(&self.lexer, &attribute.value, (element, attribute.name), to) {
            Value::Empty => {}
            Value::Literal(name, span) => {
                let place = if in_code { Place::Code } else { Place::Live };
                self.reference(to, name, span, place, (element, Some(attribute.name)));
            }
            Value::Dynamic(dynamic) => (self.found.dynamics).push(Dynamic { in_code, ..dynamic }),
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
        let attribute = |wanted: &str| attributes.iter().find(|a| a.name == wanted);
        let span = |wanted| attribute(wanted).map(|a| trimmed(self.text, a.value.clone()));
        let raw = |wanted| span(wanted).map(|span| self.lexer.slice(span));
        let semantic = SEMANTIC.contains(&name);
        if semantic || name.starts_with("cache-") {
            let value = raw("caching-type").map_or("(default)".into(), decode);
            let settled = SETTLED.iter().any(|s| s.eq_ignore_ascii_case(&value));
            self.caching.push((start, value.into_owned()));
            let cache = match semantic || attribute("cache-id").is_some() {
                true => Some(First::OwnCache),
                false => (!settled).then_some(First::EitherCache),
            };
            if let Some(cache) = cache {
                self.firsts.entry(cache).or_insert((name, start));
            }
        }
        let first = match name {
            "authentication-managed-identity" => Some(First::ManagedIdentity),
            "get-authorization-context" => Some(First::CredentialManager),
            ANY if attribute("provider-id").is_some() => Some(First::CredentialManager),
            "set-backend-service" if attributes.iter().any(|a| a.name.starts_with("dapr-")) => {
                Some(First::SelfHostedOnly)
            }
            _ if SELF_HOSTED.contains(&name) => Some(First::SelfHostedOnly),
            _ => None,
        };
        if let Some(first) = first {
            self.firsts.entry(first).or_insert((name, start));
        }
        if let Some(issuer) = attribute("issuer-certificate-id") {
            let at = (issuer.name, issuer.start);
            self.firsts.entry(First::Issuers).or_insert(at);
        }
        let url = |wanted| span(wanted).and_then(|span| host(self.text, span));
        match name {
            "openid-config" => self.url_hosts.extend(url("url")),
            "set-backend-service" => self.base_url_hosts.extend(url("base-url")),
            "set-variable" => {
                if let Some((variable, span)) = raw("name").zip(span("value"))
                    && let value = self.lexer.slice(span.clone())
                    && !is_code(value)
                {
                    let value = decode(value).into_owned();
                    self.literals
                        .push((decode(variable).into_owned(), value, span));
                }
            }
            _ => {}
        }
    }

    /// Takes the named values of a stretch of text. Blanks inside the braces
    /// are Liquid's way, and what they mean is for the list of names to say.
    fn names(&mut self, element: &str, attribute: Option<&str>, span: Range<usize>, place: Place) {
        for name in braced(self.text.as_bytes(), span) {
            let around = self.lexer.string_around(name.name.start);
            let place = match place {
                _ if name.spaced => Place::Liquid,
                Place::Live if around.is_some_and(|s| self.lexer.doubles_braces(s)) => {
                    Place::Interpolated
                }
                place => place,
            };
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
        let body = self.lexer.slice(span.clone());
        self.found.variables.code(body, span.start, &|_| true);
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

    fn finish(mut self) -> Scan {
        let mut found = self.found;
        let mut reads = Reads::default();
        let quoted = |at| self.lexer.string_around(at).is_some();
        for span in &self.lexer.codes {
            let code = self.lexer.slice(span.clone());
            reads.add(code, span.start);
            found.variables.code(code, span.start, &quoted);
        }
        for (at, named) in std::mem::take(&mut reads.taken) {
            certificate(&self.lexer, at, named, &mut found);
        }
        found.references.sort_by_key(|r| (r.span.start, r.to));
        let mut walk = Walk::new(self.text);
        for reference in &mut found.references {
            (reference.line, reference.column) = walk.place(reference.span.start);
        }
        found.dynamics.sort_by_key(|d| d.span.start);
        let mut walk = Walk::new(self.text);
        for dynamic in &mut found.dynamics {
            let read = |(name, _, _): &&(String, _, _)| dynamic.reads.contains(name);
            let candidates = self.literals.iter().filter(read).map(|(_, value, _)| value);
            dynamic.candidates = sorted(candidates.cloned());
            (dynamic.line, dynamic.column) = walk.place(dynamic.span.start);
        }
        self.clear.end(self.text);
        found.in_clear = spots(self.text, self.clear.found);
        found.caching = spots(self.text, self.caching);
        found.literals = literals(self.text, &self.lexer, self.literals);
        let by_name = |places: BTreeMap<String, usize>| {
            let places = places.into_iter().map(|(what, at)| (at, what));
            let mut spots = spots(self.text, places.collect());
            spots.sort_by(|a, b| a.what.cmp(&b.what));
            spots
        };
        found.contexts = by_name(reads.contexts);
        found.compares = by_name(reads.compares);
        found.base_url_hosts = by_name(self.base_url_hosts);
        found.url_hosts = by_name(self.url_hosts);
        let spot = |(what, at): (&str, usize)| spots(self.text, vec![(at, what.to_owned())]).pop();
        let first = |of| self.firsts.get(&of).copied().and_then(spot);
        found.credential_manager = first(First::CredentialManager);
        found.self_hosted_only = first(First::SelfHostedOnly);
        found.managed_identity = first(First::ManagedIdentity);
        found.own_cache = first(First::OwnCache);
        found.either_cache = first(First::EitherCache);
        found.client_certificate_issuers = first(First::Issuers);
        let certificates = reads.certificates.map(|at| ("Certificates", at));
        found.certificates_in_code = certificates.and_then(spot);
        found
    }
}

/// Takes a certificate that code takes: by a literal, or by what code says.
fn certificate(lexer: &Lexer<'_>, at: usize, named: Option<Range<usize>>, found: &mut Scan) {
    let (element, attribute) = ("context.Deployment", "Certificates");
    let to = Target::CertificateInCode;
    let span = named.clone().unwrap_or(at..at);
    match value(lexer, &span, (element, attribute), to) {
        Value::Literal(name, span) => found.references.push(Reference {
            to,
            name,
            span,
            place: Place::Code,
            element: element.to_owned(),
            attribute: Some(attribute.to_owned()),
            line: 0,
            column: 0,
        }),
        Value::Dynamic(dynamic) => found.dynamics.push(dynamic),
        Value::Empty if named.is_some() => {}
        Value::Empty => found
            .dynamics
            .push(Dynamic::by_code(element, attribute, to, at..at)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::text::position::Spot;

    #[test]
    fn what_is_put_into_a_tag_is_where_it_stands() {
        let text = concat!(
            r#"provider-id="p" x="&lt;{{a}}&quot;{{b}}" y='@(context.Api.Id)'"#,
            "\n",
            r#"é="ü{{c}}" backend-id="&#111;rders" password="Sup3r!Secret""#,
        );
        let found = scan_piece(text);
        let mut named = Vec::new();
        for reference in &found.references {
            let lines: Vec<&str> = text[..reference.span.start].split('\n').collect();
            let column = lines.last().unwrap().chars().count() + 1;
            let place = (reference.line as usize, reference.column as usize);
            assert_eq!(place, (lines.len(), column), "{}", reference.name);
            named.push((reference.to, &text[reference.span.clone()]));
        }
        let value = Target::NamedValue;
        assert_eq!(
            named,
            [
                (Target::AuthProvider, "p"),
                (value, "a"),
                (value, "b"),
                (value, "c"),
                (Target::Backend, "&#111;rders"),
            ]
        );
        let at = |spot: &Spot| (spot.line, spot.column);
        let code = text.find("context").unwrap();
        assert_eq!(
            at(&found.contexts[0]),
            (1, u32::try_from(code).unwrap() + 1)
        );
        assert_eq!(found.credential_manager.as_ref().map(at), Some((1, 1)));
    }

    #[test]
    fn a_variable_that_is_named_in_a_tag_elsewhere_may_get_anything() {
        let assigns = |text: &str| {
            let scan = scan_piece(text);
            let names = scan.variables.assigned_names();
            names.is_none_or(|mut names| names.any(|name| name == "b"))
        };
        for text in [r#"name="b" value="x""#, r#"response-variable-name="b""#] {
            assert!(assigns(text), "{text}");
        }
        assert!(!assigns(r#"backend-id="b""#));
    }
}
