//! Contoso's clean APIs under every setting of the sandbox that stands for
//! something unknown about the real service.

use crate::exit::Exit;
use crate::journeys::{carry_out, plan};
use crate::sandbox::{Options, Sandbox, contoso};
use crate::select::{Glob, Select};

const CLEAN: [&str; 5] = ["orders-v1", "orders-v2", "invoices", "catalog", "inventory"];

async fn moves_under(setting: &str) {
    let mut options = Options {
        seeds: vec![contoso::seed()],
        ..Options::default()
    };
    for switch in ["operation-ms=2", "linger-ms=5", setting] {
        options.switches.set(switch).unwrap();
    }
    let sandbox = Sandbox::start(options, 0).await.unwrap();
    let select = Select {
        apis: CLEAN.into_iter().map(Glob::new).collect(),
        ..Select::default()
    };
    let dir = tempfile::tempdir().unwrap();
    let plan = plan(&sandbox, "billing", &select).await;
    let (summary, report) = carry_out(&sandbox, &plan, dir.path()).await;
    assert_eq!(summary.exit(), Exit::Done, "{setting}: {summary:#?}");
    assert_eq!(summary.overtaken, [], "{setting}");
    assert_eq!(report.exit(), Exit::Done, "{setting}: {report:#?}");
    sandbox.stop().await.unwrap();
}

macro_rules! moves_under {
    ($($name:ident: $setting:literal,)*) => {$(
        #[tokio::test(flavor = "multi_thread")]
        async fn $name() {
            moves_under($setting).await;
        }
    )*};
}

moves_under! {
    old_shape_of_long_running_answers: "async-shape=old",
    new_shape_of_long_running_answers: "async-shape=new",
    both_shapes_of_long_running_answers: "async-shape=both",
    whole_resources_in_place_of_stubs: "async-body=whole",
    updates_that_are_done_at_once: "async-update=done",
    updates_that_are_accepted: "async-update=accepted",
    polls_at_the_tenant: "poll-url=tenant",
    whole_status_documents: "poll-document=whole",
    status_documents_without_a_status: "poll-document=empty",
    status_documents_without_a_cause: "poll-document=mute",
    nested_status_documents: "poll-document=nested",
    validation_at_once: "async-validation=false",
    creates_that_are_long_running: "async-create=true",
    policies_as_bare_xml: "bare-xml=true",
    display_names_that_must_be_unique: "display-name-unique=true",
    names_that_clash: "name-clash=conflict",
    names_of_each_scope: "name-clash=allowed",
    subscriptions_that_wait: "subscription-active=false",
    lists_that_lag_behind: "fresh-lists=3",
    api_paths_of_the_scope: "api-path=scope",
    short_ids: "short-ids=true",
    comment_values_left_out: "comment-values=false",
    first_revisions_as_asked_for: "first-revision=true",
    first_puts_that_make_revision_one: "first-put=one",
    first_puts_that_are_refused: "first-put=refused",
    revisions_that_take_over: "revision-takes-over=true",
    keys_that_may_be_shared: "subscription-key-unique=false",
    conditions_that_are_demanded: "if-match=true",
    templates_as_often_as_one_likes: "same-template=never",
    templates_but_for_case: "same-template=names",
    templates_without_names: "same-template=shape",
    products_that_always_get_a_subscription: "open-product-subscription=true",
    lists_that_end_in_an_empty_link: "list-end=empty",
    names_in_cdata: "cdata-values=true",
    names_in_lower_case: "name-case=lower",
    names_in_upper_case: "name-case=upper",
    names_whose_case_matters: "name-case=sensitive",
    sources_of_other_scopes: "source-across=true",
    signed_addresses_to_poll: "signed-polls=true",
    deletes_that_fail_once: "delete-fails=true",
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_one() {
    let options = Options {
        seeds: vec![contoso::seed()],
        page_size: 1,
        ..Options::default()
    };
    let sandbox = Sandbox::start(options, 0).await.unwrap();
    let select = Select {
        apis: vec![Glob::new("catalog")],
        ..Select::default()
    };
    let dir = tempfile::tempdir().unwrap();
    let plan = plan(&sandbox, "billing", &select).await;
    let (summary, report) = carry_out(&sandbox, &plan, dir.path()).await;
    assert_eq!(
        (summary.exit(), report.exit()),
        (Exit::Done, Exit::Done),
        "{summary:#?}"
    );
}

/// Behind the service's own gateway the original has the path.
#[tokio::test(flavor = "multi_thread")]
async fn paths_that_must_be_unique_over_the_service_are_refused_in_its_words() {
    let mut options = Options {
        seeds: vec![contoso::seed()],
        ..Options::default()
    };
    options.switches.set("api-path=service").unwrap();
    let sandbox = Sandbox::start(options, 0).await.unwrap();
    let select = Select {
        apis: vec![Glob::new("live-tracking")],
        ..Select::default()
    };
    let dir = tempfile::tempdir().unwrap();
    let plan = plan(&sandbox, "billing", &select).await;
    let (summary, _) = carry_out(&sandbox, &plan, dir.path()).await;
    assert_eq!(summary.exit(), Exit::Failed);
    let said = summary
        .failed
        .iter()
        .flat_map(|f| &f.causes)
        .any(|c| c.contains("same Path"));
    assert!(said, "{summary:#?}");
}
