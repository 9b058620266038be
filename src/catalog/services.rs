//! What stays at service level: things a workspace may refer to there, things
//! that go on working from there, and things it can't reach.

use super::apis::POLICY;
use super::diagnostics::DIAGNOSTIC_ROW;
use super::table::ROW;
use super::{Access, Choice, Home, Kind, Lane};

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

pub(super) const USER: Kind = Kind {
    dispensable: true,
    ..referable("user", "users", "users")
};
pub(super) const AUTHORIZATION_SERVER: Kind = referable(
    "authorizationServer",
    "authorization servers",
    "authorizationServers",
);
pub(super) const OPENID_PROVIDER: Kind = referable(
    "openidProvider",
    "OpenID providers",
    "openidConnectProviders",
);

pub(super) const DIAGNOSTIC: Kind = Kind {
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

pub(super) const SERVICE_POLICY: Kind = Kind {
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

pub(super) const NOTIFICATION: Kind = Kind {
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

pub(super) const RECIPIENT_EMAIL: Kind = Kind {
    name: "recipientEmail",
    plural: "e-mail addresses of notifications",
    pattern: "notifications/recipientEmails",
    name_limit: 256,
    ..RECIPIENT
};

pub(super) const RECIPIENT_USER: Kind = Kind {
    name: "recipientUser",
    plural: "users of notifications",
    pattern: "notifications/recipientUsers",
    member: Some("user"),
    ..RECIPIENT
};

pub(super) const PRODUCT_WIKI: Kind = nowhere(
    "productWiki",
    "product wikis",
    "products/wikis",
    "wiki-left-behind",
);
pub(super) const GATEWAY: Kind = nowhere(
    "gateway",
    "self-hosted gateways",
    "gateways",
    "self-hosted-gateway",
);
pub(super) const GATEWAY_API: Kind = Kind {
    access: Access::Membership,
    ..nowhere(
        "gatewayApi",
        "APIs of self-hosted gateways",
        "gateways/apis",
        "self-hosted-gateway",
    )
};
pub(super) const AUTHORIZATION_PROVIDER: Kind = nowhere(
    "authorizationProvider",
    "credential providers",
    "authorizationProviders",
    "credential-manager",
);
pub(super) const AUTHORIZATION: Kind = nowhere(
    "authorization",
    "connections of the credential manager",
    "authorizationProviders/authorizations",
    "credential-manager",
);
pub(super) const CACHE: Kind = nowhere("cache", "external caches", "caches", "external-cache");
pub(super) const POLICY_RESTRICTION: Kind = Kind {
    name: "policyRestriction",
    plural: "policy restrictions",
    pattern: "policyRestrictions",
    home: Home::Stays("policy-restrictions-stay"),
    optional: true,
    ..ROW
};
