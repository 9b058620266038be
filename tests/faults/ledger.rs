//! What must hold whatever goes wrong, checked against the service's own log
//! and store, never against the program's word.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::common::migration::Migration;

/// A request as the service saw it.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub seq: u64,
    pub answered: u64,
    pub method: String,
    /// The path, in lower case.
    pub path: String,
    pub status: u64,
    pub done: u64,
    pub fault: Option<String>,
}

impl Request {
    fn of(line: &Value) -> Self {
        let number = |name: &str| line[name].as_u64().unwrap_or_default();
        let text = |name: &str| line[name].as_str().unwrap_or_default();
        Self {
            seq: number("seq"),
            answered: number("answered"),
            method: text("method").to_owned(),
            path: text("path").to_lowercase(),
            status: number("status"),
            done: number("done"),
            fault: line["fault"].as_str().map(str::to_owned),
        }
    }

    /// Whether it changed something at the service.
    fn was_carried_out(&self) -> bool {
        (200..300).contains(&self.done) && self.fault.as_deref() != Some("operation-failed")
    }

    /// Whether its caller was told so, in full.
    fn was_confirmed(&self) -> bool {
        self.was_carried_out() && self.fault.as_deref().is_none_or(|fault| fault == "slow")
    }
}

/// The service's log.
pub(crate) fn log(m: &Migration) -> Vec<Request> {
    let (_, log) = m.sandbox.ask("GET", "/_sandbox/log", None);
    let lines = log.as_array().map(Vec::as_slice).unwrap_or_default();
    lines.iter().map(Request::of).collect()
}

/// A step of the plan, as far as the log can show it.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub id: String,
    /// Where the copy stands: the whole path, in lower case.
    pub target: String,
    pub after: Vec<String>,
    pub creates: bool,
}

/// The steps of the plan `p`.
pub(crate) fn steps(m: &Migration) -> Vec<Step> {
    let plan = m
        .env
        .run(&["show", "p", "--output", "json"])
        .exits(0)
        .json();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let steps = plan["steps"].as_array().unwrap().iter();
    steps
        .map(|step| Step {
            id: text(&step["id"]),
            target: format!("{}{}", m.sandbox.service, text(&step["target"])).to_lowercase(),
            after: step["after"].as_array().unwrap().iter().map(text).collect(),
            creates: step["action"] == "create",
        })
        .collect()
}

/// The steps whose outcome the journal has.
pub(crate) fn journalled(m: &Migration) -> BTreeSet<String> {
    let text = std::fs::read_to_string(m.env.path("p/journal.jsonl")).unwrap_or_default();
    let lines = text
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    lines
        .filter(|line| line["event"] == "step-done")
        .filter_map(|line| line["step"].as_str().map(str::to_owned))
        .collect()
}

/// One run of the program, on the service's log.
pub(crate) struct Run {
    /// The last entry that was there when it began, and when it was over.
    pub from: u64,
    pub to: u64,
    /// The steps that the journal had as done when it began.
    pub done: BTreeSet<String>,
    /// Whether it was killed, so that answers reached it that it never read.
    pub killed: bool,
}

/// Nothing outside of the workspace is written.
pub(crate) fn writes_stay_inside(log: &[Request], workspace: &str) -> Result<(), String> {
    let prefix = format!("{}/", workspace.to_lowercase());
    let outside = log.iter().find(|r| {
        let reads = matches!(r.method.as_str(), "GET" | "HEAD")
            || (r.method == "POST"
                && (r.path.ends_with("/listvalue") || r.path.ends_with("/listsecrets")));
        !reads && !r.path.starts_with(&prefix)
    });
    match outside {
        Some(request) => Err(format!("outside of the workspace: {request:?}")),
        None => Ok(()),
    }
}

/// No PUT is repeated once its outcome is known: by an answer that came, or by
/// the journal. Returns how many were.
pub(crate) fn repeated(log: &[Request], steps: &[Step], runs: &[Run]) -> Vec<String> {
    let ids: BTreeMap<&str, &str> = steps
        .iter()
        .filter(|step| step.creates)
        .map(|step| (step.target.as_str(), step.id.as_str()))
        .collect();
    let mut repeated = Vec::new();
    for run in runs {
        let mut confirmed: BTreeMap<&str, u64> = BTreeMap::new();
        let within = log.iter().filter(|r| r.seq > run.from && r.seq <= run.to);
        for put in within.filter(|r| r.method == "PUT") {
            let known = ids
                .get(put.path.as_str())
                .is_some_and(|id| run.done.contains(*id));
            let told = confirmed
                .get(put.path.as_str())
                .is_some_and(|at| *at < put.seq);
            if known || (told && !run.killed) {
                let how = if known { "the journal" } else { "an answer" };
                repeated.push(format!("{} was known from {how}: {put:?}", put.path));
            }
            if put.was_confirmed() {
                confirmed.insert(&put.path, put.answered);
            }
        }
    }
    repeated
}

/// No step is sent before what it needs is there.
pub(crate) fn needs_come_first(log: &[Request], steps: &[Step]) -> Result<(), String> {
    let by_id: BTreeMap<&str, &Step> = steps.iter().map(|s| (s.id.as_str(), s)).collect();
    // A new API is made under the name of its current revision.
    let place = |path: &'_ str| -> usize {
        let planned = steps.iter().any(|s| s.target == path);
        let end = path.find(";rev=").filter(|_| !planned);
        end.filter(|end| !path[*end..].contains('/'))
            .unwrap_or(path.len())
    };
    let mut made: BTreeMap<&str, u64> = BTreeMap::new();
    for put in log
        .iter()
        .filter(|r| r.method == "PUT" && r.was_carried_out())
    {
        made.entry(&put.path[..place(&put.path)])
            .or_insert(put.answered);
    }
    for step in steps.iter().filter(|step| step.creates) {
        let sent = log
            .iter()
            .find(|r| r.method == "PUT" && r.path == step.target);
        let Some(sent) = sent else { continue };
        for need in step.after.iter().filter_map(|id| by_id.get(id.as_str())) {
            if need.creates
                && made
                    .get(need.target.as_str())
                    .is_none_or(|at| *at > sent.seq)
            {
                return Err(format!(
                    "`{}` was sent as {} before `{}` was there",
                    step.id, sent.seq, need.id
                ));
            }
        }
    }
    Ok(())
}

/// The steps whose copies are not there.
pub(crate) fn lost(steps: &[Step], dump: &BTreeMap<String, Value>, service: &str) -> Vec<String> {
    let service = service.to_lowercase();
    let missing = steps.iter().filter(|step| {
        let path = step.target.strip_prefix(&service).unwrap_or(&step.target);
        step.creates && !dump.contains_key(path)
    });
    missing.map(|step| step.id.clone()).collect()
}

/// Values that must be on no disk: secret named values and keys of the source.
pub(crate) fn secrets(dump: &BTreeMap<String, Value>) -> Vec<String> {
    let mut secrets = vec!["test-token".to_owned(), super::world::TOKEN.to_owned()];
    for (path, properties) in dump {
        let names: &[&str] = match properties["secret"].as_bool() {
            Some(true) if path.contains("namedvalues/") => &["value"],
            _ => &["primaryKey", "secondaryKey"],
        };
        let values = names.iter().filter_map(|name| properties[*name].as_str());
        secrets.extend(values.filter(|v| v.len() >= 8).map(str::to_owned));
    }
    secrets
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(seq: u64, path: &str, done: u64, fault: Option<&str>) -> Request {
        Request {
            seq,
            answered: seq + 1,
            method: "PUT".to_owned(),
            path: path.to_owned(),
            status: done,
            done,
            fault: fault.map(str::to_owned),
        }
    }

    fn step(id: &str, target: &str, after: &[&str]) -> Step {
        Step {
            id: id.to_owned(),
            target: target.to_owned(),
            after: after.iter().map(|&s| s.to_owned()).collect(),
            creates: true,
        }
    }

    fn run(done: &[&str]) -> Run {
        Run {
            from: 0,
            to: 100,
            done: done.iter().map(|&s| s.to_owned()).collect(),
            killed: false,
        }
    }

    #[test]
    fn a_repeated_put_is_found() {
        let steps = [step("a", "/w/a", &[])];
        let once = [
            put(1, "/w/a", 201, Some("reset-after-commit")),
            put(3, "/w/a", 200, None),
        ];
        assert_eq!(repeated(&once, &steps, &[run(&[])]).len(), 0);
        assert_eq!(repeated(&once, &steps, &[run(&["a"])]).len(), 2);
        let twice = [put(1, "/w/a", 201, None), put(3, "/w/a", 200, None)];
        assert_eq!(repeated(&twice, &steps, &[run(&[])]).len(), 1);
    }

    #[test]
    fn a_step_before_its_need_is_found() {
        let steps = [step("a", "/w/a", &[]), step("b", "/w/b", &["a"])];
        let right = [put(1, "/w/a", 201, None), put(3, "/w/b", 201, None)];
        needs_come_first(&right, &steps).unwrap();
        let slow = Request {
            answered: 4,
            ..right[0].clone()
        };
        needs_come_first(&[slow, right[1].clone()], &steps).unwrap_err();
        needs_come_first(&right[1..], &steps).unwrap_err();
        let refused = [put(1, "/w/a", 409, None), put(3, "/w/b", 201, None)];
        needs_come_first(&refused, &steps).unwrap_err();
    }

    #[test]
    fn a_write_outside_is_found() {
        writes_stay_inside(
            &[put(1, "/s/workspaces/w/apis/a", 201, None)],
            "/S/workspaces/W",
        )
        .unwrap();
        writes_stay_inside(
            &[put(1, "/s/workspaces/w2/apis/a", 201, None)],
            "/S/workspaces/W",
        )
        .unwrap_err();
        writes_stay_inside(&[put(1, "/s/apis/a", 201, None)], "/S/workspaces/W").unwrap_err();
    }
}
