//! What APIs share: tags, groups, named values, certificates, loggers, schemas
//! and fragments.

use serde_json::{Map, Value};

use super::apis::document;
use super::services::USER;
use crate::catalog::member::{Member, any, list, m, map, of, shown, up_to, word, yes_or_no};
use crate::catalog::row::ROW;
use crate::catalog::{
    Access, Alias, Default, Display, Incomplete, Kind, Lane, Letters, Limit, Listed, Per, Remark,
    SecretRead, Sensitive, Shape, UploadInto, Yields, says_something,
};

pub(in crate::catalog) const fn in_workspace(most: usize) -> Limit {
    Limit {
        per: Per::Workspace,
        most,
    }
}

pub(in crate::catalog) const fn below_parent(most: usize) -> Limit {
    Limit {
        per: Per::Parent,
        most,
    }
}

pub(in crate::catalog) const fn titled(property: &'static str, limit: usize) -> Option<Display> {
    Some(Display {
        property,
        limit,
        plain: false,
        unique: true,
    })
}

fn flag(properties: &Map<String, Value>, name: &str) -> bool {
    properties.get(name).and_then(Value::as_bool) == Some(true)
}

fn is(properties: &Map<String, Value>, name: &str, value: &str) -> bool {
    let found = properties.get(name).and_then(Value::as_str);
    found.is_some_and(|v| v.eq_ignore_ascii_case(value))
}

fn has(properties: &Map<String, Value>, name: &str) -> bool {
    properties.get(name).is_some_and(|v| !v.is_null())
}

/// The row of tags.
pub static TAG: Kind = Kind {
    name: "tag",
    plural: "tags",
    pattern: "tags",
    // [recording: go tags #2]
    listed: Listed::Whole,
    members: &[up_to(160, "displayName").needed()],
    display: titled("displayName", 160),
    limits: &[in_workspace(200)],
    trial: Some(&[]),
    ..ROW
};

/// The row of groups.
pub static GROUP: Kind = Kind {
    name: "group",
    lends_built_ins: true,
    plural: "groups",
    pattern: "groups",
    context: Some("User.Groups"),
    // [recording: go groups #3]
    listed: Listed::Whole,
    letters: Letters::Any,
    name_limit: 256,
    members: &[
        up_to(300, "displayName").needed(),
        m("description"),
        word(&["custom", "system", "external"], "type"),
        m("externalId"),
        shown("builtIn"),
    ],
    defaults: &[("type", Default::Text("custom"))],
    display: titled("displayName", 300),
    children: &[&GROUP_USER],
    limits: &[in_workspace(50)],
    incomplete: Some(Incomplete {
        remark: Remark {
            applies: |p| {
                p.get("type").and_then(Value::as_str) == Some("external")
                    && p.get("externalId")
                        .and_then(Value::as_str)
                        .is_none_or(str::is_empty)
            },
            code: "external-group-unknown",
            message: "the service does not tell which external group it stands for",
        },
        asks_for: None,
    }),
    built_in: Some(|name, properties| {
        let system = properties.get("type").and_then(Value::as_str) == Some("system");
        let known = ["administrators", "developers", "guests"];
        system || flag(properties, "builtIn") || known.iter().any(|k| k.eq_ignore_ascii_case(name))
    }),
    trial: Some(&[]),
    ..ROW
};

/// The row of group members.
pub static GROUP_USER: Kind = Kind {
    name: "groupUser",
    plural: "group members",
    pattern: "groups/users",
    letters: Letters::Any,
    member: Some(&USER),
    access: Access::Membership,
    ..ROW
};

const VAULT: &[Member] = &[
    m("secretIdentifier"),
    m("identityClientId"),
    shown("lastStatus"),
];

/// The row of named values.
pub static NAMED_VALUE: Kind = Kind {
    called: &["value"],
    name: "namedValue",
    plural: "named values",
    pattern: "namedValues",
    alias: Some(Alias::Display),
    // [recording: cli core_service #75, go namedvalues #4]
    listed: Listed::Whole,
    name_limit: 256,
    members: &[
        up_to(256, "displayName").needed(),
        up_to(4096, "value"),
        yes_or_no("secret"),
        list(&Shape::Text(None), "tags"),
        of("keyVault", VAULT),
        shown("provisioningState"),
    ],
    yields: &[Yields {
        property: "value",
        to: "keyVault",
        when: None,
    }],
    defaults: &[("secret", Default::Bool(false))],
    unordered: &["tags"],
    display: Some(Display {
        property: "displayName",
        limit: 256,
        plain: true,
        unique: true,
    }),
    secret: Some(SecretRead {
        action: "listValue",
        members: &["value"],
        applies: |p| flag(p, "secret") && !has(p, "keyVault"),
    }),
    rules: &[|p| {
        let (value, vault) = (has(p, "value"), has(p, "keyVault"));
        let what = match (value, vault) {
            (true, true) => "it can't stand beside `keyVault`",
            // A secret is read when the plan is applied.
            (false, false) if !flag(p, "secret") => "it is there in no way",
            _ => return None,
        };
        Some(("value".to_owned(), what.to_owned()))
    }],
    sensitive: &[Sensitive::Value("value")],
    may_hold_policy: Some("value"),
    lane: Lane::OneOfKind,
    long_running: true,
    limits: &[in_workspace(200)],
    trial: Some(&[("value", Default::Text("probe"))]),
    ..ROW
};

/// The row of certificates.
pub static CERTIFICATE: Kind = Kind {
    incomplete: Some(Incomplete {
        remark: Remark {
            applies: |p| !has(p, "keyVault"),
            code: "certificate-not-readable",
            message: "it was uploaded, and the service does not give it back",
        },
        asks_for: None,
    }),
    name: "certificate",
    plural: "certificates",
    pattern: "certificates",
    alias: Some(Alias::Thumbprint),
    members: &[
        m("data"),
        m("password"),
        of("keyVault", VAULT),
        shown("subject"),
        shown("thumbprint"),
        shown("expirationDate"),
    ],
    not_carried: &[
        (
            "data",
            "a private key can't be read back; it has to be uploaded again",
        ),
        ("password", "write-only, goes with the upload"),
    ],
    write_only: &["data", "password"],
    upload: Some(UploadInto {
        content: "data",
        password: "password",
    }),
    limits: &[in_workspace(200)],
    ..ROW
};

/// The row of loggers.
pub static LOGGER: Kind = Kind {
    name: "logger",
    plural: "loggers",
    pattern: "loggers",
    name_limit: 256,
    members: &[
        word(
            &["azureEventHub", "applicationInsights", "azureMonitor"],
            "loggerType",
        )
        .needed(),
        up_to(256, "description"),
        map(&Shape::Text(None), "credentials"),
        yes_or_no("isBuffered"),
        m("resourceId"),
    ],
    defaults: &[("isBuffered", Default::Bool(true))],
    embeds: &["credentials.**"],
    // The service shows the name of a named value that it made, unless an old
    // version or a tool left them there.
    sensitive: &[
        Sensitive::All("credentials.connectionString"),
        Sensitive::All("credentials.instrumentationKey"),
    ],
    // An event hub that is signed in to with an identity needs its address in a
    // PUT, and a GET need not show it [service contract, 1.3].
    incomplete: Some(Incomplete {
        remark: Remark {
            applies: |p| {
                let credential = |name: &str| {
                    let found = p.get("credentials").and_then(|c| c.get(name));
                    found.is_some_and(says_something)
                };
                is(p, "loggerType", "azureEventHub")
                    && !credential("endpointAddress")
                    && !credential("connectionString")
            },
            code: "event-hub-address-unknown",
            message: "the service shows neither the address nor a connection string of its event hub",
        },
        asks_for: Some("credentials.endpointAddress"),
    }),
    // Whether a workspace can have one of its own is doubtful [service
    // contract, 7.2].
    remarks: &[Remark {
        applies: |p| is(p, "loggerType", "azureMonitor"),
        code: "azure-monitor-logger",
        message: "it logs to Azure Monitor",
    }],
    identities: &["credentials.identityClientId"],
    limits: &[in_workspace(50)],
    ..ROW
};

/// The row of global schemas.
pub static GLOBAL_SCHEMA: Kind = Kind {
    name: "globalSchema",
    plural: "global schemas",
    pattern: "schemas",
    letters: Letters::Any,
    members: &[
        word(&["xml", "json"], "schemaType").needed(),
        m("description"),
        any("value"),
        any("document"),
        shown("provisioningState"),
    ],
    opaque: &["document", "value"],
    limits: &[in_workspace(500)],
    ..ROW
};

/// The row of policy fragments.
pub static POLICY_FRAGMENT: Kind = Kind {
    name: "policyFragment",
    plural: "policy fragments",
    pattern: "policyFragments",
    letters: Letters::Word,
    access: Access::Document,
    listed: Listed::Without(&["value"]),
    document: Some(document("fragment")),
    members: &[
        m("value"),
        m("format"),
        up_to(1000, "description"),
        shown("provisioningState"),
    ],
    limits: &[in_workspace(50)],
    long_running: true,
    ..ROW
};
