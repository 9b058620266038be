//! What policies do.

use serde_json::json;

use super::*;
use crate::traits::Braces;

#[test]
fn self_hosted_gateway_for_dapr_and_grpc() {
    let case = Case::with_policy("<publish-to-dapr topic=\"t\">x</publish-to-dapr>", &[]);
    case.finds(&[
        "blocker self-hosted-gateway /apis/a/policies/policy: `publish-to-dapr` in line 3; `/apis/a` is copied without it, which holds `publish-to-dapr`",
    ]);
    assert!(!case.makes("apis/a/policies/policy"));
    let case = Case::with_policy(
        "<set-backend-service backend-id=\"dapr\" dapr-app-id=\"x\" />",
        &[(
            "/backends/dapr",
            json!({"url": "http://x", "protocol": "http"}),
        )],
    );
    assert!(case.findings()[0].contains("`set-backend-service` in line 3"));
    let mut case = Case::new(&[]);
    let grpc = json!({"displayName": "a", "path": "a", "type": "grpc"});
    case.inventory.insert(resource("/apis/a", grpc));
    case.finds(&["blocker self-hosted-gateway /apis/a: the API is of type `grpc`, which only self-hosted gateways serve"]);
}

#[test]
fn credential_manager() {
    let case = Case::with_policy(
        "<get-authorization-context provider-id=\"p\" authorization-id=\"x\" />",
        &[("/authorizationProviders/p", json!({}))],
    );
    case.finds(&[
        "blocker credential-manager /apis/a/policies/policy: `get-authorization-context` in line 3 asks `/authorizationProviders/p`; `/apis/a` is copied without it, which holds `get-authorization-context`",
    ]);
}

#[test]
fn certificate_not_readable_and_what_is_left_with_what_it_needs() {
    let case = Case::with_policy(
        "<authentication-certificate certificate-id=\"c\" />",
        &[(
            "/certificates/c",
            json!({"subject": "CN=x", "thumbprint": "AA"}),
        )],
    );
    case.finds(&[
        "blocker certificate-not-readable /certificates/c: it was uploaded, and the service does not give it back",
        "blocker policy-left-out /apis/a/policies/policy: it needs `/certificates/c`; `/apis/a` is copied without it, which holds `authentication-certificate`",
    ]);
}

#[test]
fn upload_unused_and_the_blocker_that_an_upload_lifts() {
    let upload: crate::plan::Upload = serde_yaml::from_str("{pfxEnv: P}").unwrap();
    let mut case = Case::with_policy(
        "<authentication-certificate certificate-id=\"c\" />\
         <authentication-certificate certificate-id=\"v\" />",
        &[
            ("/certificates/c", json!({"thumbprint": "1"})),
            ("/certificates/other", json!({"thumbprint": "2"})),
            (
                "/certificates/v",
                json!({"keyVault": {"secretIdentifier": "https://v.invalid/s"}}),
            ),
        ],
    );
    for name in ["C", "other", "v"] {
        let path = path(&format!("/certificates/{name}"));
        case.options.uploads.insert(path, upload.clone());
    }
    case.finds(&[
        "warning key-vault-access /certificates/v: it reads `https://v.invalid/s`",
        "warning upload-unused /certificates/other: a PFX is given for it, but it is not among what is copied",
        "warning upload-unused /certificates/v: a PFX is given for it, but the copy needs none: it is kept in Key Vault",
    ]);
    let plan = case.plan();
    let of = |id: &str| plan.steps.iter().find(|s| s.id.as_str() == id).unwrap();
    assert_eq!(of("certificates/c").upload.as_ref(), Some(&upload));
    assert_eq!(of("certificates/v").upload, None);
    assert!(case.makes("apis/a/policies/policy"));

    // Only where all were listed is it known that there is none.
    case.options.uploads = [(path("/certificates/none"), upload)].into();
    assert!(
        case.findings()
            .iter()
            .any(|f| f.contains("/certificates/none"))
    );
    let kind = &crate::catalog::CERTIFICATE;
    case.inventory.mark_listed(kind);
    let made = make(&case.inventory, &case.selected, &case.target, &case.options);
    let error = made.unwrap_err();
    assert_eq!(error.help(), "there are: c, other, v");
}

#[test]
fn reference_to_nothing() {
    let case = Case::with_policy("<set-backend-service backend-id=\"gone\" />", &[]);
    case.finds(&["blocker reference-to-nothing /apis/a/policies/policy: names the backend `gone`, line 3, column 38, which is not there; `/apis/a` is copied without it, which holds `set-backend-service`"]);
    let case = Case::new(&[(
        "/apis/a/operations/o",
        json!({"displayName": "O", "request": {"representations": [{"schemaId": "s"}]}}),
    )]);
    case.finds(&["blocker reference-to-nothing /apis/a/operations/o: names the API schema `s`, `request.representations[].schemaId`, which is not there"]);
}

#[test]
fn reference_by_expression() {
    let text = "<set-backend-service backend-id=\"@(context.Variables.GetValueOrDefault<string>(\"x\"))\" />";
    let case = Case::with_policy(text, &[]);
    let found = case.findings();
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].starts_with(
            "blocker reference-by-expression /apis/a/policies/policy: names a backend `@(context."
        ),
        "{found:?}"
    );
    assert!(found[0].contains("line 3, column "), "{found:?}");
}

#[test]
fn composed_name_unknown() {
    let case = Case::with_policy(
        "<set-backend-service backend-id=\"b-{{stage}}\" />",
        &[(
            "/namedValues/stage",
            json!({"displayName": "stage", "secret": true}),
        )],
    );
    let found = case.findings();
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("blocker composed-name-unknown /apis/a/policies/policy: names a backend `b-{{stage}}`, line 3"), "{found:?}");
}

#[test]
fn name_written_out() {
    let value = json!({"displayName": "stage", "value": "dev"});
    let backend = json!({"url": "http://x", "protocol": "http"});
    let there = [("/namedValues/stage", value), ("/backends/b-dev", backend)];
    let case = Case::with_policy("<set-backend-service backend-id=\"b-{{stage}}\" />", &there);
    case.finds(&[
        "note name-written-out /apis/a/policies/policy: named the backend `b-{{stage}}`, line 3, column 38; the copy is named by itself",
    ]);
}

#[test]
fn composed_name_unknown_of_a_certificate_says_what_helps_there() {
    let case = Case::with_policy(
        "<authentication-certificate thumbprint=\"{{thumb}}\" />",
        &[(
            "/namedValues/thumb",
            json!({"displayName": "thumb", "secret": true}),
        )],
    );
    let plan = case.plan();
    assert_eq!(plan.findings[0].code, "composed-name-unknown");
    let help = &plan.findings[0].help;
    assert!(
        help.contains("not secret") && !help.contains("new name"),
        "{help}"
    );
}

#[test]
fn dependency_cycle() {
    let fragment = |name: &str| json!({"format": "rawxml", "value": format!("<fragment><include-fragment fragment-id=\"{name}\" /></fragment>")});
    let case = Case::with_policy(
        "<include-fragment fragment-id=\"one\" /><include-fragment fragment-id=\"self\" />",
        &[
            ("/policyFragments/one", fragment("two")),
            ("/policyFragments/two", fragment("one")),
            ("/policyFragments/self", fragment("self")),
        ],
    );
    let circle = "needs itself by way of `/policyFragments/one`, `/policyFragments/two`";
    let found = case.findings();
    let expected = [
        format!("blocker dependency-cycle /policyFragments/one: {circle}"),
        "blocker dependency-cycle /policyFragments/self: needs itself by way of `/policyFragments/self`".to_owned(),
        format!("blocker dependency-cycle /policyFragments/two: {circle}"),
    ];
    assert_eq!(found[..3], expected);
    assert_eq!(found.len(), 4, "{found:?}");
    assert!(found[3].starts_with("blocker policy-left-out /apis/a/policies/policy"));
}

#[test]
fn context_workspace_removed() {
    for member in ["context.Api.Workspace", "context.Product.Workspace"] {
        let case = Case::with_policy(
            &format!(
                "<!-- {member} --><set-header name=\"x\"><value>@({member}.Name)</value></set-header>"
            ),
            &[],
        );
        let found = case.findings();
        assert_eq!(found.len(), 1, "{found:?}");
        let start = format!(
            "blocker context-workspace-removed /apis/a/policies/policy: it reads {member}, line 3, column "
        );
        assert!(found[0].starts_with(&start), "{found:?}");
    }
}

#[test]
fn compares_with_literal() {
    let case = Case::with_policy(
        "<choose><when condition=\"@(context.Api.Name == \"a\")\" /></choose>",
        &[],
    );
    case.finds(&["warning compares-with-literal /apis/a/policies/policy: it compares context.Api.Name with `a`, line 3, column 32"]);
}

#[test]
fn name_in_code() {
    let case = Case::with_policy(
        "<set-variable name=\"x\" value=\"@(\"b\")\" />",
        &[(
            "/backends/b",
            json!({"url": "https://x.invalid", "protocol": "http"}),
        )],
    );
    let found = case.findings();
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("warning name-in-code /apis/a/policies/policy: holds the name of the backend `b`, line 3, column "), "{found:?}");
}

#[test]
fn external_cache_and_what_falls_back() {
    let external = "<cache-lookup-value key=\"k\" caching-type=\"External\" variable-name=\"v\" />";
    let case = Case::with_policy(external, &[]);
    case.finds(&["warning external-cache /apis/a/policies/policy: it says caching-type=\"external\", line 3, column 5"]);
    let either = "<cache-lookup-value key=\"k\" variable-name=\"v\" />";
    Case::with_policy(either, &[]).finds(&[]);
    let case = Case::with_policy(either, &[("/caches/default", json!({}))]);
    case.finds(&["note cache-falls-back /caches/default: it is used, where there is one, by `/apis/a/policies/policy`"]);
}

#[test]
fn ca_certificates() {
    let case = Case::with_policy(
        "<choose><when condition=\"@(context.Deployment.Certificates.Any())\" /></choose>",
        &[],
    );
    case.finds(&["warning ca-certificates /apis/a/policies/policy: code reads context.Deployment.Certificates, line 3, column 32"]);
    let case = Case::with_policy(
        "<validate-client-certificate><identities><identity issuer-certificate-id=\"c\" /></identities></validate-client-certificate>",
        &[(
            "/certificates/c",
            json!({"keyVault": {"secretIdentifier": "https://v.vault.azure.net/secrets/c"}}),
        )],
    );
    let found = case.findings();
    assert!(found[0].starts_with("warning ca-certificates /apis/a/policies/policy: validate-client-certificate names an issuer, line 3"), "{found:?}");
    assert_eq!(found.len(), 2);
}

#[test]
fn managed_identity_of_policies_and_loggers() {
    let case = Case::with_policy(
        "<authentication-managed-identity resource=\"https://x\" />",
        &[],
    );
    case.finds(&["warning managed-identity /apis/a/policies/policy: authentication-managed-identity is used, line 3, column 5"]);
    let case = Case::with_policy(
        "<log-to-eventhub logger-id=\"l\">x</log-to-eventhub>",
        &[(
            "/loggers/l",
            json!({"loggerType": "azureEventHub", "credentials": {"endpointAddress": "x", "identityClientId": "SystemAssigned", "name": "h"}}),
        )],
    );
    case.finds(&["warning managed-identity /loggers/l: `credentials.identityClientId` names the identity `SystemAssigned`"]);
    let backend = json!({"url": "https://x.invalid", "protocol": "http",
        "credentials": {"managedIdentity": {"clientId": null, "resource": "https://cognitiveservices.azure.com"}}});
    let case = Case::with_policy(
        "<set-backend-service backend-id=\"b\" />",
        &[("/backends/b", backend)],
    );
    case.finds(&["warning managed-identity /backends/b: `credentials.managedIdentity` signs in with an identity of the service"]);
    let plan = case.plan();
    let step = plan.steps.iter().find(|s| s.id.as_str() == "backends/b");
    let content = step.unwrap().content.as_ref().unwrap();
    assert_eq!(
        content.properties["credentials"],
        json!({"managedIdentity": {"resource": "https://cognitiveservices.azure.com"}})
    );
}

#[test]
fn key_vault_access() {
    let case = Case::with_policy(
        "<trace source=\"x\">{{k}}</trace>",
        &[(
            "/namedValues/k",
            json!({"displayName": "k", "secret": true, "keyVault": {"secretIdentifier": "https://v.vault.azure.net/secrets/k"}}),
        )],
    );
    case.finds(&[
        "warning key-vault-access /namedValues/k: it reads `https://v.vault.azure.net/secrets/k`",
    ]);
}

#[test]
fn calls_management_api() {
    let case = Case::with_policy(
        "<send-request mode=\"new\"><set-url>https://management.azure.com/subscriptions</set-url></send-request>",
        &[],
    );
    case.finds(&["warning calls-management-api /apis/a/policies/policy: it calls management.azure.com, line 3, column 47"]);
}

#[test]
fn secret_in_clear() {
    let case = Case::with_policy(
        "<set-header name=\"x-api-key\"><value>0123456789abcdef</value></set-header>",
        &[],
    );
    case.finds(&[
        "warning secret-in-clear /apis/a/policies/policy: line 3: `x-api-key` has a literal value",
    ]);
}

#[test]
fn named_value_in_comment() {
    let case = Case::with_policy(
        "<!-- {{k}} {{gone}} -->",
        &[("/namedValues/k", json!({"displayName": "k", "value": "v"}))],
    );
    case.finds(&["note named-value-in-comment /namedValues/k: only a comment in `/apis/a/policies/policy` names it"]);
    assert!(case.makes("namedValues/k"));
}

#[test]
fn absent_values_in_braces_that_mean_nothing_block_where_the_service_was_found_to_mind() {
    let text = "<!-- {{old}} --><set-body template=\"liquid\">{{gone}}</set-body><base />";
    let mut case = Case::with_policy(text, &[]);
    case.finds(&[]);
    case.target.traits.values_in_comments = Braces::Checked;
    case.finds(&[
        "blocker named-value-refused /apis/a/policies/policy: a comment in line 3, column 12 holds \
         `{{old}}`, and there is no such named value",
    ]);
    case.target.traits.values_in_liquid = Braces::Checked;
    assert_eq!(case.findings().len(), 2);
    assert!(case.makes("apis/a/policies/policy"));
    case.target.traits.values_in_comments = Braces::Ignored;
    assert_eq!(case.findings().len(), 1);
}

#[test]
fn absent_values_in_cdata_block_where_the_service_was_found_to_mind() {
    let refused = |answer| {
        let mut case = Case::with_policy("<set-body><![CDATA[{{gone}}]]></set-body>", &[]);
        case.target.traits.values_in_cdata = answer;
        let found = case.findings();
        found.iter().any(|f| f.contains("named-value-refused"))
    };
    assert!(refused(Braces::Checked));
    assert!(!refused(Braces::Ignored) && !refused(Braces::Unknown));
}

#[test]
fn what_only_comments_name_stays_behind_where_the_service_was_found_not_to_mind() {
    let value = (
        "/namedValues/old",
        json!({"displayName": "old", "value": "x"}),
    );
    let mut case = Case::with_policy("<!-- {{old}} --><base />", &[value]);
    assert!(case.makes("namedValues/old"));
    case.target.traits.values_in_comments = Braces::Ignored;
    case.finds(&[]);
    assert!(!case.makes("namedValues/old"));
}
