//! What a policy document can refer to, and how it says so.

use std::ops::Range;

use super::text::position::Spot;
use super::variables::{Sole, Variables};

/// Everything of interest in a document.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scan {
    /// References that a literal gives, in the order of the text.
    pub references: Vec<Reference>,
    /// References that no single literal gives, in the order of the text.
    pub dynamics: Vec<Dynamic>,
    /// The `caching-type`s of elements that use a cache, or `(default)`.
    pub caching: Vec<Spot>,
    /// Members of `context` whose value changes with a move, each once and
    /// sorted: `context.Api.Id`.
    pub contexts: Vec<Spot>,
    /// Such members compared with a literal: `context.Operation.Name=x`.
    pub compares: Vec<Spot>,
    /// Literal hosts of `base-url`, each once and sorted.
    pub base_url_hosts: Vec<Spot>,
    /// Literal hosts of `set-url`, each once and sorted.
    pub url_hosts: Vec<Spot>,
    /// Where code first reads `context.Deployment.Certificates`.
    pub certificates_in_code: Option<Spot>,
    /// Where `authentication-managed-identity` is first used.
    pub managed_identity: Option<Spot>,
    /// The first element with a cache that always is an external one: a semantic
    /// one, or one that is named.
    pub own_cache: Option<Spot>,
    /// The first element that uses an external cache when there is one, and can
    /// do without.
    pub either_cache: Option<Spot>,
    /// Where `issuer-certificate-id` is first used.
    pub client_certificate_issuers: Option<Spot>,
    /// The first element that uses the credential manager.
    pub credential_manager: Option<Spot>,
    /// The first element that only a self-hosted gateway runs.
    pub self_hosted_only: Option<Spot>,
    /// What looks like a secret in clear: in words, and never the secret.
    pub in_clear: Vec<Spot>,
    /// Strings of all code, and the literal values that `set-variable` gives,
    /// in the order of the text.
    pub literals: Vec<Literal>,
    /// What it does with variables.
    pub variables: Variables,
}

/// A reference that a literal gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// What is named.
    pub to: Target,
    /// The name, decoded and trimmed.
    pub name: String,
    /// The bytes of the name alone.
    pub span: Range<usize>,
    /// In what sort of text it stands.
    pub place: Place,
    /// The element it stands in; empty outside of all.
    pub element: String,
    /// The attribute it stands in, unless it stands in text.
    pub attribute: Option<String>,
    /// One-based.
    pub line: u32,
    /// One-based, in characters.
    pub column: u32,
}

/// What a name in a policy stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// `{{x}}`, by display name.
    NamedValue,
    /// `include-fragment`, by name.
    Fragment,
    /// `backend-id` of any element, and the like.
    Backend,
    /// `certificate-id` of any element.
    Certificate,
    /// `authentication-certificate` by the thumbprint of a certificate.
    Thumbprint,
    /// What code takes of `context.Deployment.Certificates`, by name or
    /// thumbprint.
    CertificateInCode,
    /// `log-to-eventhub`.
    Logger,
    /// `schema-id`, which names a schema of the service.
    Schema,
    /// `provider-id` of `get-authorization-context`.
    AuthProvider,
    /// `authorization-id` of `get-authorization-context`.
    AuthId,
    /// A child `api` of `quota` or `rate-limit`.
    Api {
        /// By which attribute.
        by: By,
    },
    /// A child `operation` of such an `api`.
    Operation {
        /// By which attribute.
        by: By,
    },
}

/// The attribute that names an API or operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum By {
    /// `name`.
    Name,
    /// `id`.
    Id,
}

/// The sort of text a reference stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The service follows it.
    Live,
    /// Code that says nothing else, which is followed only when it runs.
    Code,
    /// An XML comment.
    Comment,
    /// CDATA, where it is not settled whether the service puts values in.
    Cdata,
    /// A string of C# that has holes, or is filled in by `Format`, where two
    /// braces stand for one: a reference only if the name exists.
    Interpolated,
    /// Where Liquid has the same braces: in the body of a template, or with
    /// blanks inside the braces. It is a reference only if the name exists.
    Liquid,
}

/// A reference that no single literal gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dynamic {
    /// The element.
    pub element: String,
    /// The attribute.
    pub attr: String,
    /// What gives it instead.
    pub by: DynamicBy,
    /// Strings in its code, or the names of its named values, or the whole
    /// value for a template's token; each once and sorted.
    pub strings: Vec<String>,
    /// Variables that its code reads, each once and sorted.
    pub reads: Vec<String>,
    /// Literals that `set-variable` gives such a variable in this document,
    /// each once and sorted.
    pub candidates: Vec<String>,
    /// The variable whose value the code is, if it is nothing else.
    pub sole: Option<Sole>,
    /// The bytes of the whole value of the attribute.
    pub span: Range<usize>,
    /// The value in pieces, unless code gives it.
    pub parts: Vec<Part>,
    /// What is named.
    pub to: Target,
    /// Whether the attribute is code, whatever gives the name in it.
    pub in_code: bool,
    /// One-based.
    pub line: u32,
    /// One-based, in characters.
    pub column: u32,
}

impl Dynamic {
    /// Something that only code gives; line and column are still to be filled
    /// in.
    pub(super) fn by_code(element: &str, attr: &str, to: Target, span: Range<usize>) -> Self {
        Self {
            element: element.to_owned(),
            attr: attr.to_owned(),
            by: DynamicBy::Expression,
            strings: Vec::new(),
            reads: Vec::new(),
            candidates: Vec::new(),
            sole: None,
            span,
            parts: Vec::new(),
            to,
            in_code: true,
            line: 0,
            column: 0,
        }
    }
}

/// What gives a reference that is no literal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DynamicBy {
    /// Code.
    Expression,
    /// One named value and nothing else.
    NamedValue,
    /// Named values amid literal text.
    Mixed,
    /// A token of some other tool that fills documents in, such as `{id}`.
    TemplateToken,
}

impl DynamicBy {
    /// Its name in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Expression => "expression",
            Self::NamedValue => "named-value",
            Self::Mixed => "mixed",
            Self::TemplateToken => "template-token",
        }
    }
}

/// A piece of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Text as it is, decoded.
    Literal(String),
    /// What the named value of this display name holds.
    NamedValue(String),
}

/// A string literal of code, or the literal value of a `set-variable`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Literal {
    /// What it says, decoded.
    pub text: String,
    /// The bytes inside of its quotes.
    pub span: Range<usize>,
    /// One-based.
    pub line: u32,
    /// One-based, in characters.
    pub column: u32,
    /// Whether it stands in code.
    pub in_code: bool,
}
