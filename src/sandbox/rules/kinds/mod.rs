//! The table of resource types: where each lives and which verbs it answers.

/// How a type answers HTTP, as api-version 2024-05-01 documents it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verbs {
    /// LIST, HEAD, GET, PUT, PATCH, DELETE; `If-Match` is required on the last two.
    Entity,
    /// As [`Verbs::Entity`] without PATCH.
    EntityNoPatch,
    /// As [`Verbs::Entity`] without PATCH and without HEAD.
    EntityNoHead,
    /// As [`Verbs::Entity`], and PUT may be long-running.
    Async,
    /// As [`Verbs::Async`] without PATCH.
    AsyncNoPatch,
    /// LIST, HEAD, GET, PUT, DELETE of an item whose name is always `policy`.
    Policy,
    /// LIST, GET, PUT, DELETE; no HEAD and no `If-Match` anywhere.
    Link,
    /// LIST, HEAD 204, PUT, DELETE without bodies; the name is the reference.
    Membership,
    /// As [`Verbs::Membership`], but HEAD answers 200.
    MembershipWithOk,
    /// As [`Verbs::Membership`], but HEAD and GET answer 200 with the entity.
    MembershipWithGet,
    /// LIST, GET and a PUT that only ever answers 200: always there.
    Fixed,
    /// LIST and GET.
    ReadOnly,
    /// LIST alone.
    ListOnly,
}

/// One HTTP verb on an item, or on the collection for [`Verb::List`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// GET of the collection.
    List,
    /// HEAD of an item.
    Head,
    /// GET of an item.
    Get,
    /// PUT of an item.
    Put,
    /// PATCH of an item.
    Patch,
    /// DELETE of an item.
    Delete,
}

impl Verb {
    /// Returns the HTTP method.
    pub fn method(self) -> &'static str {
        match self {
            Self::List | Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// What a verb demands of the `If-Match` header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IfMatch {
    /// Has no meaning there.
    Ignored,
    /// Compared when sent.
    Optional,
    /// Must be sent; `*` will do.
    Required,
}

/// What a name of a type must look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameRule {
    /// One of a fixed set, compared without regard to case.
    OneOf(&'static [&'static str]),
    /// Any text of up to so many characters.
    Any(usize),
    /// Up to so many characters, none of `* # & + : < > ?`.
    Plain(usize),
    /// Word characters and inner hyphens, up to so many.
    Word(usize),
}

/// One type of resource.
#[derive(Debug, Clone, Copy)]
pub struct KindRule {
    /// The collections from the service (or workspace) down: `apis/operations/policies`.
    pub pattern: &'static str,
    /// How it answers HTTP.
    pub verbs: Verbs,
    /// Whether it exists at service level.
    pub in_service: bool,
    /// Whether it exists in a workspace.
    pub in_workspace: bool,
    /// Whether a name is taken once over the service and all its workspaces.
    pub unique_over_service: bool,
    /// What a name must look like.
    pub name: NameRule,
    /// How many a workspace takes at most (per parent for children).
    pub workspace_limit: Option<usize>,
    /// Properties that LIST leaves out and GET of the item shows.
    pub list_hides: &'static [&'static str],
    /// Actions that answer POST on an item, at both scopes where the type exists.
    pub actions: &'static [&'static str],
    /// An action that exists at service level alone.
    pub service_actions: &'static [&'static str],
    /// Whether LIST takes `$top` and `$skip`.
    pub paged: bool,
}

impl KindRule {
    /// Returns the name of the collection: `policies` for `apis/policies`.
    pub fn collection(&self) -> &'static str {
        self.pattern.rsplit('/').next().unwrap_or(self.pattern)
    }

    /// Returns the pattern of the parent, `None` for a type at the top.
    pub fn parent(&self) -> Option<&'static str> {
        self.pattern.rsplit_once('/').map(|(parent, _)| parent)
    }

    /// Tells whether the type exists in the scope.
    pub fn exists_in(&self, workspace: bool) -> bool {
        if workspace {
            self.in_workspace
        } else {
            self.in_service
        }
    }

    /// Tells whether the type answers a verb at all.
    pub fn answers(&self, verb: Verb) -> bool {
        use Verb::{Delete, Get, Head, List, Patch, Put};
        match self.verbs {
            Verbs::Entity | Verbs::Async => true,
            Verbs::EntityNoPatch | Verbs::AsyncNoPatch | Verbs::Policy => verb != Patch,
            Verbs::EntityNoHead | Verbs::Link => matches!(verb, List | Get | Put | Delete),
            Verbs::Membership | Verbs::MembershipWithOk => {
                matches!(verb, List | Head | Put | Delete)
            }
            Verbs::MembershipWithGet => verb != Patch,
            Verbs::Fixed => matches!(verb, List | Get | Put),
            Verbs::ReadOnly => matches!(verb, List | Get),
            Verbs::ListOnly => verb == List,
        }
    }

    /// Returns what a verb demands of `If-Match`.
    pub fn if_match(&self, verb: Verb) -> IfMatch {
        let associated = matches!(
            self.verbs,
            Verbs::Link | Verbs::Membership | Verbs::MembershipWithOk | Verbs::MembershipWithGet
        );
        match verb {
            _ if associated => IfMatch::Ignored,
            Verb::Put => IfMatch::Optional,
            Verb::Delete if self.pattern == "policyRestrictions" => IfMatch::Optional,
            Verb::Patch | Verb::Delete => IfMatch::Required,
            Verb::List | Verb::Head | Verb::Get => IfMatch::Ignored,
        }
    }

    /// Tells whether a verb may start a long-running operation.
    pub fn long_running(&self, verb: Verb) -> bool {
        match verb {
            Verb::Put => matches!(self.verbs, Verbs::Async | Verbs::AsyncNoPatch),
            Verb::Patch => self.pattern == "namedValues",
            Verb::Delete => matches!(self.pattern, "apis" | "users"),
            Verb::List | Verb::Head | Verb::Get => false,
        }
    }

    const fn unique(mut self) -> Self {
        self.unique_over_service = true;
        self
    }

    const fn limit(mut self, most: usize) -> Self {
        self.workspace_limit = Some(most);
        self
    }

    const fn hides(mut self, properties: &'static [&'static str]) -> Self {
        self.list_hides = properties;
        self
    }

    const fn actions(mut self, names: &'static [&'static str]) -> Self {
        self.actions = names;
        self
    }

    const fn unpaged(mut self) -> Self {
        self.paged = false;
        self
    }
}

const fn row(pattern: &'static str, verbs: Verbs, name: NameRule) -> KindRule {
    KindRule {
        pattern,
        verbs,
        in_service: true,
        in_workspace: true,
        unique_over_service: false,
        name,
        workspace_limit: None,
        list_hides: &[],
        actions: &[],
        service_actions: &[],
        paged: true,
    }
}

const fn service_only(pattern: &'static str, verbs: Verbs, name: NameRule) -> KindRule {
    let mut kind = row(pattern, verbs, name);
    kind.in_workspace = false;
    kind
}

const fn policy(pattern: &'static str) -> KindRule {
    row(pattern, Verbs::Policy, NameRule::OneOf(&["policy"])).unpaged()
}

const NOTIFICATIONS: NameRule = NameRule::OneOf(&[
    "RequestPublisherNotificationMessage",
    "PurchasePublisherNotificationMessage",
    "NewApplicationNotificationMessage",
    "BCC",
    "NewIssuePublisherNotificationMessage",
    "AccountClosedPublisher",
    "QuotaLimitApproachingPublisherNotificationMessage",
]);
/// Any other diagnostic name is refused by the service, as far as is known.
const DIAGNOSTICS: NameRule = NameRule::OneOf(&["applicationinsights", "azuremonitor", "local"]);
const WIKI: NameRule = NameRule::OneOf(&["default"]);
const P80: NameRule = NameRule::Plain(80);
const P256: NameRule = NameRule::Plain(256);
const A80: NameRule = NameRule::Any(80);
const A256: NameRule = NameRule::Any(256);

/// Every resource type the service knows, parents before children.
pub static KINDS: &[KindRule] = &[
    service_only("workspaces", Verbs::Entity, P80),
    service_only("workspaceLinks", Verbs::ReadOnly, P80).unpaged(),
    row("apiVersionSets", Verbs::Entity, P80).unique().limit(50),
    row("apis", Verbs::Async, P256).unique().limit(200),
    row("apis/revisions", Verbs::ListOnly, A256),
    row("apis/operations", Verbs::Entity, A80).limit(100),
    policy("apis/operations/policies"),
    service_only("apis/operations/tags", Verbs::MembershipWithGet, P80),
    service_only("apis/operationsByTags", Verbs::ListOnly, A256),
    policy("apis/policies"),
    row("apis/schemas", Verbs::AsyncNoPatch, A80)
        .limit(100)
        .hides(&["document"]),
    row("apis/diagnostics", Verbs::Entity, DIAGNOSTICS),
    row("apis/releases", Verbs::Entity, P80)
        .limit(100)
        .hides(&["apiId"]),
    service_only("apis/tags", Verbs::MembershipWithGet, P80),
    service_only("apis/tagDescriptions", Verbs::EntityNoPatch, P80),
    service_only("apis/wikis", Verbs::Entity, WIKI),
    service_only("apis/products", Verbs::ListOnly, A256),
    service_only("apis/resolvers", Verbs::Entity, A80),
    service_only_policy("apis/resolvers/policies"),
    service_only("apis/issues", Verbs::Entity, P256),
    service_only("apis/issues/comments", Verbs::EntityNoPatch, P256),
    service_only("apis/issues/attachments", Verbs::EntityNoPatch, P256),
    service_only("issues", Verbs::ReadOnly, P256),
    row("products", Verbs::Entity, A256).unique().limit(100),
    policy("products/policies"),
    service_only("products/apis", Verbs::Membership, P256),
    row("products/apiLinks", Verbs::Link, P80).limit(200),
    service_only("products/groups", Verbs::Membership, A256),
    row("products/groupLinks", Verbs::Link, P80).limit(200),
    service_only("products/tags", Verbs::MembershipWithGet, P80),
    service_only("products/wikis", Verbs::Entity, WIKI),
    service_only("products/subscriptions", Verbs::ListOnly, A256),
    row("namedValues", Verbs::Async, P256)
        .unique()
        .limit(200)
        .actions(&["listValue", "refreshSecret"]),
    row("policyFragments", Verbs::AsyncNoPatch, NameRule::Word(80))
        .unique()
        .limit(50)
        .actions(&["listReferences"]),
    KindRule {
        service_actions: &["reconnect"],
        ..row("backends", Verbs::Entity, A80).unique().limit(200)
    },
    row("certificates", Verbs::EntityNoPatch, P80)
        .unique()
        .limit(200)
        .actions(&["refreshSecret"]),
    row("loggers", Verbs::Entity, P256).unique().limit(50),
    row("diagnostics", Verbs::Entity, DIAGNOSTICS),
    row("schemas", Verbs::AsyncNoPatch, A80).unique().limit(500),
    row("tags", Verbs::Entity, P80).unique().limit(200),
    row("tags/apiLinks", Verbs::Link, P80),
    row("tags/operationLinks", Verbs::Link, P80),
    row("tags/productLinks", Verbs::Link, P80),
    service_only("tagResources", Verbs::ListOnly, A256),
    service_only("apisByTags", Verbs::ListOnly, A256),
    service_only("productsByTags", Verbs::ListOnly, A256),
    row("groups", Verbs::Entity, A256).unique().limit(50),
    row("groups/users", Verbs::Membership, A80),
    service_only("users", Verbs::Entity, A80),
    service_only("users/groups", Verbs::ListOnly, A256),
    service_only("users/identities", Verbs::ListOnly, A256).unpaged(),
    service_only("users/subscriptions", Verbs::ReadOnly, P256),
    row("subscriptions", Verbs::Entity, P256)
        .unique()
        .limit(5000)
        .actions(&[
            "listSecrets",
            "regeneratePrimaryKey",
            "regenerateSecondaryKey",
        ]),
    row("notifications", Verbs::Fixed, NOTIFICATIONS),
    row("notifications/recipientEmails", Verbs::Membership, A256).unpaged(),
    row("notifications/recipientUsers", Verbs::Membership, A80).unpaged(),
    policy("policies"),
    service_only("allPolicies", Verbs::ListOnly, A256).unpaged(),
    service_only("gateways", Verbs::Entity, A80).actions(&[
        "generateToken",
        "listKeys",
        "regenerateKey",
    ]),
    service_only("gateways/apis", Verbs::MembershipWithOk, A80),
    service_only("authorizationServers", Verbs::Entity, P80).actions(&["listSecrets"]),
    service_only("openidConnectProviders", Verbs::Entity, P256).actions(&["listSecrets"]),
    service_only("authorizationProviders", Verbs::EntityNoHead, P256),
    service_only(
        "authorizationProviders/authorizations",
        Verbs::EntityNoHead,
        P256,
    ),
    service_only(
        "authorizationProviders/authorizations/accessPolicies",
        Verbs::EntityNoHead,
        P256,
    ),
    service_only("caches", Verbs::Entity, P80),
    service_only("policyRestrictions", Verbs::Entity, A80).unpaged(),
    service_only("documentations", Verbs::Entity, P256),
];

const fn service_only_policy(pattern: &'static str) -> KindRule {
    let mut kind = policy(pattern);
    kind.in_workspace = false;
    kind
}

/// Finds a type by its pattern, without regard to case.
pub fn kind_of(pattern: &str) -> Option<&'static KindRule> {
    KINDS
        .iter()
        .find(|kind| kind.pattern.eq_ignore_ascii_case(pattern))
}

#[cfg(test)]
mod tests;
