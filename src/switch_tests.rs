//! Contoso's clean APIs under every setting of the sandbox that stands for
//! something unknown about the real service.

use crate::exit::Exit;
use crate::journey_tests::{carry_out, plan};
use crate::plan::select::{Glob, Select};
use crate::sandbox::{Options, Sandbox, contoso};

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
    validation_at_once: "async-validation=false",
    creates_that_are_long_running: "async-create=true",
    policies_as_bare_xml: "bare-xml=true",
    display_names_that_must_be_unique: "display-name-unique=true",
    names_that_clash: "name-clash-conflict=true",
    automatic_subscriptions_that_are_active: "subscription-active=true",
    lists_that_lag_behind: "fresh-lists=3",
    api_paths_of_the_scope: "api-path=scope",
    short_ids: "short-ids=true",
    comment_values_left_out: "comment-values=false",
    no_templates: "templates=false",
}
