use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::fixtures::inventory;

/// Teams of APIs: each API names its team's backend and key, all log to one
/// logger, and a tag is on some of several teams.
fn service(teams: &[usize]) -> Inventory {
    let mut items: Vec<(String, Value)> = vec![
        (
            "/loggers/all".to_owned(),
            json!({"loggerType": "applicationInsights", "credentials": {"instrumentationKey": "k"}}),
        ),
        ("/tags/few".to_owned(), json!({"displayName": "few"})),
    ];
    for (team, size) in teams.iter().enumerate() {
        items.push((
            format!("/namedValues/key-{team}"),
            json!({"displayName": format!("key-{team}"), "secret": true}),
        ));
        items.push((
            format!("/backends/b{team}"),
            json!({"url": "https://x.example", "protocol": "http"}),
        ));
        for at in 0..*size {
            // Names say nothing about teams, nor does their order.
            let api = format!("/apis/api{at}-{team}");
            items.push((
                api.clone(),
                json!({"displayName": api, "path": api, "protocols": ["https"]}),
            ));
            let text = format!(
                "<policies><inbound><set-backend-service backend-id=\"b{team}\" /><set-header name=\"k\"><value>{{{{key-{team}}}}}</value></set-header></inbound></policies>"
            );
            items.push((
                format!("{api}/policies/policy"),
                json!({"format": "rawxml", "value": text}),
            ));
            items.push((
                format!("{api}/diagnostics/applicationinsights"),
                json!({"loggerId": "/loggers/all"}),
            ));
            if at == 0 {
                items.push((
                    format!("/tags/few/apiLinks/api{at}-{team}"),
                    json!({"apiId": api}),
                ));
            }
        }
    }
    let items: Vec<(&str, Value)> = items.iter().map(|(p, v)| (p.as_str(), v.clone())).collect();
    inventory(&items)
}

fn teams_of(workspace: &Workspace) -> BTreeSet<&str> {
    workspace
        .apis
        .iter()
        .filter_map(|name| name.rsplit('-').next())
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]
    #[test]
    fn teams_are_found_and_a_plan_says_the_same(teams in prop::collection::vec(2usize..7, 2..6)) {
        let found = assess(&service(&teams), Options::default()).unwrap();
        prop_assert_eq!(found.workspaces.len(), teams.len());
        for workspace in &found.workspaces {
            prop_assert_eq!(teams_of(workspace).len(), 1, "{:?}", workspace.apis);
        }
        let fewer = Options { workspaces: Some(2), ..Options::default() };
        let fewer = assess(&service(&teams), fewer).unwrap();
        prop_assert_eq!(fewer.workspaces.len(), 2);
        let all: usize = fewer.workspaces.iter().map(|w| w.apis.len()).sum();
        prop_assert_eq!(all, teams.iter().sum::<usize>());
        let more = Options { workspaces: Some(teams.len() + 1), ..Options::default() };
        let more = assess(&service(&teams), more).unwrap();
        prop_assert_eq!(more.workspaces.len(), teams.len() + 1);
        for workspace in &more.workspaces {
            prop_assert_eq!(teams_of(workspace).len(), 1, "{:?}", workspace.apis);
        }
        for team in 0..teams.len() {
            let team = team.to_string();
            let with = |w: &&Workspace| teams_of(w).contains(team.as_str());
            prop_assert_eq!(fewer.workspaces.iter().filter(with).count(), 1);
        }
    }
}

#[test]
fn what_is_shared_and_what_a_cut_costs_is_told() {
    let found = assess(&service(&[2, 3]), Options::default()).unwrap();
    let of = |name: &str| found.apis.iter().find(|api| api.name == name).unwrap();
    let shares: Vec<String> = (of("api0-1").shares.iter())
        .map(|(path, others)| format!("{path} {others}"))
        .collect();
    assert_eq!(
        shares,
        [
            "/backends/b1 2",
            "/loggers/all 4",
            "/namedValues/key-1 2",
            "/tags/few 1"
        ]
    );
    let cuts: Vec<String> = (found.cuts.iter())
        .map(|cut| format!("{}: {} {}", cut.path, cut.cost, cut.workspaces.len()))
        .collect();
    assert_eq!(
        cuts,
        ["/loggers/all: duplicated 2", "/tags/few: duplicated 2"]
    );
    let by = |by| {
        assess(
            &service(&[2, 3]),
            Options {
                by,
                workspaces: None,
            },
        )
        .unwrap()
    };
    assert_eq!(by(By::Tag).workspaces.len(), 2);
    assert_eq!(by(By::Prefix).workspaces.len(), 3);
    assert_eq!(by(By::Product).workspaces[0].name, "others");
}
