//! What somebody else does, as a request.

use serde_json::{Value, json};

use super::act::Deed;
use super::model::{Model, State, Whose};
use super::wanted::{Wanted, standing};
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
                path: among(n, &|_| true)?,
                properties: Value::Null,
            }),
            Deed::Squat(n) => {
                let step = free(model, now, n)?;
                let found = match is_link(&step.target) {
                    true => elsewhere(step, now)?,
                    false => varied(&step.target, &step.properties, &format!("squat-{n}"))?,
                };
                Some(put(step.target.clone(), found))
            }
            Deed::Forestall(n) => {
                // What stands again, just as it was, where a rollback was killed
                // right after its DELETE, counts as not deleted yet: only its
                // ETag could tell, and that moves with what is below it.
                let open =
                    |at: &String| model.deleting.contains(at) || model.unanswered.contains(at);
                let step = free(model, now, n).filter(|s| !open(&s.target))?;
                // A link is the same by any name.
                let target = match n % 2 == 0 && is_link(&step.target) {
                    true => format!("{}-of-theirs", step.target),
                    false => step.target.clone(),
                };
                Some(put(target, step.properties.clone()))
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
            Deed::Current(n) => {
                let revision = among(n, &|p| is_api(p) && p.contains(";rev="))?;
                let (api, _) = revision.split_once(";rev=")?;
                let release = format!("{api}/releases/theirs-{n}");
                let (service, workspace) = (&m.sandbox.service, m.workspace);
                let id = format!("{service}/workspaces/{workspace}{revision}");
                Some(put(release, json!({"apiId": id, "notes": "theirs"})))
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
    let kinds = ["tags", "apis", "products", "apiversionsets", "namedvalues"];
    let takes = |step: &&Wanted| match is_link(&step.target) {
        true => {
            let owner = step.target.rsplitn(3, '/').nth(2).unwrap_or_default();
            let end = end_of(step).map(|(_, end)| end);
            now.contains_key(owner) && end.is_some_and(|end| now.contains_key(&end))
        }
        false => {
            let top = step.target.split('/').count() == 3 && !step.target.contains(";rev=");
            top && kinds.contains(&collection(&step.target)) && step.properties["secret"] != true
        }
    };
    let fit: Vec<&Wanted> = (model.plan.iter())
        .filter(|step| step.creates() && standing(now, step).is_none())
        .filter(|step| step.properties["apiVersionSetId"].is_null())
        .filter(takes)
        .collect();
    let at = usize::try_from(n).ok()?.checked_rem(fit.len())?;
    Some(fit[at])
}

fn is_link(path: &str) -> bool {
    collection(path).ends_with("links")
}

/// The member of a link that leads to its end, and where that stands.
fn end_of(step: &Wanted) -> Option<(&str, String)> {
    let (member, id) = step.properties.as_object()?.iter().next()?;
    let (_, end) = id.as_str()?.split_once("/workspaces/")?;
    let (_, end) = end.split_once('/')?;
    Some((member, format!("/{}", end.to_lowercase())))
}

/// A link of the same name to something else of the same kind that is there.
fn elsewhere(step: &Wanted, now: &State) -> Option<Value> {
    let (member, end) = end_of(step)?;
    let like = |p: &&String| {
        collection(p) == collection(&end) && p.split('/').count() == 3 && !p.contains(";rev=")
    };
    let other = now.keys().filter(like).find(|path| **path != end)?;
    let id = step.properties[member].as_str()?;
    let id = format!("{}{other}", &id[..id.len() - end.len()]);
    Some(json!({ member: id }))
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
        // While a revision is half made, what differs in it passes for what it
        // took over.
        "apis" if path.contains(";rev=") => return None,
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
