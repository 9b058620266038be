//! The types of APIs, and what a workspace makes of each.

use serde_json::{Map, Value};

use crate::catalog::member::says_something;

/// What becomes of a copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Copied {
    /// It is all that the original is.
    Whole,
    /// As [`Copied::Whole`] for all that is known, with the finding's code.
    Unproven(&'static str),
    /// It is made, and no gateway of a workspace serves it; the finding's code.
    Unserved(&'static str),
    /// No workspace takes one; the finding's code.
    Not(&'static str),
}

/// A type of APIs.
#[derive(Debug)]
pub struct ApiType {
    /// What the service calls it.
    pub name: &'static str,
    /// What becomes of a copy.
    pub copied: Copied,
    /// Whether resolvers answer where there is no server behind it.
    pub by_resolvers: bool,
}

const fn whole(name: &'static str) -> ApiType {
    ApiType {
        name,
        copied: Copied::Whole,
        by_resolvers: false,
    }
}

/// All that are known; the first is that of an API which says none
/// [service contract, 1.3, 5].
pub static API_TYPES: &[ApiType] = KNOWN;

const KNOWN: &[ApiType] = &[
    whole("http"),
    ApiType {
        copied: Copied::Unproven("soap-wsdl-unproven"),
        ..whole("soap")
    },
    whole("websocket"),
    ApiType {
        by_resolvers: true,
        ..whole("graphql")
    },
    whole("odata"),
    ApiType {
        copied: Copied::Unserved("self-hosted-gateway"),
        ..whole("grpc")
    },
    ApiType {
        copied: Copied::Not("unsupported-api-type"),
        ..whole("mcp")
    },
    ApiType {
        copied: Copied::Not("unsupported-api-type"),
        ..whole("a2a")
    },
];

/// What can be written: the names of those that a workspace takes.
pub(in crate::catalog) const WRITABLE_TYPES: &[&str] = &WRITABLE;

const WRITABLE: [&str; taken(KNOWN)] = {
    let mut names = [""; taken(KNOWN)];
    let (mut at, mut next) = (0, 0);
    while at < KNOWN.len() {
        if is_taken(&KNOWN[at]) {
            names[next] = KNOWN[at].name;
            next += 1;
        }
        at += 1;
    }
    names
};

const fn is_taken(of: &ApiType) -> bool {
    !matches!(of.copied, Copied::Not(_))
}

const fn taken(of: &[ApiType]) -> usize {
    let (mut at, mut count) = (0, 0);
    while at < of.len() {
        count += is_taken(&of[at]) as usize;
        at += 1;
    }
    count
}

/// Properties by which an API of whatever type serves tools to agents, which
/// none in a workspace can.
const OF_AGENTS: &[&str] = &[
    "mcpProperties",
    "mcpTools",
    "a2aProperties",
    "agent",
    "isAgent",
    "jsonRpcProperties",
];

/// The type of an API with these properties; `None` for one that is not known.
pub fn api_type(properties: &Map<String, Value>) -> Option<&'static ApiType> {
    match properties.get("type").and_then(Value::as_str) {
        None => API_TYPES.first(),
        Some(name) => (API_TYPES.iter()).find(|t| t.name.eq_ignore_ascii_case(name)),
    }
}

/// The property by which an API serves tools to agents.
pub fn serves_agents(properties: &Map<String, Value>) -> Option<&'static str> {
    let says = |name: &&str| properties.get(*name).is_some_and(says_something);
    OF_AGENTS.iter().copied().find(says)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(properties: Value) -> Option<&'static str> {
        Some(api_type(properties.as_object()?)?.name)
    }

    #[test]
    fn an_api_that_says_no_type_is_of_the_first() {
        assert_eq!(of(json!({})), Some("http"));
        assert_eq!(of(json!({"type": "GraphQL"})), Some("graphql"));
        assert_eq!(of(json!({"type": "telepathy"})), None);
    }

    #[test]
    fn a_body_can_hold_every_type_that_a_workspace_takes() {
        let taken = API_TYPES.iter().filter(|of| is_taken(of)).map(|of| of.name);
        assert!(taken.eq(WRITABLE_TYPES.iter().copied()));
        assert!(!WRITABLE_TYPES.contains(&"mcp"));
    }
}
