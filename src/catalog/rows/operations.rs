//! Operations.

use serde_json::{Map, Value};

use super::apis::{API_SCHEMA, OPERATION_POLICY};
use super::products::TAG_OPERATION_LINK;
use crate::catalog::member::{
    Member, Sent, but, each, list, m, map, number, of, shown, up_to, yes_or_no,
};
use crate::catalog::row::ROW;
use crate::catalog::{
    Default, Form, Kind, Lane, Letters, Limit, Listed, Per, Reference, Referrer, Shape,
};

const PARAMETER: &[Member] = &[
    m("name").needed(),
    m("description"),
    m("type").needed(),
    m("defaultValue"),
    yes_or_no("required"),
    list(&Shape::Text(None), "values"),
    m("schemaId"),
    m("typeName"),
    map(&Shape::Object, "examples"),
];

const REPRESENTATION: &[Member] = &[
    m("contentType").needed(),
    m("schemaId"),
    m("typeName"),
    each("formParameters", PARAMETER),
    map(&Shape::Object, "examples"),
    // The first example over again; without examples it was seen up to 2019
    // [service contract, 1.3].
    but(Sent::Repeats("examples"), "sample"),
    // Made of the schema.
    shown("generatedSample"),
];

/// A parameter's name without what says that it takes the rest of the path, or
/// can be missing: either side may have these.
fn bare(name: &str) -> &str {
    name.trim_start_matches('*').trim_end_matches('?')
}

/// Each must name what the other names [service contract, 1.3].
fn template_and_parameters_agree(properties: &Map<String, Value>) -> Option<(String, String)> {
    let template = properties.get("urlTemplate")?.as_str()?;
    let used: Vec<&str> = (template.split('{').skip(1))
        .filter_map(|part| Some(part.split_once('}')?.0))
        .map(bare)
        .filter(|name| !name.is_empty())
        .collect();
    let declared = properties
        .get("templateParameters")
        .and_then(Value::as_array);
    let names = || {
        declared
            .into_iter()
            .flatten()
            .filter_map(|p| p["name"].as_str())
            .map(bare)
    };
    let same = |a: &str, b: &str| a.eq_ignore_ascii_case(b);
    let undeclared = used.iter().find(|u| !names().any(|n| same(n, u)));
    if let Some(name) = undeclared {
        let what = format!("`{{{name}}}` is none of the `templateParameters`");
        return Some(("urlTemplate".to_owned(), what));
    }
    let (index, name) = (names().enumerate()).find(|(_, n)| !used.iter().any(|u| same(n, u)))?;
    let what = format!("`urlTemplate` does not hold `{{{name}}}`");
    Some((format!("templateParameters[{index}]"), what))
}

/// No two of an API have the same. Whether case counts is not known, nor whether
/// what parameters are called does, or a `/` at the end [service contract, 1.3 and
/// 10.2]: what differs in these may well stand at the source. One at the start is
/// added where it is missing.
fn method_and_template(properties: &Map<String, Value>) -> Option<String> {
    let text = |name: &str| properties.get(name)?.as_str();
    let template = text("urlTemplate")?;
    let template = template.strip_prefix('/').unwrap_or(template);
    Some(format!("{} /{template}", text("method")?))
}

/// The row of operations.
pub static OPERATION: Kind = Kind {
    name: "operation",
    plural: "operations",
    pattern: "apis/operations",
    context: Some("Operation"),
    letters: Letters::Any,
    by_revision: true,
    // Recorded from 2019-01-01 to 2022-08-01, petstore's among them: a list
    // leaves out `request` where there is nothing in it, and nothing else
    // [recording: net ApiRevisionTests #11, go apis #11, cli core_service #19].
    listed: Listed::Whole,
    members: &[
        up_to(300, "displayName").needed(),
        m("method").needed(),
        up_to(1000, "urlTemplate").needed(),
        each("templateParameters", PARAMETER),
        up_to(1000, "description"),
        of(
            "request",
            &[
                m("description"),
                each("queryParameters", PARAMETER),
                each("headers", PARAMETER),
                each("representations", REPRESENTATION),
            ],
        ),
        each(
            "responses",
            &[
                number(None, None, "statusCode").needed(),
                m("description"),
                each("representations", REPRESENTATION),
                each("headers", PARAMETER),
            ],
        ),
        m("policies"),
    ],
    rules: &[template_and_parameters_agree],
    signature: Some(method_and_template),
    // A parameter of the template can't be left out [service contract, 1.5].
    defaults: &[("templateParameters[].required", Default::Bool(true))],
    slashed: &["urlTemplate"],
    not_carried: &[(
        "policies",
        "a legacy copy of the operation's policy, which is carried as its own resource",
    )],
    opaque: &["value"],
    references: &[
        schema("templateParameters[].schemaId"),
        schema("request.queryParameters[].schemaId"),
        schema("request.headers[].schemaId"),
        schema("request.representations[].schemaId"),
        schema("request.representations[].formParameters[].schemaId"),
        schema("responses[].headers[].schemaId"),
        schema("responses[].representations[].schemaId"),
        schema("responses[].representations[].formParameters[].schemaId"),
    ],
    children: &[&OPERATION_POLICY],
    // [recording: go apis #3, #5]
    edited_untold: true,
    referrers: &[Referrer {
        kind: &TAG_OPERATION_LINK,
        view: Some("tags"),
        view_of_all: Some("operationsByTags"),
        branch: "tags",
        most: None,
    }],
    lane: Lane::PerApi,
    limits: &[
        Limit {
            per: Per::Workspace,
            most: 5000,
        },
        Limit {
            per: Per::Parent,
            most: 100,
        },
    ],
    ..ROW
};

const API_SCHEMAS: &[&Kind] = &[&API_SCHEMA];

const fn schema(pointer: &'static str) -> Reference {
    Reference {
        pointer,
        to: API_SCHEMAS,
        form: Form::NameInApi,
    }
}
