//! What APIs share: named values, fragments, backends, products, tags and kin.

use serde_json::{Map, Value};

use super::table::ROW;
use super::{
    Access, Default, Display, Incomplete, Kind, Lane, Limit, Per, SecretRead, UploadInto, Yields,
};

pub(super) const fn in_workspace(most: usize) -> Limit {
    Limit {
        per: Per::Workspace,
        most,
    }
}

pub(super) const fn below_parent(most: usize) -> Limit {
    Limit {
        per: Per::Parent,
        most,
    }
}

pub(super) const fn shown(property: &'static str, limit: usize) -> Option<Display> {
    Some(Display {
        property,
        limit,
        plain: false,
    })
}

fn flag(properties: &Map<String, Value>, name: &str) -> bool {
    properties.get(name).and_then(Value::as_bool) == Some(true)
}

fn has(properties: &Map<String, Value>, name: &str) -> bool {
    properties.get(name).is_some_and(|v| !v.is_null())
}

pub(super) const TAG: Kind = Kind {
    name: "tag",
    plural: "tags",
    pattern: "tags",
    writable: &["displayName"],
    display: shown("displayName", 160),
    limits: &[in_workspace(200)],
    ..ROW
};

pub(super) const GROUP: Kind = Kind {
    name: "group",
    plural: "groups",
    pattern: "groups",
    name_limit: 256,
    writable: &["displayName", "description", "type", "externalId"],
    defaults: &[("type", Default::Text("custom"))],
    display: shown("displayName", 300),
    children: &["groupUser"],
    limits: &[in_workspace(50)],
    incomplete: Some(Incomplete {
        applies: |p| {
            p.get("type").and_then(Value::as_str) == Some("external")
                && p.get("externalId")
                    .and_then(Value::as_str)
                    .is_none_or(str::is_empty)
        },
        code: "external-group-unknown",
        message: "the service does not tell which external group it stands for",
    }),
    built_in: Some(|name, properties| {
        let system = properties.get("type").and_then(Value::as_str) == Some("system");
        let known = ["administrators", "developers", "guests"];
        system || flag(properties, "builtIn") || known.iter().any(|k| k.eq_ignore_ascii_case(name))
    }),
    ..ROW
};

pub(super) const GROUP_USER: Kind = Kind {
    name: "groupUser",
    plural: "group members",
    pattern: "groups/users",
    member: Some("user"),
    access: Access::Membership,
    ..ROW
};

pub(super) const NAMED_VALUE: Kind = Kind {
    name: "namedValue",
    plural: "named values",
    pattern: "namedValues",
    name_limit: 256,
    writable: &["displayName", "value", "secret", "tags", "keyVault"],
    read_only: &["keyVault.lastStatus"],
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
    }),
    secret: Some(SecretRead {
        action: "listValue",
        members: &["value"],
        applies: |p| flag(p, "secret") && !has(p, "keyVault"),
    }),
    lane: Lane::OneOfKind,
    limits: &[in_workspace(200)],
    ..ROW
};

pub(super) const CERTIFICATE: Kind = Kind {
    incomplete: Some(Incomplete {
        applies: |p| !has(p, "keyVault"),
        code: "certificate-not-readable",
        message: "it was uploaded, and the service does not give it back",
    }),
    name: "certificate",
    plural: "certificates",
    pattern: "certificates",
    writable: &["data", "password", "keyVault"],
    read_only: &["keyVault.lastStatus"],
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

pub(super) const LOGGER: Kind = Kind {
    name: "logger",
    plural: "loggers",
    pattern: "loggers",
    name_limit: 256,
    writable: &[
        "loggerType",
        "description",
        "credentials",
        "isBuffered",
        "resourceId",
    ],
    defaults: &[("isBuffered", Default::Bool(true))],
    embeds: &["credentials.**"],
    limits: &[in_workspace(50)],
    ..ROW
};

pub(super) const GLOBAL_SCHEMA: Kind = Kind {
    name: "globalSchema",
    plural: "global schemas",
    pattern: "schemas",
    writable: &["schemaType", "description", "value", "document"],
    opaque: &["document", "value"],
    limits: &[in_workspace(500)],
    ..ROW
};

pub(super) const POLICY_FRAGMENT: Kind = Kind {
    name: "policyFragment",
    plural: "policy fragments",
    pattern: "policyFragments",
    access: Access::Document,
    writable: &["value", "format", "description"],
    limits: &[in_workspace(50)],
    ..ROW
};
