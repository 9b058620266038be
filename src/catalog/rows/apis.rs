//! APIs and what stands below them.

use serde_json::{Map, Value};

use super::api_types::WRITABLE_TYPES;
use super::diagnostics::API_DIAGNOSTIC;
use super::operations::OPERATION;
use super::products::{PRODUCT_API_LINK, SUBSCRIPTION, TAG_API_LINK};
use super::services::{AUTHORIZATION_SERVER, OPENID_PROVIDER};
use super::shared::TAG;
use crate::catalog::member::{Member, each, list, m, of, shown, up_to, word, yes_or_no};
use crate::catalog::row::ROW;
use crate::catalog::{
    Access, Default, Display, Document, Effect, EffectNames, Form, Home, Kind, Lane, Letters,
    Limit, Listed, ListedAtTop, Per, Reference, Referrer, RuledOut, Sensitive, Shape, TwoForms,
    says_something,
};

/// Properties in which a revision may not differ from the current one: the
/// service refuses "Can't change property … for non-current revision".
pub const SHARED_BY_REVISIONS: &[&str] = &[
    "displayName",
    "description",
    "path",
    "protocols",
    "type",
    "subscriptionRequired",
    "apiVersion",
    "apiVersionDescription",
    "apiVersionSetId",
];

/// How versions of an API are told apart.
const SCHEMES: &[&str] = &["Segment", "Query", "Header"];

/// The row of version sets.
pub static VERSION_SET: Kind = Kind {
    name: "versionSet",
    plural: "version sets",
    pattern: "apiVersionSets",
    // [recording: go apiversionsets #3]
    listed: Listed::Whole,
    members: &[
        up_to(100, "displayName").needed(),
        word(SCHEMES, "versioningScheme").needed(),
        m("description"),
        up_to(100, "versionQueryName"),
        up_to(100, "versionHeaderName"),
    ],
    rules: &[scheme_has_its_name],
    display: Some(Display {
        property: "displayName",
        limit: 100,
        plain: false,
        unique: true,
    }),
    ends_with_last: Some((&API, "apiVersionSetId")),
    limits: &[Limit {
        per: Per::Workspace,
        most: 50,
    }],
    trial: Some(&[("versioningScheme", Default::Text("Segment"))]),
    ..ROW
};

/// What no path can have, since it would end there or be another one.
fn path_is_one(properties: &Map<String, Value>) -> Option<(String, String)> {
    let path = properties.get("path")?.as_str()?;
    let bad = |c: char| matches!(c, '?' | '#' | '\\') || c.is_whitespace() || c.is_control();
    let what = match path.chars().find(|c| bad(*c))? {
        c if c.is_whitespace() || c.is_control() => "a path can't hold blanks".to_owned(),
        c => format!("a path can't hold `{c}`"),
    };
    Some(("path".to_owned(), what))
}

/// [service contract, 1.3]
fn scheme_has_its_name(properties: &Map<String, Value>) -> Option<(String, String)> {
    let scheme = properties.get("versioningScheme")?.as_str()?;
    let needs = match scheme.to_ascii_lowercase().as_str() {
        "query" => "versionQueryName",
        "header" => "versionHeaderName",
        _ => return None,
    };
    let said = properties.get(needs).is_some_and(says_something);
    (!said).then(|| {
        let what = format!("versions by {scheme} can't be without it");
        (needs.to_owned(), what)
    })
}

const OAUTH2: &[Member] = &[m("authorizationServerId"), m("scope")];

const OPENID: &[Member] = &[
    m("openidProviderId"),
    list(
        &Shape::Word(&["authorizationHeader", "query"]),
        "bearerTokenSendingMethods",
    ),
];

/// The row of APIs.
pub static API: Kind = Kind {
    called: &["serviceUrl"],
    name: "api",
    plural: "APIs",
    pattern: "apis",
    context: Some("Api"),
    // Null in lists up to 2019-12-01 [service contract, 2.2].
    listed: Listed::Without(&["authenticationSettings", "subscriptionKeyParameterNames"]),
    name_limit: 256,
    members: &[
        up_to(300, "displayName"),
        m("description"),
        up_to(2000, "serviceUrl"),
        up_to(400, "path").needed(),
        list(&Shape::Word(&["http", "https", "ws", "wss"]), "protocols"),
        word(WRITABLE_TYPES, "type"),
        up_to(100, "apiRevision"),
        up_to(100, "apiVersion"),
        yes_or_no("isCurrent"),
        up_to(256, "apiRevisionDescription"),
        up_to(256, "apiVersionDescription"),
        m("apiVersionSetId"),
        yes_or_no("subscriptionRequired"),
        of("subscriptionKeyParameterNames", &[m("header"), m("query")]),
        of(
            "authenticationSettings",
            &[
                of("oAuth2", OAUTH2),
                of("openid", OPENID),
                each("oAuth2AuthenticationSettings", OAUTH2),
                each("openidAuthenticationSettings", OPENID),
            ],
        ),
        m("termsOfServiceUrl"),
        of("contact", &[m("name"), m("url"), m("email")]),
        of("license", &[m("name"), m("url")]),
        of("apiVersionSet", &[]),
        m("sourceApiId"),
        m("format"),
        m("value"),
        of("wsdlSelector", &[]),
        word(WRITABLE_TYPES, "apiType"),
        word(&["template", "query"], "translateRequiredQueryParameters"),
        shown("isOnline"),
        shown("provisioningState"),
        // The path with the version in it.
        shown("effectivePath"),
        // An API that has one of these is of a type that no workspace has, and
        // is not copied: `unsupported-api-type`.
        shown("mcpProperties"),
        shown("mcpTools"),
        shown("a2aProperties"),
        shown("agent"),
        shown("isAgent"),
        shown("jsonRpcProperties"),
    ],
    rules: &[path_is_one],
    made_from: Some("sourceApiId"),
    // "Cannot use OAuth2AuthenticationSettings in combination with OAuth2 nor
    // openid", and not both objects either [service contract, 1.3].
    two_forms: &[
        TwoForms {
            within: "authenticationSettings",
            one: "oAuth2",
            many: "oAuth2AuthenticationSettings",
        },
        TwoForms {
            within: "authenticationSettings",
            one: "openid",
            many: "openidAuthenticationSettings",
        },
    ],
    slashed: &["path"],
    not_carried: &[
        (
            "apiVersionSet",
            "an expansion of apiVersionSetId; without an id it would make a new set",
        ),
        ("sourceApiId", "set where a revision is made, never copied"),
        (
            "format",
            "only for imports; a copy is made of its own resources",
        ),
        (
            "value",
            "only for imports; a copy is made of its own resources",
        ),
        (
            "wsdlSelector",
            "only for imports; a copy is made of its own resources",
        ),
        ("apiType", "only for imports; `type` says the same"),
        ("translateRequiredQueryParameters", "only for imports"),
    ],
    defaults: &[
        ("protocols", Default::OneText("https")),
        ("subscriptionRequired", Default::Bool(true)),
        ("type", Default::Text("http")),
        ("isCurrent", Default::Anything),
        ("apiRevision", Default::Text("1")),
        (
            "subscriptionKeyParameterNames.header",
            Default::Text("Ocp-Apim-Subscription-Key"),
        ),
        (
            "subscriptionKeyParameterNames.query",
            Default::Text("subscription-key"),
        ),
    ],
    sensitive: &[Sensitive::Text("serviceUrl")],
    omit_blank: &["serviceUrl"],
    revisions: true,
    // Recorded of `serviceUrl` and the names of the keys; the rest is likely
    // [service contract, 3.1].
    inherited: &[
        "serviceUrl",
        "authenticationSettings",
        "subscriptionKeyParameterNames",
        "termsOfServiceUrl",
        "contact",
        "license",
    ],
    unordered: &["protocols"],
    display: Some(Display {
        property: "displayName",
        limit: 300,
        plain: false,
        unique: false,
    }),
    references: &[
        Reference {
            pointer: "apiVersionSetId",
            to: &[&VERSION_SET],
            form: Form::Id,
        },
        Reference {
            pointer: "authenticationSettings.oAuth2.authorizationServerId",
            to: &[&AUTHORIZATION_SERVER],
            form: Form::Name,
        },
        Reference {
            pointer: "authenticationSettings.oAuth2AuthenticationSettings[].authorizationServerId",
            to: &[&AUTHORIZATION_SERVER],
            form: Form::Name,
        },
        Reference {
            pointer: "authenticationSettings.openid.openidProviderId",
            to: &[&OPENID_PROVIDER],
            form: Form::Name,
        },
        Reference {
            pointer: "authenticationSettings.openidAuthenticationSettings[].openidProviderId",
            to: &[&OPENID_PROVIDER],
            form: Form::Name,
        },
    ],
    children: &[
        &API_SCHEMA,
        &OPERATION,
        &API_POLICY,
        &API_DIAGNOSTIC,
        &API_RELEASE,
        &TAG_DESCRIPTION,
        &API_WIKI,
        &RESOLVER,
        &API_ISSUE,
    ],
    referrers: &[
        Referrer {
            kind: &TAG_API_LINK,
            view: Some("tags"),
            view_of_all: None,
            branch: "tags",
            most: Some(100),
        },
        Referrer {
            kind: &PRODUCT_API_LINK,
            view: Some("products"),
            view_of_all: None,
            branch: "products",
            most: None,
        },
        Referrer {
            kind: &SUBSCRIPTION,
            view: None,
            view_of_all: None,
            branch: "subscriptions",
            most: Some(200),
        },
    ],
    // What it is called and matches is the service's; a policy of it is not
    // [service contract, 3.3].
    effects: &[Effect {
        label: "onHandshake",
        kind: &OPERATION,
        property: "type",
        names: EffectNames::Below("websocket"),
    }],
    delete_query: &[("deleteRevisions", "true")],
    lane: Lane::PerApi,
    limits: &[Limit {
        per: Per::Workspace,
        most: 200,
    }],
    trial: Some(&[("protocols", Default::OneText("https"))]),
    ..ROW
};

/// The row of API schemas.
pub static API_SCHEMA: Kind = Kind {
    name: "apiSchema",
    plural: "API schemas",
    pattern: "apis/schemas",
    // [recording: cli core_service #62]
    listed: Listed::Without(&["document"]),
    letters: Letters::Any,
    by_revision: true,
    members: &[
        m("contentType").needed(),
        of("document", &[]).needed(),
        shown("provisioningState"),
    ],
    opaque: &["document"],
    lane: Lane::PerApi,
    long_running: true,
    limits: &[Limit {
        per: Per::Parent,
        most: 100,
    }],
    ..ROW
};

/// A document with this root, of the size that the service takes [docs:
/// azure-subscription-service-limits.md].
pub(in crate::catalog) const fn document(root: &'static str) -> Document {
    Document {
        root,
        most: 512 << 10,
    }
}

/// A policy: one document, always named `policy`.
pub(in crate::catalog) const POLICY: Kind = Kind {
    access: Access::Document,
    // Indented anew, whatever format is asked for [service contract, 2.2].
    listed: Listed::Without(&["value"]),
    document: Some(document("policies")),
    members: &[m("value"), m("format")],
    lane: Lane::PerApi,
    ..ROW
};

/// The row of API policies.
pub static API_POLICY: Kind = Kind {
    name: "apiPolicy",
    plural: "API policies",
    pattern: "apis/policies",
    indexed: true,
    by_revision: true,
    moves_parent: true,
    ..POLICY
};

/// The row of operation policies.
pub static OPERATION_POLICY: Kind = Kind {
    name: "operationPolicy",
    plural: "operation policies",
    pattern: "apis/operations/policies",
    indexed: true,
    by_revision: true,
    edited_untold: true,
    ..POLICY
};

/// The row of API releases.
pub static API_RELEASE: Kind = Kind {
    name: "apiRelease",
    plural: "API releases",
    pattern: "apis/releases",
    of_whole_api: true,
    makes_current: Some("apiId"),
    // [recording: cli api_release #8, go apis #26]
    listed: Listed::Without(&["apiId"]),
    moves_parent: true,
    members: &[
        m("apiId"),
        m("notes"),
        shown("createdDateTime"),
        shown("updatedDateTime"),
    ],
    references: &[Reference {
        pointer: "apiId",
        to: &[&API],
        form: Form::Id,
    }],
    lane: Lane::PerApi,
    limits: &[Limit {
        per: Per::Parent,
        most: 100,
    }],
    ..ROW
};

/// The row of tag descriptions.
pub static TAG_DESCRIPTION: Kind = Kind {
    name: "tagDescription",
    plural: "tag descriptions",
    pattern: "apis/tagDescriptions",
    of_whole_api: true,
    home: Home::Nowhere("tag-description-left-behind"),
    // It describes a tag, under that one's name.
    ruled_out: Some(RuledOut::ByEmpty(&TAG)),
    optional: true,
    ..ROW
};

/// The row of API wikis.
pub static API_WIKI: Kind = Kind {
    name: "apiWiki",
    plural: "API wikis",
    pattern: "apis/wikis",
    of_whole_api: true,
    home: Home::Nowhere("wiki-left-behind"),
    optional: true,
    ..ROW
};

/// The row of GraphQL resolvers.
pub static RESOLVER: Kind = Kind {
    name: "resolver",
    plural: "GraphQL resolvers",
    pattern: "apis/resolvers",
    of_whole_api: true,
    home: Home::Nowhere("graphql-resolver"),
    ruled_out: Some(RuledOut::ByParent(|api| {
        let is = api.get("type").and_then(Value::as_str);
        !is.is_some_and(|t| t.eq_ignore_ascii_case("graphql"))
    })),
    optional: true,
    ..ROW
};

/// The row of API issues.
pub static API_ISSUE: Kind = Kind {
    name: "apiIssue",
    plural: "API issues",
    pattern: "apis/issues",
    of_whole_api: true,
    home: Home::Nowhere("issue-left-behind"),
    listed_at_top: Some(ListedAtTop {
        collection: "issues",
        parent: "apiId",
    }),
    name_limit: 256,
    optional: true,
    ..ROW
};
