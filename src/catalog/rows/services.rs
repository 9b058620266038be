//! What stays at service level: things a workspace may refer to there, things
//! that go on working from there, and things it can't reach.

use super::apis::POLICY;
use super::diagnostics::DIAGNOSTIC_ROW;
use crate::catalog::row::ROW;
use crate::catalog::{Access, Choice, Home, Kind, Lane, Letters};

/// Something out of a workspace's reach.
const fn nowhere(
    name: &'static str,
    plural: &'static str,
    pattern: &'static str,
    code: &'static str,
) -> Kind {
    Kind {
        name,
        plural,
        pattern,
        home: Home::Nowhere(code),
        optional: true,
        ..ROW
    }
}

/// Something that a workspace refers to where it stands.
const fn referable(name: &'static str, plural: &'static str, pattern: &'static str) -> Kind {
    Kind {
        name,
        plural,
        pattern,
        home: Home::Service,
        ..ROW
    }
}

/// The row of users.
pub static USER: Kind = Kind {
    dispensable: true,
    ..referable("user", "users", "users")
};
/// The row of authorization servers.
pub static AUTHORIZATION_SERVER: Kind = referable(
    "authorizationServer",
    "authorization servers",
    "authorizationServers",
);
/// The row of OpenID providers.
pub static OPENID_PROVIDER: Kind = referable(
    "openidProvider",
    "OpenID providers",
    "openidConnectProviders",
);

/// The row of diagnostics of the service.
pub static DIAGNOSTIC: Kind = Kind {
    name: "diagnostic",
    plural: "diagnostics of the service",
    pattern: "diagnostics",
    home: Home::ByChoice(Choice {
        word: "diagnostics",
        stays: "service-diagnostics-stay",
        acts_twice: false,
    }),
    fixed_name: true,
    ..DIAGNOSTIC_ROW
};

/// The row of policies for all APIs.
pub static SERVICE_POLICY: Kind = Kind {
    name: "servicePolicy",
    plural: "all-APIs policy",
    pattern: "policies",
    home: Home::ByChoice(Choice {
        word: "policy",
        stays: "service-policy-stays",
        acts_twice: true,
    }),
    fixed_name: true,
    access: Access::Document,
    lane: Lane::Free,
    ..POLICY
};

/// The row of notifications.
pub static NOTIFICATION: Kind = Kind {
    name: "notification",
    plural: "notifications",
    pattern: "notifications",
    home: Home::Stays("notifications-stay"),
    everywhere: true,
    optional: true,
    ..ROW
};

/// Somebody who is told by a notification.
const RECIPIENT: Kind = Kind {
    home: Home::ByChoice(Choice {
        word: "notifications",
        stays: "notifications-stay",
        acts_twice: false,
    }),
    access: Access::Membership,
    ..ROW
};

/// The row of e-mail addresses of notifications.
pub static RECIPIENT_EMAIL: Kind = Kind {
    name: "recipientEmail",
    plural: "e-mail addresses of notifications",
    pattern: "notifications/recipientEmails",
    name_limit: 256,
    ..RECIPIENT
};

/// The row of users of notifications.
pub static RECIPIENT_USER: Kind = Kind {
    name: "recipientUser",
    plural: "users of notifications",
    pattern: "notifications/recipientUsers",
    letters: Letters::Any,
    member: Some(&USER),
    ..RECIPIENT
};

/// The row of product wikis.
pub static PRODUCT_WIKI: Kind = nowhere(
    "productWiki",
    "product wikis",
    "products/wikis",
    "wiki-left-behind",
);
/// The row of self-hosted gateways.
pub static GATEWAY: Kind = nowhere(
    "gateway",
    "self-hosted gateways",
    "gateways",
    "self-hosted-gateway",
);
/// The row of APIs of self-hosted gateways.
pub static GATEWAY_API: Kind = Kind {
    access: Access::Membership,
    ..nowhere(
        "gatewayApi",
        "APIs of self-hosted gateways",
        "gateways/apis",
        "self-hosted-gateway",
    )
};
/// The row of credential providers.
pub static AUTHORIZATION_PROVIDER: Kind = nowhere(
    "authorizationProvider",
    "credential providers",
    "authorizationProviders",
    "credential-manager",
);
/// The row of connections of the credential manager.
pub static AUTHORIZATION: Kind = nowhere(
    "authorization",
    "connections of the credential manager",
    "authorizationProviders/authorizations",
    "credential-manager",
);
/// The row of external caches.
pub static CACHE: Kind = nowhere("cache", "external caches", "caches", "external-cache");
/// The row of policy restrictions.
pub static POLICY_RESTRICTION: Kind = Kind {
    name: "policyRestriction",
    plural: "policy restrictions",
    pattern: "policyRestrictions",
    home: Home::Stays("policy-restrictions-stay"),
    optional: true,
    ..ROW
};
