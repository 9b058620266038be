//! Whether what the program said is so.

use std::collections::BTreeSet;

use serde_json::Value;

use super::act::OnConflict;
use super::kept;
use super::model::{Meanwhile, Model, State, Whose, ensure};
use super::wanted::{Wanted, api_of, place, standing};
use crate::faults::process::Ended;

/// What was known before a run.
pub(crate) struct Before {
    must: BTreeSet<String>,
    may: BTreeSet<String>,
    drifts: (bool, bool),
    done: bool,
    on_conflict: OnConflict,
    blocked: bool,
    state: State,
    /// What the journal had as done, perhaps, and is not there.
    gone: BTreeSet<String>,
    /// What is ours.
    pub(crate) ours: Vec<String>,
    /// APIs of which another revision is current.
    turned: BTreeSet<String>,
    /// What others have a part in, at most.
    crowded: BTreeSet<String>,
}

impl Before {
    pub(crate) fn of(model: &Model, on_conflict: OnConflict, blocked: bool) -> Self {
        let (must, may) = model.conflicts();
        let gone = model.plan.iter().filter(|step| {
            let done = model.done.contains_key(&step.target);
            step.creates() && done && model.found(step).is_none()
        });
        Self {
            drifts: model.drifts(),
            done: model.is_done(),
            on_conflict,
            blocked,
            state: model.state.clone(),
            gone: gone.map(|step| step.target.clone()).collect(),
            ours: model.paths(&[Whose::Ours]),
            turned: model.turned(),
            crowded: kept::of(model),
            must,
            may,
        }
    }

    pub(crate) fn is_done(&self) -> bool {
        self.done
    }
}

/// The one document on standard output.
pub(crate) fn report(ended: &Ended) -> Result<Value, String> {
    serde_json::from_str(&ended.output.stdout)
        .map_err(|e| format!("no JSON: {e}\n{}", ended.output))
}

fn ids(report: &Value, name: &str) -> BTreeSet<String> {
    let all = report[name].as_array().into_iter().flatten();
    let id = |v: &Value| v.as_str().or(v["step"].as_str()).map(str::to_owned);
    all.filter_map(id).collect()
}

fn targets(report: &Value, name: &str) -> BTreeSet<String> {
    let all = report[name].as_array().into_iter().flatten();
    let target = |v: &Value| v.as_str().or(v["target"].as_str()).map(str::to_lowercase);
    let below = |t: String| Some(format!("/{}", t.splitn(4, '/').nth(3)?));
    all.filter_map(target).filter_map(below).collect()
}

fn targets_of(model: &Model, ids: &BTreeSet<String>) -> BTreeSet<String> {
    let steps = model.plan.iter().filter(|step| ids.contains(&step.id));
    steps.map(|step| step.target.clone()).collect()
}

/// What was sent is what the dry run right before said, and it ended as that said.
pub(crate) fn as_foretold(
    foretold: &Ended,
    log: &[(String, String)],
    ended: &Ended,
) -> Result<(), String> {
    let refused = |ended: &Ended| ended.code == Some(6);
    ensure!(
        refused(foretold) == refused(ended),
        "it was foretold otherwise"
    );
    if ended.code != Some(0) {
        return Ok(());
    }
    let report = report(foretold)?;
    let requests = report["requests"].as_array().into_iter().flatten();
    let puts = requests.filter(|r| r["method"] == "PUT");
    let path = |r: &Value| r["path"].as_str().unwrap_or_default().to_lowercase();
    let (perhaps, sure): (Vec<&Value>, Vec<&Value>) = puts.partition(|r| r["does"] == "reuse");
    let perhaps: BTreeSet<String> = perhaps.into_iter().map(path).collect();
    let sure: BTreeSet<String> = sure.into_iter().map(path).collect();
    let puts = log.iter().filter(|(method, _)| method == "PUT");
    let foretold: BTreeSet<String> = sure.union(&perhaps).cloned().collect();
    // One step sends an API, the number of its revision, and that it is current.
    let of_step = |path: String| {
        let end = path.find(";rev=").or(path.find("/releases/apim-migrate-"));
        let api = end.map(|end| path[..end].to_owned());
        api.filter(|_| !foretold.contains(&path)).unwrap_or(path)
    };
    let sent: BTreeSet<String> = puts.map(|(_, path)| of_step(path.to_lowercase())).collect();
    ensure!(
        sure.is_subset(&sent),
        "foretold and not sent: {:?}",
        sure.difference(&sent).collect::<Vec<_>>()
    );
    ensure!(
        sent.is_subset(&foretold),
        "sent and not foretold: {:?}",
        sent.difference(&foretold).collect::<Vec<_>>()
    );
    Ok(())
}

/// What `apply` said of itself.
pub(crate) fn applied(
    before: &Before,
    model: &Model,
    ended: &Ended,
    writes: usize,
    quiet: bool,
    meanwhile: Option<&Meanwhile>,
) -> Result<(), String> {
    let Some(code) = ended.code else {
        return Ok(());
    };
    let report = report(ended)?;
    let stops = before.on_conflict == OnConflict::Fail;
    if before.blocked {
        ensure!(code == 3 && writes == 0, "a blocked plan, and exit {code}");
        return Ok(());
    }
    if stops && !before.must.is_empty() {
        ensure!(
            code == 6 && writes == 0,
            "exit {code} after {writes} writes, and in the way is {:?}",
            before.must
        );
        return Ok(());
    }
    if stops && code == 6 && writes == 0 && report.get("error").is_some() {
        let (must, may) = match report["error"]["drift"].is_array() {
            true => before.drifts,
            false => (false, !before.may.is_empty()),
        };
        let turned = !before.turned.is_empty();
        ensure!(must || may || turned, "refused, and nothing is in the way");
        return Ok(());
    }
    if quiet {
        let (must, may) = before.drifts;
        match code {
            0 => ensure!(!must, "done, and the source has changed"),
            6 if !before.turned.is_empty() => {}
            6 => ensure!(must || may, "refused, and nothing has changed"),
            _ => return Err(format!("exit {code}, and nothing was in the way")),
        }
    }
    ensure!(
        !before.done || !quiet || writes == 0 || report.get("pruned").is_some(),
        "{writes} writes of what was done"
    );
    if code != 0 {
        ensure!(
            ["failed", "blocked", "remaining"]
                .iter()
                .any(|n| !ids(&report, n).is_empty())
                || report.get("error").is_some()
                || report["cancelled"] == true,
            "exit {code}, and nothing is open"
        );
        return Ok(());
    }
    let left = targets_of(model, &ids(&report, "leftAsIs"));
    if quiet && before.on_conflict == OnConflict::Skip {
        ensure!(
            before.must.is_subset(&left),
            "in the way was {:?}, and left as is {left:?}",
            before.must
        );
    }
    let again = targets_of(model, &ids(&report, "again"));
    for path in &again {
        ensure!(
            !quiet || (before.gone.contains(path) && model.state.contains_key(path)),
            "{path} was not made again"
        );
    }
    let overtaken = targets_of(model, &ids(&report, "overtaken"));
    let replaced = meanwhile.filter(|m| m.replaced && !m.over_ours);
    match replaced {
        Some(m) if before.on_conflict == OnConflict::Fail => ensure!(
            overtaken.contains(&m.path),
            "{} was replaced, and nothing is said of it",
            m.path
        ),
        // Which of the two came first is not to be seen.
        None if meanwhile.is_some_and(|m| m.same) => {}
        None => ensure!(
            overtaken.is_empty(),
            "nobody was there before {overtaken:?}"
        ),
        Some(_) => {}
    }
    complete(before, model, quiet)
}

/// All that the plan wants is there, but for what others have in its place, and
/// what they deleted and nothing needed.
fn complete(before: &Before, model: &Model, quiet: bool) -> Result<(), String> {
    let turned = |path: &str| {
        let api = api_of(path).filter(|_| !path.contains(";rev="));
        api.is_some_and(|api| before.turned.contains(api))
    };
    for step in model.plan.iter().filter(|step| step.creates()) {
        if turned(&step.target) {
            continue;
        }
        let at = place(&model.state, step).map(|(at, _)| at);
        let whose = model.whose.get(at.unwrap_or(&step.target));
        match model.found(step) {
            Some(found) if step.is(found) => {
                let stale = step
                    .upload
                    .as_ref()
                    .is_some_and(|data| *data != found["data"]);
                ensure!(
                    !stale || !quiet || whose != Some(&Whose::Ours),
                    "{} was renewed, and not sent",
                    step.target
                );
            }
            Some(_)
                if matches!(
                    whose,
                    Some(Whose::Changed | Whose::Theirs | Whose::Forgotten)
                ) => {}
            Some(found) => {
                let (at, wanted) = (&step.target, &step.properties);
                return Err(format!("{at} is {found}, and not {wanted}"));
            }
            None => {
                let deleted = before.gone.contains(&step.target) || !quiet;
                ensure!(deleted, "{} is missing", step.target);
                ensure!(
                    !quiet || !needs_made(before, model, step),
                    "{} is missing, and what it stands on was made again",
                    step.target
                );
            }
        }
    }
    Ok(())
}

/// Whether what a step needs was made in a run.
fn needs_made(before: &Before, model: &Model, step: &Wanted) -> bool {
    let needs = model
        .plan
        .iter()
        .filter(|need| step.after.contains(&need.id));
    needs
        .filter(|need| need.creates())
        .any(|need| standing(&before.state, need).is_none() && model.found(need).is_some())
}

/// What `apply --prune` said of what left the plan.
pub(crate) fn pruned(model: &Model, report: &Value, prune: bool) -> Result<(), String> {
    ensure!(
        prune == report.get("pruned").is_some(),
        "pruned or not, the report says otherwise"
    );
    if !prune {
        return Ok(());
    }
    let kept = targets(&report["pruned"], "kept");
    for path in model.paths(&[Whose::Ours]) {
        ensure!(
            model.step(&path).is_some() || kept.contains(&path),
            "{path} left the plan and is still there, and nothing is said"
        );
    }
    Ok(())
}

/// What `rollback` said of itself.
pub(crate) fn rolled_back(
    before: &Before,
    model: &Model,
    ended: &Ended,
    quiet: bool,
) -> Result<(), String> {
    let Some(code) = ended.code else {
        return Ok(());
    };
    let report = report(ended)?;
    if quiet {
        ensure!(code == 0, "exit {code}, and nothing was in the way");
    }
    if code != 0 {
        ensure!(
            ["failed", "remaining"]
                .iter()
                .any(|n| !ids(&report, n).is_empty())
                || report.get("error").is_some(),
            "exit {code}, and nothing is open"
        );
        return Ok(());
    }
    let kept = targets(&report, "kept");
    for path in model.paths(&[Whose::Ours, Whose::Changed]) {
        ensure!(
            kept.contains(&path),
            "{path} is ours and is still there, and nothing is said"
        );
    }
    if quiet && !model.lost {
        let spare = |path: &&String| !before.crowded.contains(*path);
        // What is not ours is said to be kept as well, by the name of its step.
        let ours = kept.iter().filter(|path| before.ours.contains(path));
        let needless: Vec<_> = ours.filter(spare).collect();
        ensure!(needless.is_empty(), "kept for nobody's sake: {needless:?}");
        let left = before.ours.iter().filter(spare);
        let left: Vec<_> = left.filter(|p| model.state.contains_key(*p)).collect();
        ensure!(left.is_empty(), "still there: {left:?}");
    }
    Ok(())
}

/// What `status` says of what left the plan.
pub(crate) fn status(model: &Model, report: &Value) -> Result<(), String> {
    let left = targets(report, "left");
    for path in model.paths(&[Whose::Ours, Whose::Changed]) {
        ensure!(
            model.step(&path).is_some() || left.contains(&path),
            "{path} is ours, no step wants it, and nothing is said"
        );
    }
    for path in &left {
        let whose = model.whose.get(path);
        ensure!(
            model.lost || !matches!(whose, Some(Whose::Theirs | Whose::Service)),
            "{path} counts as ours, and is {whose:?}"
        );
    }
    Ok(())
}

/// Whether `verify` agrees.
pub(crate) fn verified(model: &Model, ended: &Ended) -> Result<(), String> {
    let report = report(ended)?;
    let (missing, different) = (targets(&report, "missing"), targets(&report, "different"));
    for step in model.plan.iter().filter(|step| step.creates()) {
        match model.found(step) {
            None => ensure!(missing.contains(&step.target), "{} is missing", step.target),
            Some(found) => ensure!(
                step.is(found) != different.contains(&step.target),
                "{} is {found}",
                step.target
            ),
        }
    }
    let fine = ["missing", "different", "dangling", "untidied", "added"]
        .iter()
        .all(|name| report[*name].as_array().is_some_and(Vec::is_empty));
    let expected = if fine { 0 } else { 5 };
    ensure!(ended.code == Some(expected), "it ended otherwise");
    Ok(())
}
