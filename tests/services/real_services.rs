//! Services from public repositories, every dependency in them real.

use crate::common::Sandbox;
use crate::common::migration::Migration;

fn seeds() -> Vec<String> {
    let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/seeds");
    let Ok(entries) = std::fs::read_dir(dir) else {
        println!("skipped: ../shared is absent");
        return Vec::new();
    };
    let mut paths: Vec<String> = entries
        .map(|e| e.unwrap().path().display().to_string())
        .collect();
    paths.sort();
    paths
}

/// All APIs at once, from the built program; single APIs go the same way in one
/// process, in the library's tests.
#[test]
fn real_services_move_as_a_whole() {
    for seed in seeds() {
        let m = Migration::on(Sandbox::start(&["--seed", &seed]), "team");
        let planned = m.plan(&[], &["--all"]);
        let blockers: Vec<String> = match planned.code {
            0 => Vec::new(),
            3 => {
                let plan = m
                    .env
                    .run(&["show", "p", "--format", "json"])
                    .exits(0)
                    .json();
                let findings = plan["findings"].as_array().unwrap().iter();
                findings
                    .filter(|f| f["severity"] == "blocker")
                    .map(|f| (f["code"].as_str().unwrap(), f["resource"].as_str().unwrap()))
                    .map(
                        |(code, resource)| match (code, resource.strip_prefix("/apis/")) {
                            // Too large for a workspace: the service would refuse it.
                            ("workspace-limit", Some(api)) => format!("--exclude={api}"),
                            _ => format!("--allow={code}"),
                        },
                    )
                    .collect()
            }
            _ => panic!("{planned}"),
        };
        let mut more = vec!["--all"];
        more.extend(blockers.iter().map(String::as_str));
        m.plan(&[], &more).exits(0);
        m.apply(&[]).exits(0);
        m.verify().exits(0);
        m.forget_log();
        m.apply(&[]).exits(0);
        assert_eq!(m.count("PUT"), 0);
    }
}
