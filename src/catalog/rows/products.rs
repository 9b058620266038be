//! Products, what links them and tags to things, and subscriptions.

use serde_json::Value;

use super::apis::API;
use super::apis::POLICY;
use super::operations::OPERATION;
use super::services::{PRODUCT_WIKI, USER};
use super::shared::GROUP;
use super::shared::{below_parent, in_workspace, titled};
use crate::catalog::member::{Sent, but, m, number, shown, since, up_to, word, yes_or_no};
use crate::catalog::row::ROW;
use crate::catalog::version::OCTOBER_2024;
use crate::catalog::{
    Access, Default, Display, Effect, EffectNames, Form, Kind, Lane, Letters, Listed, Quota,
    Reference, Referrer, SecretRead, Yields,
};

/// The row of products.
pub static PRODUCT: Kind = Kind {
    name: "product",
    plural: "products",
    pattern: "products",
    context: Some("Product"),
    // [recording: cli core_service #14, go products #3]
    listed: Listed::Whole,
    letters: Letters::Any,
    name_limit: 256,
    members: &[
        up_to(300, "displayName").needed(),
        up_to(1000, "description"),
        m("terms"),
        yes_or_no("subscriptionRequired"),
        yes_or_no("approvalRequired"),
        number(None, None, "subscriptionsLimit"),
        word(&["notPublished", "published"], "state"),
        since(OCTOBER_2024, "authenticationType"),
        since(OCTOBER_2024, "application"),
        // Links are resources of their own.
        shown("groups"),
    ],
    rules: &[|p| {
        let open = p.get("subscriptionRequired").and_then(Value::as_bool) == Some(false);
        let beside = ["approvalRequired", "subscriptionsLimit"]
            .iter()
            .find(|name| p.contains_key(**name));
        let limit = p.get("subscriptionsLimit").and_then(Value::as_i64);
        match beside {
            Some(name) if open => Some((
                (*name).to_owned(),
                "it can't stand beside `subscriptionRequired: false`".to_owned(),
            )),
            _ if limit.is_some_and(|limit| limit < 1) => Some((
                "subscriptionsLimit".to_owned(),
                "it must be at least 1".to_owned(),
            )),
            _ => None,
        }
    }],
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
        &PRODUCT_POLICY,
        &PRODUCT_GROUP_LINK,
        &PRODUCT_API_LINK,
        &PRODUCT_WIKI,
    ],
    referrers: &[
        Referrer {
            kind: &TAG_PRODUCT_LINK,
            view: Some("tags"),
            view_of_all: None,
            branch: "tags",
            most: Some(50),
        },
        Referrer {
            kind: &SUBSCRIPTION,
            view: None,
            view_of_all: None,
            branch: "subscriptions",
            most: Some(1000),
        },
    ],
    effects: &[
        Effect {
            label: "administrators",
            kind: &PRODUCT_GROUP_LINK,
            property: "groupId",
            names: EffectNames::ServiceLevel("/groups/administrators"),
        },
        // An open product was seen to get one as well, though most don't: it is
        // looked for below every new one [Azure/azure-powershell#21747].
        Effect {
            label: "automatic-subscription",
            kind: &SUBSCRIPTION,
            property: "scope",
            names: EffectNames::Owner,
        },
    ],
    delete_query: &[("deleteSubscriptions", "true")],
    // "Subscriptions limit reached for same user"; a limit that was lowered
    // later is met by who has more from before [Azure/apiops#623].
    quota: Some(Quota {
        of: &SUBSCRIPTION,
        property: "subscriptionsLimit",
        owner: "ownerId",
        needed: "subscriptionRequired",
    }),
    limits: &[in_workspace(100)],
    trial: Some(&[("subscriptionRequired", Default::Bool(false))]),
    ..ROW
};

/// The row of product policies.
pub static PRODUCT_POLICY: Kind = Kind {
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

/// The row of groups of products.
pub static PRODUCT_GROUP_LINK: Kind = Kind {
    name: "productGroupLink",
    plural: "groups of products",
    pattern: "products/groupLinks",
    members: &[m("groupId").needed()],
    references: &[Reference {
        pointer: "groupId",
        to: &[&GROUP],
        form: Form::Id,
    }],
    limits: &[below_parent(200)],
    ..LINK
};

/// The row of APIs of products.
pub static PRODUCT_API_LINK: Kind = Kind {
    name: "productApiLink",
    plural: "APIs of products",
    pattern: "products/apiLinks",
    members: &[m("apiId").needed()],
    references: &[Reference {
        pointer: "apiId",
        to: &[&API],
        form: Form::IdOfRoot,
    }],
    with_named_end: true,
    limits: &[below_parent(200)],
    ..LINK
};

/// The row of tags of APIs.
pub static TAG_API_LINK: Kind = Kind {
    name: "tagApiLink",
    plural: "tags of APIs",
    pattern: "tags/apiLinks",
    members: &[m("apiId").needed()],
    references: &[Reference {
        pointer: "apiId",
        to: &[&API],
        form: Form::IdOfRoot,
    }],
    ..LINK
};

/// The row of tags of operations.
pub static TAG_OPERATION_LINK: Kind = Kind {
    name: "tagOperationLink",
    plural: "tags of operations",
    pattern: "tags/operationLinks",
    members: &[m("operationId").needed()],
    references: &[Reference {
        pointer: "operationId",
        to: &[&OPERATION],
        form: Form::Id,
    }],
    ..LINK
};

/// The row of tags of products.
pub static TAG_PRODUCT_LINK: Kind = Kind {
    name: "tagProductLink",
    plural: "tags of products",
    pattern: "tags/productLinks",
    members: &[m("productId").needed()],
    references: &[Reference {
        pointer: "productId",
        to: &[&PRODUCT],
        form: Form::Id,
    }],
    ..LINK
};

/// What a subscription can be, by its `state`.
const STATES: &[&str] = &[
    "suspended",
    "active",
    "expired",
    "submitted",
    "rejected",
    "cancelled",
];

/// The row of subscriptions.
pub static SUBSCRIPTION: Kind = Kind {
    name: "subscription",
    plural: "subscriptions",
    pattern: "subscriptions",
    context: Some("Subscription"),
    name_limit: 256,
    members: &[
        m("scope").needed(),
        up_to(100, "displayName").needed(),
        m("ownerId"),
        word(STATES, "state"),
        yes_or_no("allowTracing"),
        up_to(256, "primaryKey"),
        up_to(256, "secondaryKey"),
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
    display: Some(Display {
        property: "displayName",
        limit: 100,
        plain: false,
        unique: false,
    }),
    references: &[
        Reference {
            pointer: "scope",
            to: &[&PRODUCT, &API],
            form: Form::IdOfRoot,
        },
        Reference {
            pointer: "ownerId",
            to: &[&USER],
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
        kind: &PRODUCT,
    },
    limits: &[in_workspace(5000)],
    built_in: Some(|name, _| name.eq_ignore_ascii_case("master")),
    ..ROW
};
