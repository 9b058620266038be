//! A sandbox with a plan folder beside it, for tests of whole runs.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::testing::{plan, step};
use super::*;
use crate::arm::{Arm, FixedToken, RetryPolicy};
use crate::exit::Exit;
use crate::plan::{Action, Plan, StepId};
use crate::progress::{Event, Listener};
use crate::sandbox::{Options, Sandbox};
use crate::secret::Secret;

pub(crate) const WORKSPACE: &str =
    "/subscriptions/s/resourceGroups/g/providers/Microsoft.ApiManagement/service/n/workspaces/w";
pub(crate) const SERVICE: &str =
    "/subscriptions/s/resourceGroups/g/providers/Microsoft.ApiManagement/service/n";

pub(crate) fn seed(more: &[Value]) -> Value {
    let mut resources = vec![
        json!({"path": "/namedValues/key", "properties": {"displayName": "key", "secret": true, "value": "hush"}}),
        json!({"path": "/tags/t", "properties": {"displayName": "T"}}),
    ];
    resources.extend(more.iter().cloned());
    json!({
        "service": {"subscriptionId": "s", "resourceGroup": "g", "name": "n", "sku": "Premium"},
        "workspaces": [{"name": "w", "properties": {"displayName": "W"}}],
        "resources": resources,
    })
}

pub(crate) async fn sandbox(more: &[Value]) -> Sandbox {
    let mut options = Options {
        seeds: vec![seed(more)],
        ..Options::default()
    };
    options.switches.operation_ms = 1;
    options.switches.linger_ms = 1;
    options.switches.write_ms = 1;
    Sandbox::start(options, 0).await.unwrap()
}

/// One of nearly everything: a secret, a policy, revisions, a product with
/// what the service makes for it, links.
pub(crate) fn sample() -> Plan {
    let policy = "<policies>\n<inbound>\n<base />\n<set-header name=\"k\" exists-action=\"override\"><value>{{key-w}}</value></set-header>\n</inbound>\n<backend><base /></backend>\n<outbound><base /></outbound>\n<on-error><base /></on-error>\n</policies>";
    plan(vec![
        step("namedValue", "/namedValues/key-w", &[])
            .with(json!({"displayName": "key-w", "secret": true}))
            .copy_of("/namedValues/key", None)
            .secret("listValue"),
        step("namedValue", "/namedValues/host-w", &[])
            .with(json!({"displayName": "host-w", "value": "h"})),
        step("tag", "/tags/t-w", &[]).with(json!({"displayName": "T-w"})),
        step("api", "/apis/x-w", &[]).with(json!({
            "displayName": "X-w", "path": "x-w", "apiRevision": "2", "isCurrent": true,
            "protocols": ["https"], "subscriptionRequired": true, "type": "http",
        })),
        step("operation", "/apis/x-w/operations/get", &["apis/x-w"])
            .with(json!({"displayName": "Get", "method": "GET", "urlTemplate": "/"})),
        step(
            "operationPolicy",
            "/apis/x-w/operations/get/policies/policy",
            &["apis/x-w/operations/get"],
        )
        .document("<policies><inbound><base /></inbound></policies>"),
        step(
            "apiPolicy",
            "/apis/x-w/policies/policy",
            &["apis/x-w", "namedValues/key-w"],
        )
        .document(policy),
        step("api", "/apis/x-w;rev=1", &["apis/x-w"]).with(json!({
            "displayName": "X-w", "path": "x-w", "apiRevision": "1", "isCurrent": false,
            "protocols": ["https"], "subscriptionRequired": true, "type": "http",
            "serviceUrl": "https://old.example", "sourceApiId": format!("{WORKSPACE}/apis/x-w"),
        })),
        step(
            "operation",
            "/apis/x-w;rev=1/operations/old",
            &["apis/x-w;rev=1"],
        )
        .with(json!({"displayName": "Old", "method": "GET", "urlTemplate": "/old"})),
        step(
            "tagApiLink",
            "/tags/t-w/apiLinks/l",
            &["tags/t-w", "apis/x-w"],
        )
        .with(json!({"apiId": format!("{WORKSPACE}/apis/x-w")})),
        step("product", "/products/p-w", &[]).with(
            json!({"displayName": "P-w", "subscriptionRequired": true, "state": "published"}),
        ),
        step(
            "productGroupLink",
            "/products/p-w/groupLinks/administrators",
            &["products/p-w"],
        )
        .action(Action::Tidy),
        step(
            "subscription",
            "/subscriptions/automatic-subscription",
            &["products/p-w"],
        )
        .action(Action::Tidy),
        step(
            "productGroupLink",
            "/products/p-w/groupLinks/d",
            &["products/p-w"],
        )
        .with(json!({"groupId": format!("{SERVICE}/groups/developers")})),
        step(
            "productApiLink",
            "/products/p-w/apiLinks/l",
            &["products/p-w", "apis/x-w"],
        )
        .with(json!({"apiId": format!("{WORKSPACE}/apis/x-w")})),
        step("subscription", "/subscriptions/s-w", &["products/p-w"]).with(json!({
            "displayName": "S-w", "scope": format!("{WORKSPACE}/products/p-w"), "state": "active",
        })),
    ])
}

pub(crate) fn puts(sandbox: &Sandbox) -> Vec<String> {
    sent(sandbox, "PUT")
}

pub(crate) fn sent(sandbox: &Sandbox, method: &str) -> Vec<String> {
    let log = sandbox.log();
    let of_method = log.into_iter().filter(|l| l.method == method);
    of_method
        .map(|l| l.path.trim_start_matches(WORKSPACE).to_owned())
        .collect()
}

/// What the workspace holds: paths with properties, but for keys and minted
/// names, which differ from run to run.
pub(crate) fn workspace(sandbox: &Sandbox) -> Vec<(String, Value)> {
    let dump = sandbox.dump();
    let all = dump["resources"].as_array().unwrap().iter();
    all.filter_map(|r| {
        let path = r["path"]
            .as_str()?
            .strip_prefix("/workspaces/w")?
            .to_owned();
        let mut properties = r["properties"].clone();
        for volatile in ["primaryKey", "secondaryKey", "createdDate", "startDate"] {
            if let Some(map) = properties.as_object_mut() {
                map.remove(volatile);
            }
        }
        Some((path, properties))
    })
    .collect()
}

pub(crate) fn arm(url: &str) -> Arm {
    let tokens = Arc::new(FixedToken::new(Secret::new("t")));
    let retries = RetryPolicy {
        base: Duration::from_millis(2),
        cap: Duration::from_millis(20),
        ..RetryPolicy::default()
    };
    let builder = Arm::builder(url.parse().unwrap(), tokens);
    builder.retries(retries).build().unwrap()
}

pub(crate) struct Bench {
    pub(crate) sandbox: Sandbox,
    pub(crate) arm: Arm,
    folder: tempfile::TempDir,
}

impl Bench {
    pub(crate) async fn new(more: &[Value]) -> Self {
        let sandbox = sandbox(more).await;
        let arm = arm(&sandbox.url());
        Self {
            sandbox,
            arm,
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn dir(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) async fn apply(&self, plan: &Plan) -> Result<ApplySummary, ApplyError> {
        self.apply_with(plan, ApplyOptions::default()).await
    }

    pub(crate) async fn apply_with(
        &self,
        plan: &Plan,
        options: ApplyOptions,
    ) -> Result<ApplySummary, ApplyError> {
        let cancel = CancellationToken::new();
        apply(plan, self.dir(), &self.arm, options, cancel, Arc::new(())).await
    }

    /// Applies what somebody else wants, with a journal of its own.
    pub(crate) async fn apply_elsewhere(&self, plan: &Plan, options: ApplyOptions) {
        let folder = tempfile::tempdir().unwrap();
        let cancel = CancellationToken::new();
        let done = apply(
            plan,
            folder.path(),
            &self.arm,
            options,
            cancel,
            Arc::new(()),
        );
        assert_eq!(done.await.unwrap().exit(), Exit::Done);
    }

    pub(crate) async fn verify(&self, plan: &Plan) -> VerifyReport {
        let report = verify(plan, self.dir(), &self.arm, Arc::new(())).await;
        report.unwrap()
    }

    pub(crate) async fn rollback(&self, plan: &Plan) -> RollbackSummary {
        let cancel = CancellationToken::new();
        let done = rollback(plan, self.dir(), &self.arm, cancel, Arc::new(())).await;
        done.unwrap()
    }

    pub(crate) fn lose_journal(&self) {
        std::fs::remove_file(self.dir().join("journal.jsonl")).unwrap();
    }
}

pub(crate) fn count(summary: &ApplySummary, outcome: Outcome) -> usize {
    summary.outcomes.get(&outcome).copied().unwrap_or_default()
}

pub(crate) fn id(text: &str) -> StepId {
    StepId::new(text)
}

/// Tells when the n-th event has come.
pub(crate) struct Bell {
    left: Mutex<usize>,
    pub(crate) bell: Notify,
}

impl Listener for Bell {
    fn on(&self, event: &Event) {
        if !matches!(event, Event::StepStarted { .. } | Event::StepDone { .. }) {
            return;
        }
        let mut left = self.left.lock().unwrap();
        *left = left.saturating_sub(1);
        if *left == 0 {
            self.bell.notify_one();
        }
    }
}

impl Bell {
    pub(crate) fn at(moment: usize) -> Arc<Self> {
        Arc::new(Self {
            left: Mutex::new(moment),
            bell: Notify::new(),
        })
    }
}
