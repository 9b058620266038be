//! Products, what links them and tags to things, and subscriptions.

use super::apis::POLICY;
use super::member::{Sent, but, m, shown, since};
use super::shared::{below_parent, in_workspace, titled};
use super::table::ROW;
use super::version::OCTOBER_2024;
use super::{
    Access, Default, Effect, EffectNames, Form, Kind, Lane, Listed, Quota, Reference, Referrer,
    SecretRead, Yields,
};

pub(super) const PRODUCT: Kind = Kind {
    name: "product",
    plural: "products",
    pattern: "products",
    // [recording: cli core_service #14, go products #3]
    listed: Listed::Whole,
    name_limit: 256,
    members: &[
        m("displayName"),
        m("description"),
        m("terms"),
        m("subscriptionRequired"),
        m("approvalRequired"),
        m("subscriptionsLimit"),
        m("state"),
        since(OCTOBER_2024, "authenticationType"),
        since(OCTOBER_2024, "application"),
        // Links are resources of their own.
        shown("groups"),
    ],
    // Old data may hold a limit of 0, which is refused [service contract, 1.3].
    omit_blank: &["subscriptionsLimit"],
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
        // "If the property is omitted, the subscription-key authentication type
        // is used" [types: 2025-09-01-preview].
        ("authenticationType", Default::OneText("subscription-key")),
    ],
    display: titled("displayName", 300),
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
            view_of_all: None,
            branch: "tags",
            most: Some(50),
        },
        Referrer {
            kind: "subscription",
            view: None,
            view_of_all: None,
            branch: "subscriptions",
            most: Some(1000),
        },
    ],
    effects: &[
        Effect {
            label: "administrators",
            kind: "productGroupLink",
            property: "groupId",
            names: EffectNames::ServiceLevel("/groups/administrators"),
        },
        // An open product was seen to get one as well, though most don't: it is
        // looked for below every new one [Azure/azure-powershell#21747].
        Effect {
            label: "automatic-subscription",
            kind: "subscription",
            property: "scope",
            names: EffectNames::Owner,
        },
    ],
    delete_query: &[("deleteSubscriptions", "true")],
    // "Subscriptions limit reached for same user"; a limit that was lowered
    // later is met by who has more from before [Azure/apiops#623].
    quota: Some(Quota {
        of: "subscription",
        property: "subscriptionsLimit",
        owner: "ownerId",
    }),
    limits: &[in_workspace(100)],
    trial: Some(&[("subscriptionRequired", Default::Bool(false))]),
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
    members: &[m("groupId")],
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
    members: &[m("apiId")],
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
    members: &[m("apiId")],
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
    members: &[m("operationId")],
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
    members: &[m("productId")],
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
    members: &[
        m("scope"),
        m("displayName"),
        m("ownerId"),
        m("state"),
        m("allowTracing"),
        m("primaryKey"),
        m("secondaryKey"),
        shown("createdDate"),
        shown("startDate"),
        shown("endDate"),
        shown("notificationDate"),
        but(
            Sent::Lost("a PUT can't set it: the copy does not expire"),
            "expirationDate",
        ),
        but(Sent::Lost("a PUT can't set it"), "stateComment"),
        // The owner over again.
        shown("user"),
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
    // Recorded as `active` whatever the documentation says, which has keys that
    // don't work [service contract, 6.2].
    defaults: &[("state", Default::Text("active"))],
    always: &["state"],
    display: titled("displayName", 100),
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
    // Several of one product at a time are answered with 412 [service contract,
    // 6.2].
    lane: Lane::PerNamed {
        property: "scope",
        kind: "product",
    },
    limits: &[in_workspace(5000)],
    built_in: Some(|name, _| name.eq_ignore_ascii_case("master")),
    ..ROW
};
