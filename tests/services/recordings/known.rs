//! What is known to differ, and why.

use super::compare::{Difference, Rule};
use super::session::Exchange;

/// One thing that is known to differ. `kind`, `at` and `sessions` are texts with
/// `*` for any text.
pub(super) struct Known {
    pub(super) kind: &'static str,
    pub(super) rule: Rule,
    pub(super) at: &'static str,
    /// Sessions in which it is so.
    pub(super) sessions: &'static str,
    pub(super) reason: &'static str,
}

fn fits(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, rest)) => text.strip_prefix(start).is_some_and(|text| {
            rest.is_empty()
                || (0..=text.len()).any(|at| text.is_char_boundary(at) && fits(rest, &text[at..]))
        }),
    }
}

impl Known {
    fn explains(&self, e: &Exchange, difference: &Difference) -> bool {
        self.rule == difference.rule
            && fits(self.kind, &e.kind().0)
            && fits(self.at, &difference.at)
            && fits(self.sessions, &e.source)
    }
}

/// Which row of the table explains a difference.
pub(super) fn reason(e: &Exchange, difference: &Difference) -> Option<usize> {
    KNOWN.iter().position(|known| known.explains(e, difference))
}

/// What is not played at all, and why.
pub(super) const LEFT_OUT: &[(&str, &str)] = &[
    (
        "tenant",
        "access by git, which is no part of what is simulated",
    ),
    (
        "properties",
        "named values by the name they had up to 2019-01-01",
    ),
];

/// Whether a kind is not played.
pub(super) fn left_out(kind: &str) -> bool {
    LEFT_OUT.iter().any(|(left, _)| *left == kind)
}

const MONTH: &str = "which members outside the published types are shown differs from month to month; the sandbox shows what most of 2026 has";
const DEFINITION: &str =
    "the sandbox reads JSON definitions alone, and of them what is said of the API as a whole";
const ORDER: &str = "requests of one second are not always in their order in this recording";
const OLD: &str = "differs in versions before those that the tool speaks";

const fn known(
    kind: &'static str,
    rule: Rule,
    at: &'static str,
    sessions: &'static str,
    reason: &'static str,
) -> Known {
    Known {
        kind,
        rule,
        at,
        sessions,
        reason,
    }
}

pub(super) const KNOWN: &[Known] = &[
    known(
        "authorizationProviders",
        Rule::Status,
        "",
        "*",
        "the credential manager behind failed, or had another service of that name",
    ),
    known(
        "policyFragments",
        Rule::Status,
        "",
        "*d817bb7e",
        "a DELETE that failed with a 500 and went through when it was repeated",
    ),
    known(
        "apis",
        Rule::Status,
        "",
        "*Export*",
        "the sandbox exports no definitions",
    ),
    known(
        "*policies",
        Rule::Status,
        "",
        "*PolicyUriTests*",
        "the sandbox fetches no documents (`xml-link`)",
    ),
    known("apis/issues/comments", Rule::Status, "", "*", ORDER),
    known("apis/tagDescriptions", Rule::Status, "", "*", ORDER),
    known(
        "*",
        Rule::Etag,
        "*",
        "*",
        "the ETag of a tag description moves by itself; a PATCH of a user and the new keys of a subscription move theirs twice",
    ),
    known(
        "*",
        Rule::Headers,
        "azure-asyncoperation",
        "*2515d521",
        "a `202` had a status document as well in 2025",
    ),
    known(
        "apis",
        Rule::Members,
        "properties.*",
        "*export_api*",
        "the sandbox exports no definitions",
    ),
    known("apis", Rule::Members, "*AuthenticationSettings", "*", MONTH),
    known(
        "apis",
        Rule::Members,
        "*.returnProtectedResourceMetadata",
        "*",
        MONTH,
    ),
    known("*apis", Rule::Members, "properties.isAgent", "*", MONTH),
    known(
        "apis",
        Rule::Members,
        "properties.effectivePath",
        "*",
        MONTH,
    ),
    known(
        "products/apis",
        Rule::Members,
        "properties.specificationLastUpdated",
        "*",
        MONTH,
    ),
    known(
        "products",
        Rule::Members,
        "properties.groups",
        "aso*",
        MONTH,
    ),
    known(
        "*",
        Rule::Members,
        "properties.provisioningState",
        "*",
        MONTH,
    ),
    known(
        "*apis",
        Rule::Members,
        "*properties.description",
        "*",
        DEFINITION,
    ),
    known(
        "*apis",
        Rule::Members,
        "*properties.displayName",
        "*",
        DEFINITION,
    ),
    known(
        "*apis",
        Rule::Members,
        "*properties.license",
        "*",
        DEFINITION,
    ),
    known(
        "*apis",
        Rule::Members,
        "*properties.serviceUrl",
        "*",
        DEFINITION,
    ),
    known(
        "apis",
        Rule::Values,
        "*properties.displayName",
        "*",
        DEFINITION,
    ),
    known(
        "apis",
        Rule::Values,
        "properties.protocols.*",
        "*",
        DEFINITION,
    ),
    known(
        "apis",
        Rule::Members,
        "properties.subscriptionRequired",
        "*",
        OLD,
    ),
    known(
        "apis/operations",
        Rule::Members,
        "*.generatedSample",
        "*",
        "the sandbox makes one wherever a schema is named, the service where it understands the schema",
    ),
    known(
        "apis/operations",
        Rule::Values,
        "*.generatedSample",
        "*",
        "the sandbox does not work out samples of schemas",
    ),
    known(
        "apis/operations",
        Rule::Members,
        "*templateParameters.*.required",
        "*",
        "shown from the second answer on, but not in each",
    ),
    known(
        "apis/issues*",
        Rule::Members,
        "*",
        "*",
        "issues are for developer portals of old",
    ),
    known(
        "apis/issues*",
        Rule::Values,
        "*",
        "*",
        "issues are for developer portals of old",
    ),
    known(
        "apis/resolvers",
        Rule::Members,
        "*",
        "*",
        "ids of the service's own",
    ),
    known("apis/revisions", Rule::Members, "value.*.id", "*", OLD),
    known("apis/schemas", Rule::Members, "*.document.*", "net*", OLD),
    known(
        "authorizationServers",
        Rule::Members,
        "*",
        "*",
        "settings of the former developer portal",
    ),
    known(
        "backends",
        Rule::Members,
        "*.clientCertificate*",
        "net*",
        OLD,
    ),
    known(
        "gateways",
        Rule::Members,
        "*heartbeat",
        "*",
        "no gateway runs behind the sandbox",
    ),
    known(
        "gateways",
        Rule::Values,
        "*",
        "*",
        "keys and tokens are made anew each time",
    ),
    known(
        "groups/users",
        Rule::Members,
        "*",
        "*",
        "lists and answers to PUT show different parts of a user",
    ),
    known(
        "*",
        Rule::Members,
        "nextLink",
        "net*",
        "what the session does not name is not seeded, and so pages end sooner",
    ),
    known(
        "*",
        Rule::Values,
        "count",
        "*",
        "what the session does not name is not seeded, and so lists are shorter",
    ),
    known(
        "*subscriptions",
        Rule::Members,
        "*allowTracing",
        "*",
        "was true by default, and not shown in every answer, up to 2021-08-01",
    ),
    known("subscriptions", Rule::Members, "properties.user", "*", OLD),
    known(
        "tagResources",
        Rule::Members,
        "*",
        "*",
        "shown in more detail",
    ),
    known(
        "users",
        Rule::Members,
        "properties.groups",
        "*",
        "shown empty in the answer to a PATCH",
    ),
    known("apiVersionSets", Rule::Values, "error.message", "net*", OLD),
    known(
        "apis/policies",
        Rule::Values,
        "error.message",
        "*",
        "a policy is said to be gone before its API while that is being deleted",
    ),
    known(
        "apis/releases",
        Rule::Values,
        "value.*.properties.notes",
        "*",
        ORDER,
    ),
    known(
        "authorizationProviders*",
        Rule::Values,
        "type",
        "*",
        "the type of an access policy ends in a slash",
    ),
    known(
        "caches",
        Rule::Values,
        "*connectionString",
        "*",
        "kept in a named value of its own",
    ),
    known(
        "certificates",
        Rule::Values,
        "*subject",
        "*",
        "the sandbox does not open certificates",
    ),
    known(
        "namedValues",
        Rule::Values,
        "value",
        "*",
        "secrets were taken out of the recordings",
    ),
    known(
        "notifications",
        Rule::Values,
        "*emails.*",
        "*",
        "shown as ids in 2019",
    ),
    known(
        "products",
        Rule::Values,
        "properties.groups.*.description",
        "*",
        "the built-in groups were described in other words",
    ),
    known("products", Rule::Values, "value.*", "net*", ORDER),
    known(
        "*",
        Rule::Members,
        "value.*",
        "net*",
        "what the session does not name is not seeded, and so pages end sooner",
    ),
];
