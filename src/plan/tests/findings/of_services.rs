//! What the services on both sides have, and lack.

use serde_json::json;

use super::*;
use crate::address::Name;
use crate::plan::target::Holder;
use crate::rights::{Known, Permission, Permissions, Place};

#[test]
fn tier_without_workspaces() {
    let mut case = Case::new(&[]);
    case.target.sku = Some("developer".into());
    case.finds(&["blocker tier-without-workspaces /workspaces/team: `n` is of the tier developer"]);
}

#[test]
fn workspace_without_gateway_unless_the_service_can_serve_it() {
    let mut case = Case::new(&[]);
    case.target.gateways = Some(Vec::new());
    case.finds(&[
        "warning workspace-without-gateway /workspaces/team: no gateway is associated with it",
    ]);
    case.target.sku = Some("PremiumV2".into());
    case.finds(&[]);
}

#[test]
fn self_hosted_gateway_that_serves_the_api() {
    let case = Case::new(&[
        ("/apis/b", api("b")),
        ("/gateways/edge", json!({})),
        ("/gateways/edge/apis/A", json!({})),
        ("/gateways/edge/apis/b", json!({})),
    ]);
    case.finds(&[
        "blocker self-hosted-gateway /apis/A: the self-hosted gateway `/gateways/edge` serves it",
    ]);
}

#[test]
fn external_group_into_another_service() {
    let items = [
        (
            "/products/p",
            json!({"displayName": "P", "subscriptionRequired": false}),
        ),
        ("/products/p/apiLinks/x", json!({"apiId": "/apis/a"})),
        ("/products/p/groupLinks/y", json!({"groupId": "/groups/g"})),
        (
            "/groups/g",
            json!({"displayName": "G", "type": "external", "externalId": "aad://t/groups/1"}),
        ),
    ];
    Case::new(&items).finds(&[]);
    Case::new(&items)
        .elsewhere(&[])
        .finds(&["warning external-group /groups/g: it stands for `aad://t/groups/1`"]);
}

fn with_server() -> Case {
    let mut case = Case::new(&[("/authorizationServers/as", json!({"displayName": "AS"}))]);
    let named = json!({"displayName": "a", "path": "a",
        "authenticationSettings": {"oAuth2": {"authorizationServerId": "as"}}});
    case.inventory.insert(resource("/apis/a", named));
    case
}

#[test]
fn authorization_server_stays() {
    with_server().finds(&[
        "note authorization-server-stays /authorizationServers/as: it is named by `/apis/a`",
    ]);
}

#[test]
fn missing_in_target_service() {
    let case = with_server().elsewhere(&[]);
    let found = case.findings();
    assert_eq!(
        found[0],
        "blocker missing-in-target-service /apis/a: names `/authorizationServers/as`, which `other` does not have"
    );
    let case = with_server().elsewhere(&["/authorizationServers/as"]);
    assert_eq!(case.findings().len(), 1);
}

#[test]
fn owner_missing_of_subscriptions_and_groups() {
    let case = Case::new(&[
        (
            "/subscriptions/s",
            json!({"displayName": "S", "scope": "/apis/a", "ownerId": "/users/u"}),
        ),
        ("/users/u", json!({"email": "u@x.invalid"})),
        (
            "/products/p",
            json!({"displayName": "P", "subscriptionRequired": false}),
        ),
        ("/products/p/apiLinks/x", json!({"apiId": "/apis/a"})),
        ("/products/p/groupLinks/y", json!({"groupId": "/groups/g"})),
        ("/groups/g", json!({"displayName": "G", "type": "custom"})),
        ("/groups/g/users/u", json!({})),
        ("/groups/g/users/w", json!({"email": "W@x.invalid"})),
    ]);
    assert!(case.makes("groups/g/users/u") && case.makes("groups/g/users/w"));
    let mut case = case.elsewhere(&["/users/u", "/users/w", "/users/9"]);
    case.finds(&[
        "warning owner-missing /groups/g/users/u: the member `u@x.invalid` is not a user of `other`",
        "warning owner-missing /groups/g/users/w: the member `W@x.invalid` is not a user of `other`",
        "warning owner-missing /subscriptions/s: names `/users/u`, which `other` does not have",
    ]);
    case.target.users = [("w@x.invalid", "9"), ("u@x.invalid", "8")]
        .map(|(email, name)| (email.to_owned(), Name::new(name)))
        .into();
    case.finds(&[]);
    let plan = case.plan();
    let member = plan
        .steps
        .iter()
        .find(|s| s.id.as_str() == "groups/g/users/w")
        .unwrap();
    assert_eq!(member.target.below().as_str(), "/groups/g/users/9");
}

#[test]
fn owner_missing_at_the_source() {
    let case = Case::new(&[(
        "/subscriptions/s",
        json!({"displayName": "S", "scope": "/apis/a", "ownerId": "/users/gone"}),
    )])
    .elsewhere(&[]);
    case.finds(&["warning owner-missing /subscriptions/s: names the user `/users/gone`, `ownerId`, which is not there"]);
}

#[test]
fn subscription_covers_all_apis_one_line_for_many() {
    let all = |id: &'static str| {
        (
            id,
            json!({"displayName": "All", "scope": format!("{}/apis", service("n"))}),
        )
    };
    Case::new(&[all("/subscriptions/x")])
        .finds(&["warning subscription-covers-all-apis /subscriptions/x: its scope is all APIs of the service"]);
    let mut case = Case::new(&[all("/subscriptions/x"), all("/subscriptions/y")]);
    case.finds(&["warning subscription-covers-all-apis /subscriptions: the scope of `x`, `y` is all APIs of the service"]);
    case.options.without = vec!["subscriptions".into()];
    case.inventory.insert(resource(
        "/subscriptions/of-a",
        json!({"displayName": "S", "scope": "/apis/a"}),
    ));
    assert!(case.findings()[0].starts_with("warning subscription-covers-all-apis"));
}

#[test]
fn service_policy_stays_or_is_not_in_front() {
    let items = [
        (
            "/policies/policy",
            policy("<trace source=\"x\">{{k}}</trace>"),
        ),
        ("/namedValues/k", json!({"displayName": "k", "value": "v"})),
    ];
    Case::new(&items)
        .finds(&["note service-policy-stays /policies/policy: the all-APIs policy names `k`"]);
    Case::new(&items).elsewhere(&[]).finds(&[
        "warning service-policy-not-in-front /policies/policy: the all-APIs policy names `k`",
    ]);
}

#[test]
fn service_diagnostics_and_notifications_stay() {
    let case = Case::new(&[
        ("/diagnostics/applicationinsights", json!({})),
        (
            "/notifications/BCC",
            json!({"recipients": {"emails": ["a@x.invalid"], "users": []}}),
        ),
        (
            "/notifications/AccountClosedPublisher",
            json!({"recipients": {"emails": [], "users": []}}),
        ),
    ]);
    case.finds(&[
        "note notifications-stay /notifications: somebody is told by `BCC`",
        "note service-diagnostics-stay /diagnostics: the service has applicationinsights",
    ]);
}

#[test]
fn policy_restrictions_stay() {
    let restriction = |scope: &str| json!({"scope": scope, "requireBase": "true"});
    let case = Case::new(&[
        ("/apis/b", api("b")),
        ("/policyRestrictions/api", restriction("/apis/a")),
        ("/policyRestrictions/other", restriction("/apis/b")),
        ("/policyRestrictions/all", restriction("")),
        (
            "/policyRestrictions/lax",
            json!({"scope": "/apis/a", "requireBase": "false"}),
        ),
    ]);
    case.finds(&[
        "warning policy-restrictions-stay /policyRestrictions/all: it asks for <base/> in every policy of the service",
        "warning policy-restrictions-stay /policyRestrictions/api: it asks for <base/> in the policies of `/apis/a`",
    ]);
}

#[test]
fn names_that_others_hold_are_dodged_without_a_word() {
    let mut case = Case::new(&[]).elsewhere(&[]);
    case.target.names = [(
        &crate::catalog::API,
        [(Name::new("a"), Holder::Service)].into(),
    )]
    .into();
    case.finds(&[]);
    assert_eq!(
        case.plan().steps[0].target.below().as_str(),
        "/apis/a-in-team"
    );
}

#[test]
fn service_policy_copied_and_diagnostics_that_do_not_stay() {
    let mut case = Case::new(&[
        (
            "/policies/policy",
            policy("<trace source=\"s\">{{key}}</trace>"),
        ),
        (
            "/namedValues/key",
            json!({"displayName": "key", "value": "v"}),
        ),
        ("/diagnostics/local", json!({"loggerId": "/loggers/l"})),
        ("/loggers/l", json!({"loggerType": "azureMonitor"})),
    ])
    .elsewhere(&[]);
    assert!(!case.makes("policies/policy") && !case.makes("loggers/l"));
    case.options.service_scope = ["diagnostics", "Policy"].map(str::to_owned).to_vec();
    case.finds(&[
        "warning service-policy-copied /policies/policy: the all-APIs policy names `key`",
        "note azure-monitor-logger /loggers/l: it logs to Azure Monitor",
    ]);
    for id in ["policies/policy", "namedValues/key", "loggers/l"] {
        assert!(case.makes(id), "{id}");
    }
    let plan = case.plan();
    let local = plan
        .steps
        .iter()
        .find(|s| s.id.as_str() == "diagnostics/local");
    assert_eq!(local.unwrap().target.below(), &path("/diagnostics/local"));
    case.target.service = service("n");
    let made = make(&case.inventory, &case.selected, &case.target, &case.options);
    assert!(made.unwrap_err().to_string().contains("would act twice"));
}

#[test]
fn notifications_stay_but_for_those_whose_recipients_were_asked_for() {
    let told = json!({"recipients": {"emails": ["ops@x.invalid"], "users": []}});
    let mut case = Case::new(&[
        ("/notifications/BCC", told),
        (
            "/notifications/BCC/recipientEmails/ops@x.invalid",
            json!({}),
        ),
    ]);
    case.finds(&["note notifications-stay /notifications: somebody is told by `BCC`"]);
    assert!(!case.makes("notifications/BCC/recipientEmails/ops@x.invalid"));
    case.options.service_scope = vec!["notifications".to_owned()];
    case.finds(&[]);
    assert!(case.makes("notifications/BCC/recipientEmails/ops@x.invalid"));
    assert!(!case.makes("notifications/BCC"));
}

#[test]
fn right_missing_one_finding_for_each_role() {
    let mut case = Case::new(&[
        ("/tags/t", json!({"displayName": "T"})),
        ("/tags/t/apiLinks/x", json!({"apiId": "/apis/a"})),
    ]);
    let holds = |actions: &[&'static str]| {
        let entry = Permission::new(actions.iter().copied(), []);
        Permissions::new([entry])
    };
    case.target.rights = Known::from([
        (Place::Target, holds(&["*/apis/read", "*/tags/read"])),
        (Place::Workspace, holds(&["*/read"])),
    ]);
    case.finds(&[
        "warning right-missing /subscriptions/s/resourceGroups/g/providers/Microsoft.ApiManagement/service/n: \
         applying may take `API Management Service Reader Role` (`tenant/operationResults/read`) at the service `n`, \
         which whoever made the plan lacks",
        "warning right-missing /subscriptions/s/resourceGroups/g/providers/Microsoft.ApiManagement/service/n/workspaces/team: \
         applying takes `API Management Workspace API Developer` (`workspaces/apis/write`, `workspaces/tags/apiLinks/write`, \
         `workspaces/tags/write`) at the workspace `team`, which whoever made the plan lacks",
    ]);
    case.target.rights = Known::from([(Place::Workspace, holds(&["*"]))]);
    case.finds(&[]);
}
