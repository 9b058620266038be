//! What policy documents refer to, and how to rewrite it.
#![expect(missing_docs, reason = "the scanner's own words come with it")]
use std::ops::Range;
#[derive(Debug, Clone, Default)]
pub struct Scan {
    pub references: Vec<Reference>,
    pub dynamics: Vec<Dynamic>,
    pub caching: Vec<Cach>,
    pub contexts: Vec<String>,
    pub compares: Vec<String>,
    pub base_url_hosts: Vec<String>,
    pub url_hosts: Vec<String>,
    pub certificates_in_code: bool,
    pub managed_identity: bool,
    pub semantic_cache: bool,
    pub client_certificate_issuers: bool,
}
impl Scan {
    pub fn credential_manager(&self) -> Option<(String, u32)> {
        None
    }
    pub fn self_hosted_only(&self) -> Option<(String, u32)> {
        None
    }
}
#[derive(Debug, Clone)]
pub struct Cach {
    pub value: String,
}
#[derive(Debug, Clone)]
pub struct Reference {
    pub to: Target,
    pub name: String,
    pub span: Range<usize>,
    pub place: Place,
    pub element: String,
    pub attribute: Option<String>,
    pub line: u32,
    pub column: u32,
}
#[derive(Debug, Clone, PartialEq)]
pub enum Target {
    NamedValue,
    Fragment,
    Backend,
    Certificate,
    Thumbprint,
    Logger,
    Schema,
    AuthProvider,
    AuthId,
    Api { by: By },
    Operation { by: By },
}
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum By {
    Name,
    Id,
}
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Place {
    Live,
    Comment,
    Liquid,
}
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum DynamicBy {
    Expression,
    NamedValue,
    Mixed,
    TemplateToken,
}
#[derive(Debug, Clone)]
pub struct Dynamic {
    pub element: String,
    pub attr: String,
    pub by: DynamicBy,
    pub candidates: Vec<String>,
    pub span: Range<usize>,
    pub parts: Vec<Part>,
    pub to: Target,
    pub line: u32,
    pub column: u32,
}
#[derive(Debug, Clone)]
pub enum Part {
    Literal(String),
    NamedValue(String),
}
pub struct Lit {
    pub text: String,
    pub span: Range<usize>,
    pub line: u32,
    pub column: u32,
    pub in_code: bool,
}
pub fn string_literals(_: &str) -> Vec<Lit> {
    vec![]
}
pub fn scan(_: &str) -> Scan {
    Scan::default()
}
#[derive(Debug)]
pub struct Edit {
    pub span: Range<usize>,
    pub text: String,
}
pub fn rewrite(text: &str, _: &[Edit]) -> Result<String, RewriteError> {
    Ok(text.to_owned())
}

#[derive(Debug, thiserror::Error)]
#[error("the edits of a document overlap")]
pub struct RewriteError;
