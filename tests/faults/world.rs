//! Where stories begin, and how they end without trouble.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::sync::OnceLock;

use serde_json::{Value, json};

use crate::common::Env;
use crate::common::migration::{CLEAN, Migration, files};

/// What the tokens of the pretended sign-in begin with.
pub(super) const TOKEN: &str = "pretended-token";

/// What an undisturbed run leaves: in the plan folder and in the service.
pub(super) struct Calm {
    pub(super) plan: Vec<(String, String)>,
    pub(super) made: BTreeMap<String, Value>,
    pub(super) minted: usize,
}

pub(super) fn calm() -> &'static Calm {
    static CALM: OnceLock<Calm> = OnceLock::new();
    CALM.get_or_init(|| {
        let m = Migration::contoso(&["--switch", "operation-ms=5", "--switch", "linger-ms=15"]);
        let before = inhabit(&m);
        m.plan(CLEAN, &[]).exits(0);
        let plan = plan_files(&m);
        m.apply(&[]).exits(0);
        m.verify().exits(0);
        let (made, minted) = made(&m, &before);
        Calm { plan, made, minted }
    })
}

/// The files of a plan, but for when it was made.
pub(super) fn plan_files(m: &Migration) -> Vec<(String, String)> {
    let mut plan = files(&m.env.path("p"));
    for (_, text) in &mut plan {
        let kept = text.lines().filter(|line| !line.starts_with("created: "));
        *text = kept.collect::<Vec<_>>().join("\n");
    }
    plan
}

/// Puts things into the workspace that are somebody else's, and returns all
/// that is there.
pub(super) fn inhabit(m: &Migration) -> BTreeMap<String, Value> {
    let things = [
        ("tags/theirs", json!({"displayName": "Theirs"})),
        (
            "namedValues/theirs",
            json!({"displayName": "theirs", "value": "v"}),
        ),
        ("groups/theirs", json!({"displayName": "Theirs"})),
        (
            "apis/theirs",
            json!({"displayName": "Theirs", "path": "theirs", "protocols": ["https"]}),
        ),
        (
            "apis/theirs/operations/get",
            json!({"displayName": "Get", "method": "GET", "urlTemplate": "/"}),
        ),
        (
            "products/theirs",
            json!({"displayName": "Theirs", "subscriptionRequired": true}),
        ),
    ];
    for (path, properties) in things {
        let path = format!(
            "{}/workspaces/{}/{path}?api-version=2024-05-01",
            m.sandbox.service, m.workspace
        );
        let body = json!({"properties": properties});
        // Faults meet this request as well.
        for _ in 0..200 {
            m.sandbox.try_ask("PUT", &path, Some(&body));
            if m.sandbox.try_ask("GET", &path, None) == Some(200) {
                break;
            }
        }
    }
    let before = m.dump();
    assert!(before.contains_key(&format!("/workspaces/{}/products/theirs", m.workspace)));
    m.forget_log();
    before
}

/// What is there and was not before, comparably; and how many names of the
/// service's own making are among it.
pub(super) fn made(
    m: &Migration,
    before: &BTreeMap<String, Value>,
) -> (BTreeMap<String, Value>, usize) {
    let new = |path: &&String| !before.contains_key(*path);
    let all = m.dump().keys().filter(new).count();
    let mut made = m.state();
    made.retain(|path, _| !before.contains_key(path));
    let minted = all - made.len();
    (made, minted)
}

/// An environment that signs in with a pretended `az`, which gives another
/// token each time.
pub(super) fn signed_in(env: Env) -> Env {
    let script = format!(
        "#!/bin/sh\nread id < /proc/sys/kernel/random/uuid\nprintf '{{\"accessToken\":\"{TOKEN}-%s\",\"expires_on\":%s,\"tokenType\":\"Bearer\"}}' \"$id\" 4102444800\n"
    );
    let az = env.write("bin/az", &script);
    std::fs::set_permissions(&az, std::fs::Permissions::from_mode(0o755)).unwrap();
    let bin = az.parent().unwrap().display().to_string();
    env.with("APIM_MIGRATE_TOKEN", "").with("PATH", &bin)
}
