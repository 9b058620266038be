//! Where a resource stands below a service, in the service's own spelling.

use crate::address::split_revision;

/// Every word that can stand before a name, in the service's spelling.
const COLLECTIONS: &[&str] = &[
    "accessPolicies",
    "allPolicies",
    "apiLinks",
    "apiVersionSets",
    "apis",
    "apisByTags",
    "attachments",
    "authorizationProviders",
    "authorizationServers",
    "authorizations",
    "backends",
    "caches",
    "certificateAuthorities",
    "certificates",
    "comments",
    "diagnostics",
    "documentations",
    "gateways",
    "groupLinks",
    "groups",
    "hostnameConfigurations",
    "identities",
    "identityProviders",
    "issues",
    "loggers",
    "namedValues",
    "notifications",
    "openidConnectProviders",
    "operationLinks",
    "operations",
    "operationsByTags",
    "policies",
    "policyFragments",
    "policyRestrictions",
    "productLinks",
    "products",
    "productsByTags",
    "recipientEmails",
    "recipientUsers",
    "releases",
    "resolvers",
    "revisions",
    "schemas",
    "subscriptions",
    "tagDescriptions",
    "tagResources",
    "tags",
    "templates",
    "users",
    "wikis",
    "workspaceLinks",
    "workspaces",
];

/// Returns the service's own spelling of a collection.
pub(crate) fn collection(word: &str) -> Option<&'static str> {
    COLLECTIONS
        .iter()
        .find(|known| known.eq_ignore_ascii_case(word))
        .copied()
}

/// The path of one resource: its workspace, if any, and the pairs of
/// collection and name below it. A workspace itself is a resource of the
/// service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Path {
    pub(crate) workspace: Option<String>,
    pub(crate) pairs: Vec<(&'static str, String)>,
}

impl Path {
    /// Reads a service-relative path such as `/workspaces/w/apis/x`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut words = text.strip_prefix('/')?.split('/');
        let mut pairs = Vec::new();
        while let Some(word) = words.next() {
            let name = words.next().filter(|name| !name.is_empty())?;
            pairs.push((collection(word)?, name.to_owned()));
        }
        Self::from_pairs(pairs)
    }

    /// Puts pairs together, taking the workspace off the front.
    pub(crate) fn from_pairs(mut pairs: Vec<(&'static str, String)>) -> Option<Self> {
        let inside = pairs.len() > 1 && pairs[0].0 == "workspaces";
        let workspace = inside.then(|| pairs.remove(0).1);
        (!pairs.is_empty()).then_some(Self { workspace, pairs })
    }

    /// A top-level resource of a scope.
    pub(crate) fn top(workspace: Option<&str>, collection: &'static str, name: &str) -> Self {
        Self {
            workspace: workspace.map(str::to_owned),
            pairs: vec![(collection, name.to_owned())],
        }
    }

    pub(crate) fn child(&self, collection: &'static str, name: &str) -> Self {
        let mut path = self.clone();
        path.pairs.push((collection, name.to_owned()));
        path
    }

    pub(crate) fn parent(&self) -> Option<Self> {
        let mut path = self.clone();
        path.pairs.pop();
        (!path.pairs.is_empty()).then_some(path)
    }

    /// The top-level resource this one is, or is below.
    pub(crate) fn root(&self) -> Self {
        let mut path = self.clone();
        path.pairs.truncate(1);
        path
    }

    pub(crate) fn name(&self) -> &str {
        self.pairs.last().map_or("", |(_, name)| name)
    }

    pub(crate) fn collection(&self) -> &'static str {
        self.pairs.last().map_or("", |(collection, _)| collection)
    }

    pub(crate) fn workspace(&self) -> Option<&str> {
        self.workspace.as_deref()
    }

    pub(crate) fn is_top(&self) -> bool {
        self.pairs.len() == 1
    }

    /// The collections joined by slashes: `apis/operations`.
    pub(crate) fn pattern(&self) -> String {
        let words: Vec<_> = self.pairs.iter().map(|(word, _)| *word).collect();
        words.join("/")
    }

    /// The service-relative path as it is spelled.
    pub(crate) fn text(&self) -> String {
        let mut text = scope_text(self.workspace());
        for (collection, name) in &self.pairs {
            text.push('/');
            text.push_str(collection);
            text.push('/');
            text.push_str(name);
        }
        text
    }

    /// The path within its scope, as the service prints it in messages.
    pub(crate) fn short(&self) -> String {
        let mut here = self.clone();
        here.workspace = None;
        here.text()
    }

    /// What the store is keyed by: the path without regard to case.
    pub(crate) fn key(&self) -> String {
        self.text().to_ascii_lowercase()
    }

    /// Whether this path is `other` or below it.
    pub(crate) fn is_within(&self, other: &Path) -> bool {
        let (mine, theirs) = (self.key(), other.key());
        mine.strip_prefix(&theirs)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// The API this path is or is below, with the revision in its name.
    pub(crate) fn api(&self) -> Option<Path> {
        (self.pairs.first()?.0 == "apis").then(|| self.root())
    }

    /// Whether this is an API, or a revision of one.
    pub(crate) fn is_api(&self) -> bool {
        self.is_top() && self.api().is_some()
    }

    /// The API this path is or is below, without a revision.
    pub(crate) fn api_root(&self) -> Option<Path> {
        let api = self.api()?;
        let (root, _) = split_revision(api.name());
        Some(Self::top(self.workspace(), "apis", root))
    }
}

/// `/workspaces/w`, or nothing for the service.
pub(crate) fn scope_text(workspace: Option<&str>) -> String {
    workspace.map_or_else(String::new, |name| format!("/workspaces/{name}"))
}

/// Whether two scopes are the same, without regard to case.
pub(crate) fn same_scope(one: Option<&str>, other: Option<&str>) -> bool {
    match (one, other) {
        (None, None) => true,
        (Some(one), Some(other)) => one.eq_ignore_ascii_case(other),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_has_the_services_spelling_and_one_key() {
        let path = Path::parse("/Workspaces/W/APIS/X;rev=2/OPERATIONS/get").unwrap();
        assert_eq!(path.workspace(), Some("W"));
        assert_eq!(path.text(), "/workspaces/W/apis/X;rev=2/operations/get");
        assert_eq!(path.key(), "/workspaces/w/apis/x;rev=2/operations/get");
        assert_eq!(path.pattern(), "apis/operations");
        assert_eq!(path.api_root().unwrap().text(), "/workspaces/W/apis/X");
        assert!(Path::parse("/nonsense/x").is_none());
        assert!(Path::parse("/apis").is_none());
    }
}
