use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::*;
use crate::address::ServiceId;
use crate::inventory::Resource;
use crate::plan::setup::{Access, NewWorkspace};
use crate::plan::{Keys, PlanOptions, make};
use crate::rights::Need;

/// The collections of a workspace that have rights of their own by these very
/// names [docs: role-based-access-control/permissions/integration].
const DOCUMENTED: &[&str] = &[
    "apiVersionSets",
    "apis",
    "apis/diagnostics",
    "apis/operations",
    "apis/operations/policies",
    "apis/policies",
    "apis/releases",
    "apis/schemas",
    "backends",
    "certificates",
    "diagnostics",
    "groups",
    "groups/users",
    "loggers",
    "namedValues",
    "notifications/recipientEmails",
    "notifications/recipientUsers",
    "policies",
    "policyFragments",
    "products",
    "products/apiLinks",
    "products/groupLinks",
    "products/policies",
    "schemas",
    "subscriptions",
    "tags",
    "tags/apiLinks",
    "tags/operationLinks",
    "tags/productLinks",
];

#[test]
fn the_rights_of_every_kind_that_is_copied_are_those_that_azure_documents() {
    let copied = kinds().iter().filter(|k| k.can_be_copied());
    let patterns: BTreeSet<&str> = copied.map(|k| k.pattern).collect();
    assert_eq!(patterns, BTreeSet::from_iter(DOCUMENTED.iter().copied()));
}

fn service(name: &str) -> ServiceId {
    ServiceId::new("s", "g", name).unwrap()
}

/// An API with a revision that is not current, whatever else, and the plan to
/// copy it into another service with the keys of subscriptions.
fn plan(more: &[(&str, Value)]) -> Plan {
    let mut inventory = Inventory::new(service("n"));
    let mut add = |at: &str, properties: &Value| {
        let properties = properties.as_object().unwrap().clone();
        let etag = Some("\"1\"".to_owned());
        let path = at.parse().unwrap();
        inventory.insert(Resource::new(path, properties, etag).unwrap());
    };
    add(
        "/apis/a",
        &json!({"displayName": "a", "path": "a", "apiRevision": "1", "isCurrent": true}),
    );
    for (at, properties) in more {
        add(at, properties);
    }
    let mut target = Target::unknown(service("other"), "team".parse().unwrap());
    target.referable = Some(BTreeSet::from(["/authorizationServers/o".parse().unwrap()]));
    let options = PlanOptions {
        keys: Keys::Carry,
        ..PlanOptions::default()
    };
    make(&inventory, &["/apis/a".parse().unwrap()], &target, &options).unwrap()
}

fn told(needs: &Needs) -> Vec<String> {
    let word = |need: Need| {
        let weight = match need.weight {
            Weight::Must => "must",
            Weight::May => "may",
        };
        format!("{:?} {weight} {}", need.place, need.right.short())
    };
    needs.iter().map(word).collect()
}

#[test]
fn a_step_takes_what_it_reads_and_writes_and_nothing_else() {
    let plan = plan(&[(
        "/subscriptions/x",
        json!({"scope": "/apis/a", "displayName": "X", "state": "active"}),
    )]);
    let doing = Doing {
        lists: None,
        ..Doing::all(&plan)
    };
    let needs = doing.needs(&plan.places(true));
    assert_eq!(
        told(&needs),
        [
            "Source must apis/read",
            "Source must subscriptions/listSecrets/action",
            "Source must subscriptions/read",
            "Target may tenant/operationResults/read",
            "Workspace must workspaces/apis/read",
            "Workspace must workspaces/apis/write",
            "Workspace must workspaces/subscriptions/read",
            "Workspace must workspaces/subscriptions/write",
        ]
    );
    let without_drift = Doing {
        drift: false,
        ..Doing::all(&plan)
    };
    let needs = without_drift.needs(&plan.places(true));
    let read = |need: &Need| need.place == Place::Source && need.right.short().ends_with("/read");
    assert!(!needs.iter().any(|need| read(&need)));
    let nothing = Doing {
        steps: Vec::new(),
        ..Doing::all(&plan)
    };
    assert_eq!(told(&nothing.needs(&plan.places(true))), [""; 0]);
}

#[test]
fn what_is_listed_to_see_what_is_new_is_asked_for_where_it_is_listed() {
    let plan = plan(&[]);
    assert!(plan.basis.is_some());
    let listed = |without: &[&str]| {
        let without: Vec<String> = without.iter().map(|w| (*w).to_owned()).collect();
        let doing = Doing {
            lists: Some(&without),
            ..Doing::all(&plan)
        };
        told(&doing.needs(&plan.places(true)))
    };
    let has = |rights: &[String], right: &str| {
        let right = format!("Source must {right}/read");
        rights.contains(&right)
    };
    let all = listed(&[]);
    let around = [
        "apis/revisions",
        "apis/operations",
        "apis/policies",
        "products",
        "tags",
    ];
    for right in around.iter().chain(&["subscriptions"]) {
        assert!(has(&all, right), "{right}: {all:?}");
    }
    let some = listed(&["tags", "subscriptions"]);
    assert!(has(&some, "products") && !has(&some, "tags") && !has(&some, "subscriptions"));
}

#[test]
fn what_left_a_plan_takes_the_right_to_delete_it_but_not_what_goes_with_it() {
    let plan = plan(&[(
        "/apis/a/operations/o",
        json!({"displayName": "O", "method": "GET", "urlTemplate": "/o"}),
    )]);
    let doing = Doing {
        steps: Vec::new(),
        deleted: plan.steps.iter().collect(),
        ..Doing::all(&plan)
    };
    assert_eq!(
        told(&doing.needs(&plan.places(true))),
        [
            "Target may tenant/operationResults/read",
            "Workspace must workspaces/apis/delete",
            "Workspace must workspaces/apis/read",
        ]
    );
}

#[test]
fn what_is_made_by_the_service_is_looked_up_or_deleted() {
    let product = json!({"displayName": "P", "subscriptionRequired": true, "state": "published"});
    let plan = plan(&[
        ("/products/p", product),
        ("/products/p/apiLinks/x", json!({"apiId": "/apis/a"})),
    ]);
    let steps = plan.steps.iter().filter(|s| s.action == Action::Tidy);
    let doing = Doing {
        steps: steps.collect(),
        ..Doing::all(&plan)
    };
    let rights = told(&doing.needs(&plan.places(true)));
    for right in ["products/groupLinks", "subscriptions"] {
        let deleted = format!("Workspace must workspaces/{right}/delete");
        assert!(rights.contains(&deleted), "{rights:?}");
        assert!(
            !rights
                .iter()
                .any(|r| r.ends_with(&format!("{right}/write")))
        );
    }
}

#[test]
fn a_revision_may_have_to_shed_and_a_server_to_be_seen() {
    let plan = plan(&[
        (
            "/apis/a;rev=2",
            json!({"displayName": "a", "path": "a", "apiRevision": "2", "isCurrent": false,
                "authenticationSettings": {"oAuth2": {"authorizationServerId": "o"}}}),
        ),
        (
            "/apis/a;rev=2/operations/x",
            json!({"displayName": "X", "method": "GET", "urlTemplate": "/"}),
        ),
        ("/authorizationServers/o", json!({"displayName": "O"})),
    ]);
    let rights = told(&Doing::all(&plan).needs(&plan.places(true)));
    for right in [
        "Workspace may workspaces/apis/operations/delete",
        "Target may authorizationServers/read",
    ] {
        assert!(rights.contains(&right.to_owned()), "{right}: {rights:?}");
    }
    assert!(!rights.iter().any(|r| r.ends_with("apis/delete")));
}

#[test]
fn setting_up_takes_the_workspace_and_the_assignment_of_roles() {
    let mut plan = plan(&[]);
    plan.setup = Setup {
        workspace: Some(NewWorkspace {
            display_name: "Team".to_owned(),
            description: None,
        }),
        access: vec![Access {
            principal: uuid::Uuid::from_u128(1),
            principal_type: "User".to_owned(),
            role: "reader".to_owned(),
            service_role: Some("none".to_owned()),
        }],
    };
    let setup = |plan: &Plan, there| {
        let doing = Doing {
            steps: Vec::new(),
            ..Doing::all(plan)
        };
        told(&doing.needs(&plan.places(there)))
    };
    let assign = "Microsoft.Authorization/roleAssignments/write";
    assert_eq!(
        setup(&plan, false),
        [
            "Target must workspaces/read".to_owned(),
            "Target must workspaces/write".to_owned(),
            format!("Target must {assign}"),
        ]
    );
    assert_eq!(
        setup(&plan, true),
        [
            "Workspace must workspaces/read".to_owned(),
            "Workspace may workspaces/write".to_owned(),
            format!("Workspace must {assign}"),
        ]
    );
    plan.setup.access[0].service_role = None;
    assert!(setup(&plan, true).contains(&format!("Target must {assign}")));
}

#[test]
fn reading_takes_every_kind_and_no_right_to_write() {
    let places = Places {
        source: service("n"),
        target: service("n"),
        workspace: None,
    };
    let needs = in_general(&places, false);
    assert!(needs.iter().all(|n| n.place == Place::Target));
    let verbs: BTreeSet<(Weight, String)> = (needs.iter())
        .map(|n| {
            (
                n.weight,
                n.right
                    .short()
                    .rsplit('/')
                    .next()
                    .unwrap_or_default()
                    .to_owned(),
            )
        })
        .collect();
    let of = |weight, verb: &str| (weight, verb.to_owned());
    assert_eq!(
        verbs,
        BTreeSet::from([
            of(Weight::Must, "read"),
            of(Weight::May, "read"),
            of(Weight::May, "action"),
        ])
    );
}
