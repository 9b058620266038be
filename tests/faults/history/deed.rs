//! What somebody else does, as a request.

use serde_json::{Value, json};

use super::act::Deed;
use super::model::{Model, State, Whose};
use super::wanted::Wanted;
use crate::common::migration::Migration;

/// One request of somebody else's.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub method: &'static str,
    /// Below the workspace.
    pub path: String,
    pub properties: Value,
}

impl Request {
    /// Sends it; a refusal is nobody's trouble but theirs.
    pub(crate) fn send(&self, m: &Migration) {
        let (service, workspace) = (&m.sandbox.service, m.workspace);
        let path = format!("{service}/workspaces/{workspace}{}", self.path);
        let path = format!("{path}?api-version=2024-05-01");
        match self.method {
            "DELETE" => m
                .sandbox
                .try_delete(&format!("{path}&deleteRevisions=true")),
            method => {
                let body = json!({"properties": self.properties});
                m.sandbox.try_ask(method, &path, Some(&body))
            }
        };
    }
}

impl Deed {
    /// What it comes to as things are; none when there is nothing to do it to.
    pub(crate) fn request(self, model: &Model, now: &State, m: &Migration) -> Option<Request> {
        let ours = model.paths(&[Whose::Ours, Whose::Changed, Whose::Forgotten]);
        let is_there = |path: &&String| now.contains_key(*path);
        let ours: Vec<&String> = ours.iter().filter(is_there).collect();
        let among = |n: u64, of: &dyn Fn(&str) -> bool| -> Option<String> {
            let fit: Vec<&&String> = ours.iter().filter(|p| of(p)).collect();
            let at = usize::try_from(n).ok()?.checked_rem(fit.len())?;
            Some(fit[at].to_string())
        };
        let put = |path: String, properties: Value| Request {
            method: "PUT",
            path,
            properties,
        };
        match self {
            Deed::Change(n) => {
                let path = among(n, &|p| varied(p, &now[p], "x").is_some())?;
                let properties = varied(&path, &now[&path], &format!("changed-{n}"))?;
                Some(put(path, properties))
            }
            Deed::Delete(n) => Some(Request {
                method: "DELETE",
                path: among(n, &|p| !p.contains("links/"))?,
                properties: Value::Null,
            }),
            Deed::Squat(n) => {
                let step = free(model, now, n)?;
                let found = varied(&step.target, &step.properties, &format!("squat-{n}"))?;
                Some(put(step.target.clone(), found))
            }
            Deed::Forestall(n) => {
                // What stands again, just as it was, where a rollback was killed
                // right after its DELETE, counts as not deleted yet: only its
                // ETag could tell, and that moves with what is below it.
                let step = free(model, now, n).filter(|s| !model.deleting.contains(&s.target))?;
                Some(put(step.target.clone(), step.properties.clone()))
            }
            Deed::Below(n) => {
                let api = among(n, &is_api)?;
                let theirs =
                    json!({"displayName": "Theirs", "method": "GET", "urlTemplate": "/theirs"});
                Some(put(format!("{api}/operations/theirs"), theirs))
            }
            Deed::Subscribe(n) => {
                let to = among(n, &|p| is_api(p) || collection(p) == "products")?;
                let (service, workspace) = (&m.sandbox.service, m.workspace);
                let scope = format!("{service}/workspaces/{workspace}{to}");
                let theirs = json!({"displayName": format!("Theirs {n}"), "scope": scope, "state": "active"});
                Some(put(format!("/subscriptions/theirs-{n}"), theirs))
            }
            Deed::Own(n) => {
                let theirs = json!({"displayName": format!("Theirs {n}")});
                Some(put(format!("/tags/theirs-{n}"), theirs))
            }
        }
    }
}

/// A place of the plan where nothing stands, and where anybody can put
/// something.
fn free<'m>(model: &'m Model, now: &State, n: u64) -> Option<&'m Wanted> {
    let fit: Vec<&Wanted> = (model.plan.iter())
        .filter(|step| step.creates() && !now.contains_key(&step.target))
        .filter(|step| step.properties["apiVersionSetId"].is_null())
        .filter(|step| {
            let kinds = [
                "/tags",
                "/apis",
                "/products",
                "/apiversionsets",
                "/namedvalues",
            ];
            kinds.contains(&&step.target[..step.target.rfind('/').unwrap_or(0)])
                && step.properties["secret"] != true
        })
        .collect();
    let at = usize::try_from(n).ok()?.checked_rem(fit.len())?;
    Some(fit[at])
}

fn is_api(path: &str) -> bool {
    collection(path) == "apis"
}

fn collection(path: &str) -> &str {
    path.rsplit('/').nth(1).unwrap_or_default()
}

/// The same with another word in something that the plan sends; none for what
/// has no such thing.
pub(crate) fn varied(path: &str, properties: &Value, word: &str) -> Option<Value> {
    let mut varied = properties.clone();
    let into = |text: &Value, after: &str| -> Option<Value> {
        let text = text.as_str()?;
        let at = text.find(after)? + after.len();
        Some(json!(format!(
            "{}<!-- {word} -->{}",
            &text[..at],
            &text[at..]
        )))
    };
    match collection(path) {
        "namedvalues" if properties["secret"] == true => return None,
        "namedvalues" => varied["value"] = json!(word),
        "policies" => varied["value"] = into(&properties["value"], "<inbound>")?,
        "policyfragments" => varied["value"] = into(&properties["value"], "<fragment>")?,
        "apis" => varied["subscriptionKeyParameterNames"]["header"] = json!(word),
        "operations" | "products" | "tags" | "subscriptions" | "apiversionsets" => {
            varied["displayName"] = json!(word);
        }
        _ => return None,
    }
    Some(varied)
}
