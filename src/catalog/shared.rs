//! What APIs share: named values, fragments, backends, products, tags and kin.

use serde_json::{Map, Value};

use super::table::ROW;
use super::{
    Access, Default, Display, Effect, EffectNames, Form, Incomplete, Kind, Lane, Limit, Per,
    Reference, Referrer, SecretRead, UploadInto, Yields, apis::POLICY,
};

const fn in_workspace(most: usize) -> Limit {
    Limit {
        per: Per::Workspace,
        most,
    }
}

const fn below_parent(most: usize) -> Limit {
    Limit {
        per: Per::Parent,
        most,
    }
}

const fn shown(property: &'static str, limit: usize) -> Option<Display> {
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

pub(super) const BACKEND: Kind = Kind {
    name: "backend",
    plural: "backends",
    pattern: "backends",
    in_code: true,
    writable: &[
        "url",
        "protocol",
        "title",
        "description",
        "resourceId",
        "properties",
        "credentials",
        "proxy",
        "tls",
        "circuitBreaker",
        "pool",
        "type",
    ],
    defaults: &[
        ("type", Default::Text("Single")),
        ("tls", Default::Anything),
        ("credentials", Default::Anything),
    ],
    unordered: &["credentials.certificateIds", "credentials.certificate"],
    references: &[
        Reference {
            pointer: "pool.services[].id",
            to: &["backend"],
            form: Form::Id,
        },
        Reference {
            pointer: "credentials.certificateIds[]",
            to: &["certificate"],
            form: Form::Id,
        },
        Reference {
            pointer: "credentials.certificate[]",
            to: &["certificate"],
            form: Form::Thumbprint,
        },
        Reference {
            pointer: "properties.serviceFabricCluster.clientCertificateId",
            to: &["certificate"],
            form: Form::Id,
        },
        Reference {
            pointer: "properties.serviceFabricCluster.clientCertificatethumbprint",
            to: &["certificate"],
            form: Form::Thumbprint,
        },
    ],
    embeds: &["url", "credentials.**", "proxy.**"],
    limits: &[in_workspace(200)],
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

pub(super) const PRODUCT: Kind = Kind {
    name: "product",
    plural: "products",
    pattern: "products",
    name_limit: 256,
    writable: &[
        "displayName",
        "description",
        "terms",
        "subscriptionRequired",
        "approvalRequired",
        "subscriptionsLimit",
        "state",
    ],
    // Both mean something only where subscriptions are required.
    yields: &[
        Yields {
            property: "approvalRequired",
            to: "subscriptionRequired",
            when: Some(false),
        },
        Yields {
            property: "subscriptionsLimit",
            to: "subscriptionRequired",
            when: Some(false),
        },
    ],
    defaults: &[
        ("subscriptionRequired", Default::Bool(true)),
        ("approvalRequired", Default::Bool(false)),
        ("state", Default::Text("notPublished")),
    ],
    display: shown("displayName", 300),
    children: &[
        "productPolicy",
        "productGroupLink",
        "productApiLink",
        "productWiki",
    ],
    referrers: &[
        Referrer {
            kind: "tagProductLink",
            view: Some("tags"),
            branch: "tags",
            most: Some(50),
        },
        Referrer {
            kind: "subscription",
            view: None,
            branch: "subscriptions",
            most: Some(1000),
        },
    ],
    effects: &[
        Effect {
            label: "administrators",
            kind: "productGroupLink",
            unless_false: None,
            property: "groupId",
            names: EffectNames::ServiceLevel("/groups/administrators"),
        },
        Effect {
            label: "automatic-subscription",
            kind: "subscription",
            unless_false: Some("subscriptionRequired"),
            property: "scope",
            names: EffectNames::Owner,
        },
    ],
    delete_query: &[("deleteSubscriptions", "true")],
    limits: &[in_workspace(100)],
    ..ROW
};

pub(super) const PRODUCT_POLICY: Kind = Kind {
    name: "productPolicy",
    plural: "product policies",
    pattern: "products/policies",
    lane: Lane::Free,
    ..POLICY
};

/// A link: one property that names its other end.
const LINK: Kind = Kind {
    access: Access::Link,
    ..ROW
};

pub(super) const PRODUCT_GROUP_LINK: Kind = Kind {
    name: "productGroupLink",
    plural: "groups of products",
    pattern: "products/groupLinks",
    writable: &["groupId"],
    references: &[Reference {
        pointer: "groupId",
        to: &["group"],
        form: Form::Id,
    }],
    limits: &[below_parent(200)],
    ..LINK
};

pub(super) const PRODUCT_API_LINK: Kind = Kind {
    name: "productApiLink",
    plural: "APIs of products",
    pattern: "products/apiLinks",
    writable: &["apiId"],
    references: &[Reference {
        pointer: "apiId",
        to: &["api"],
        form: Form::IdOfRoot,
    }],
    with_named_end: true,
    limits: &[below_parent(200)],
    ..LINK
};

pub(super) const TAG_API_LINK: Kind = Kind {
    name: "tagApiLink",
    plural: "tags of APIs",
    pattern: "tags/apiLinks",
    writable: &["apiId"],
    references: &[Reference {
        pointer: "apiId",
        to: &["api"],
        form: Form::IdOfRoot,
    }],
    ..LINK
};

pub(super) const TAG_OPERATION_LINK: Kind = Kind {
    name: "tagOperationLink",
    plural: "tags of operations",
    pattern: "tags/operationLinks",
    writable: &["operationId"],
    references: &[Reference {
        pointer: "operationId",
        to: &["operation"],
        form: Form::Id,
    }],
    ..LINK
};

pub(super) const TAG_PRODUCT_LINK: Kind = Kind {
    name: "tagProductLink",
    plural: "tags of products",
    pattern: "tags/productLinks",
    writable: &["productId"],
    references: &[Reference {
        pointer: "productId",
        to: &["product"],
        form: Form::Id,
    }],
    ..LINK
};

pub(super) const SUBSCRIPTION: Kind = Kind {
    name: "subscription",
    plural: "subscriptions",
    pattern: "subscriptions",
    name_limit: 256,
    writable: &[
        "scope",
        "displayName",
        "ownerId",
        "state",
        "allowTracing",
        "primaryKey",
        "secondaryKey",
    ],
    not_carried: &[
        (
            "primaryKey",
            "a secret: carried only into another service, at apply time",
        ),
        (
            "secondaryKey",
            "a secret: carried only into another service, at apply time",
        ),
    ],
    defaults: &[("allowTracing", Default::Anything)],
    display: shown("displayName", 100),
    references: &[
        Reference {
            pointer: "scope",
            to: &["product", "api"],
            form: Form::IdOfRoot,
        },
        Reference {
            pointer: "ownerId",
            to: &["user"],
            form: Form::Id,
        },
    ],
    secret: Some(SecretRead {
        action: "listSecrets",
        members: &["primaryKey", "secondaryKey"],
        applies: |_| true,
    }),
    limits: &[in_workspace(5000)],
    built_in: Some(|name, _| name.eq_ignore_ascii_case("master")),
    ..ROW
};
