//! One resource, with what its policy says.

use std::sync::OnceLock;

use serde_json::{Map, Value};

use crate::address::ResourcePath;
use crate::catalog::{self, Kind};
use crate::policy::{self, Scan};

/// A resource as the service returned it.
#[derive(Debug, Clone, PartialEq)]
pub struct Resource {
    /// Where it stands, service-relative.
    pub path: ResourcePath,
    /// Its row in the catalog.
    pub kind: &'static Kind,
    /// What stood under `properties`.
    pub properties: Map<String, Value>,
    /// Its ETag, as the header had it; links have none worth keeping.
    pub etag: Option<String>,
    /// Where lists tell all of it: a [`digest`](super::digest) of what they tell.
    pub digest: Option<String>,
    /// Whether only its entry in a list was seen, which may leave fields out.
    pub listed_only: bool,
    scanned: Scanned,
}

/// The scan of a document, made when it is first asked for. A copy of the
/// resource, which may come to hold another text, makes its own.
#[derive(Debug, Default)]
struct Scanned(OnceLock<Box<Scan>>);

impl Clone for Scanned {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl PartialEq for Scanned {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Resource {
    /// Makes a resource that was read on its own.
    ///
    /// Returns `None` when the path is of no kind in the catalog.
    pub fn new(
        path: ResourcePath,
        properties: Map<String, Value>,
        etag: Option<String>,
    ) -> Option<Self> {
        let kind = catalog::kind_of(&path)?;
        Some(Self {
            path,
            kind,
            properties,
            etag,
            digest: None,
            listed_only: false,
            scanned: Scanned::default(),
        })
    }

    /// A text property.
    pub fn text(&self, property: &str) -> Option<&str> {
        self.properties.get(property).and_then(Value::as_str)
    }

    /// A truth value.
    pub fn flag(&self, property: &str) -> Option<bool> {
        self.properties.get(property).and_then(Value::as_bool)
    }

    /// The document of a policy or fragment.
    pub fn document(&self) -> Option<&str> {
        self.kind
            .is_document()
            .then(|| self.text("value"))
            .flatten()
    }

    /// The text of it that is policy: its document, or a property that may hold
    /// a piece of one and does.
    pub fn policy_text(&self) -> Option<&str> {
        let text = self.text(self.kind.policy_in()?)?;
        let holds = self.kind.is_document() || policy::may_be_piece(text);
        (holds && self.kind.secrets_in(&self.properties).is_empty()).then_some(text)
    }

    /// What its policy says. Each text is read once.
    pub fn scan(&self) -> Option<&Scan> {
        let text = self.policy_text()?;
        Some(self.scanned.0.get_or_init(|| {
            Box::new(match self.kind.is_document() {
                true => policy::scan(text),
                false => policy::scan_piece(text),
            })
        }))
    }

    /// Whether every service has this one.
    pub fn is_built_in(&self) -> bool {
        self.kind.is_built_in(&self.path, &self.properties)
    }
}
