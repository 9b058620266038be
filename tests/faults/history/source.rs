//! Plans that are made and edited in a history, and sources that change.

use serde_json::{Value, json};

use super::act::Act;
use super::deed::varied;
use super::model::{Model, Verb, Whose, ensure};
use super::told::{Batch, Tale};
use super::wanted::Wanted;
use super::words;
use crate::common::Output;
use crate::common::migration::files;
use crate::faults::process::Ended;

const APIS: [&str; 3] = ["a", "b", "c"];

impl Tale<'_> {
    /// Plans these APIs where the program puts them by itself: where one of them
    /// was planned before, or into a folder of their own.
    pub(super) fn batch(&mut self, apis: u8) -> Result<bool, String> {
        let ended = self.planned(apis, &[])?;
        let shares = |at: &usize| self.batches[*at].selected & apis != 0;
        let shared: Vec<usize> = (0..self.batches.len()).filter(shares).collect();
        if ended.code == Some(6) {
            self.at = *shared
                .first()
                .ok_or("refused, and it goes to no folder of before")?;
            return self.refused(apis, &ended.output);
        }
        let folder = words::report(&ended)?["folder"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        let known = self.batches.iter().position(|batch| batch.folder == folder);
        match known {
            Some(at) => {
                ensure!(
                    shared.contains(&at),
                    "{folder} has none of these APIs\n{}",
                    ended.output
                );
                self.at = at;
            }
            None => {
                let next = match self.batches.len() {
                    0 => "plans/w".to_owned(),
                    n => format!("plans/w-{}", n + 1),
                };
                ensure!(
                    shared.is_empty() && folder == next,
                    "{folder}, and not {next}, with {shared:?}\n{}",
                    ended.output
                );
                self.at = self.batches.len();
                let mut model = Model::default();
                model.somebody(self.state());
                self.batches.push(Batch {
                    folder,
                    model,
                    ..Batch::default()
                });
            }
        }
        self.check_plan(apis, false, &ended)?;
        if known.is_some() {
            self.met(Act::Plan(0, false).name());
        }
        Ok(known.is_none())
    }

    /// Plans these APIs into the folder that is worked on.
    pub(super) fn plan(&mut self, apis: u8, force: bool) -> Result<bool, String> {
        let mut args = vec!["-o", "FOLDER"];
        if force {
            args.push("--force");
        }
        let ended = self.planned(apis, &args)?;
        if ended.code == Some(6) && !force {
            return self.refused(apis, &ended.output);
        }
        self.check_plan(apis, force, &ended)?;
        Ok(true)
    }

    fn planned(&mut self, apis: u8, more: &[&str]) -> Result<Ended, String> {
        let mut args = vec!["plan", "-f", "migration.yaml", "--output", "json"];
        for (at, api) in APIS.iter().enumerate() {
            if apis >> at & 1 == 1 {
                args.extend(["--api", api]);
            }
        }
        args.extend(more);
        self.m.forget_log();
        let ended = self.run(&args)?;
        let now = self.state();
        self.took(Verb::Read, now, None)?;
        Ok(ended)
    }

    /// A plan that was refused would have lost something.
    fn refused(&mut self, apis: u8, said: &Output) -> Result<bool, String> {
        let batch = self.now();
        let narrower = batch.selected & !apis != 0;
        let ours = !batch.model.paths(&[Whose::Ours, Whose::Changed]).is_empty();
        // What went with something else, and no journal says so yet.
        let cut_off = !batch.model.deleting.is_empty();
        ensure!(
            narrower && (ours || batch.model.lost || cut_off) || !batch.edits.is_empty(),
            "refused for nothing\n{said}"
        );
        Ok(false)
    }

    /// The plan that was written is as it has to be.
    fn check_plan(&mut self, apis: u8, force: bool, ended: &Ended) -> Result<(), String> {
        let said = &ended.output;
        let batch = self.now();
        match ended.code {
            Some(code @ (0 | 3)) => batch.blocked = code == 3,
            _ => return Err(format!("it ended otherwise\n{said}")),
        }
        let report: Value = serde_json::from_str(&said.stdout).unwrap_or_default();
        let model = &mut batch.model;
        let unchanged = model.drifted.is_empty() && model.grown.is_empty();
        let again = apis == batch.selected && unchanged;
        let strangers = model.paths(&[Whose::Theirs, Whose::Forgotten, Whose::Changed]);
        if again && strangers.is_empty() && !force {
            ensure!(
                report["changes"] == false,
                "the same plan has changes\n{said}"
            );
        }
        batch.selected = apis;
        model.drifted.clear();
        model.grown.clear();
        model.stirred.clear();
        self.read_plan()?;
        let batch = self.now();
        let turned = batch.model.turned();
        ensure!(
            !batch.blocked || !strangers.is_empty() || !turned.is_empty(),
            "blocked by nobody\n{said}"
        );
        let plan = &batch.model.plan;
        (batch.edits).retain(|target| plan.iter().any(|step| step.target == *target));
        self.check_status()
    }

    /// Reads what the folder's plan wants.
    pub(super) fn read_plan(&mut self) -> Result<(), String> {
        let ended = self.run(&["show", "FOLDER", "--output", "json"])?;
        let plan: Value = serde_json::from_str(&ended.output.stdout).unwrap_or_default();
        let prefix = format!("/workspaces/{}/", self.m.workspace);
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let steps = plan["steps"].as_array().into_iter().flatten();
        let folder = self.now().folder.clone();
        let plan: Vec<Wanted> = steps
            .map(|step| {
                let target = text(&step["target"]);
                let below = target.strip_prefix(&prefix).unwrap_or_default();
                let file = self.m.env.path(&format!("{folder}/resources/{below}.json"));
                let body = std::fs::read_to_string(&file).unwrap_or_default();
                let body: Value = serde_json::from_str(&body).unwrap_or_default();
                Wanted {
                    id: text(&step["id"]),
                    target: format!("/{}", below.to_lowercase()),
                    action: text(&step["action"]),
                    source: text(&step["source"]),
                    after: step["after"]
                        .as_array()
                        .into_iter()
                        .flatten()
                        .map(text)
                        .collect(),
                    properties: match &body["properties"] {
                        Value::Null => json!({}),
                        properties => properties.clone(),
                    },
                    document: std::fs::read_to_string(file.with_extension("xml")).ok(),
                    upload: step
                        .get("upload")
                        .filter(|v| !v.is_null())
                        .map(|_| self.pfx.clone()),
                }
            })
            .collect();
        ensure!(!plan.is_empty(), "no plan\n{}", ended.output);
        self.now().model.plan = plan;
        Ok(())
    }

    pub(super) fn edit(&mut self, n: u64) -> Result<bool, String> {
        let of = |step: &&Wanted| {
            let properties = with_document(step);
            step.creates() && varied(&step.target, &properties, "x").is_some()
        };
        let batch = &self.batches[self.at];
        let fit: Vec<&Wanted> = batch.model.plan.iter().filter(of).collect();
        let at = usize::try_from(n).unwrap_or(0).checked_rem(fit.len());
        let Some(step) = at.map(|at| fit[at]) else {
            return Ok(false);
        };
        let edited = varied(&step.target, &with_document(step), &format!("edited-{n}"));
        let edited = edited.unwrap_or_default();
        let all = files(&self.m.env.path(&batch.folder).join("resources"));
        let (target, ending) = (
            step.target.clone(),
            match step.document {
                Some(_) => ".xml",
                None => ".json",
            },
        );
        let name = all.iter().map(|(name, _)| name);
        let file = (name.into_iter())
            .find(|name| format!("/{}", name.to_lowercase()) == format!("{target}{ending}"));
        let Some(file) = file else {
            return Err(format!("the folder has no body of {target}"));
        };
        let text = match step.document {
            Some(_) => edited["value"].as_str().unwrap_or_default().to_owned(),
            None => format!("{:#}\n", json!({"properties": edited})),
        };
        let place = format!("{}/resources/{file}", batch.folder);
        self.m.env.write(&place, &text);
        self.now().edits.insert(target);
        self.read_plan()?;
        Ok(true)
    }

    /// Something changes at the source, or comes, or goes.
    pub(super) fn drift(&mut self, n: u64) -> bool {
        let api = APIS[usize::try_from(n).unwrap_or(0) % 3];
        let id = |api: &str| json!({"apiId": format!("{}/apis/{api}", self.m.sandbox.service)});
        let name = format!("new-{}", self.account.runs);
        let (method, path, properties) = match n {
            0..=2 => (
                "PATCH",
                format!("/apis/{api}"),
                json!({"description": name}),
            ),
            3..=5 => {
                let path = format!("/apis/{api}/operations/{name}");
                let new = json!({"displayName": name, "method": "GET", "urlTemplate": format!("/{name}")});
                ("PUT", path, new)
            }
            6 | 7 => {
                let path = format!("/apis/{}/policies/policy", if n == 6 { "a" } else { "c" });
                let value = format!(
                    "<policies><inbound><base /><!-- {name} --></inbound><backend><base /></backend><outbound><base /></outbound><on-error><base /></on-error></policies>"
                );
                ("PUT", path, json!({"format": "rawxml", "value": value}))
            }
            8 => ("PUT", "/tags/t/apiLinks/b".to_owned(), id("b")),
            9 => ("PUT", "/products/p/apiLinks/c".to_owned(), id("c")),
            11 | 12 => return self.turn_source(),
            _ => ("DELETE", "/products/p/apiLinks/b".to_owned(), Value::Null),
        };
        if !self.at_source(method, &path, &properties) {
            return false;
        }
        for batch in &mut self.batches {
            let model = &mut batch.model;
            match n {
                0..=2 => model.drifted.insert(path.clone()),
                3..=5 => model.grown.insert(format!("/apis/{api}")),
                // What it leads to is no longer what it was.
                8 => model.drifted.insert("/apis/b".to_owned()),
                9 => model.drifted.insert("/apis/c".to_owned()),
                _ => model.drifted.insert(path.clone()),
            };
            let above = [
                "/apis/a",
                "/apis/b",
                "/apis/c",
                "/apis/c;rev=1",
                "/tags/t",
                "/products/p",
            ];
            model.stirred.extend(above.map(str::to_owned));
        }
        true
    }

    /// Makes another revision current at the source: nobody is asked before.
    fn turn_source(&mut self) -> bool {
        let url = format!("{}/apis/c?api-version=2024-05-01", self.m.sandbox.service);
        let (_, api) = self.m.sandbox.ask("GET", &url, None);
        if api["properties"]["apiRevision"] != "2" {
            return false;
        }
        let older = format!("{}/apis/c;rev=1", self.m.sandbox.service);
        // The release would be copied along: deleting it does not switch back.
        let release = "/apis/c/releases/turned";
        let turned = self.at_source("PUT", release, &json!({"apiId": older}))
            && self.at_source("DELETE", release, &Value::Null);
        assert!(turned, "the source took no release");
        for batch in &mut self.batches {
            let model = &mut batch.model;
            model.drifted.insert("/apis/c".to_owned());
            model.grown.insert("/apis/c".to_owned());
            let stirred = (model.plan.iter())
                .map(|step| step.source.clone())
                .filter(|source| source.starts_with("/apis/c"));
            model.stirred.extend(stirred.collect::<Vec<_>>());
        }
        true
    }

    /// Writes to the source; whether something came of it.
    fn at_source(&self, method: &str, path: &str, properties: &Value) -> bool {
        let url = format!("{}{path}?api-version=2024-05-01", self.m.sandbox.service);
        let body = json!({"properties": properties});
        let status = match method {
            "DELETE" => self.m.sandbox.try_delete(&url),
            "PUT"
                if path.contains("Links/")
                    && self.m.sandbox.try_ask("GET", &url, None) == Some(200) =>
            {
                None
            }
            method => self.m.sandbox.try_ask(method, &url, Some(&body)),
        };
        status.is_some_and(|status| status < 300 && status != 204)
    }
}

/// A step's properties, its document among them.
fn with_document(step: &Wanted) -> Value {
    let mut properties = step.properties.clone();
    if let Some(document) = &step.document {
        properties["value"] = json!(document);
    }
    properties
}
