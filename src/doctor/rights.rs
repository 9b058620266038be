//! Whether the caller may do what is to be done, place by place.

use serde_json::json;
use uuid::Uuid;

use super::Subject;
use super::check::{Check, Verdict};
use crate::arm::RoleReader;
use crate::crawl::rights_at;
use crate::plan::needs::{Doing, in_general};
use crate::rights::{Known, Lack, Needs, Place, Places, Weight, lacks};

/// Asks for the caller's permissions at each place where a right is needed.
pub(super) async fn check(
    subject: &Subject<'_>,
    workspace_is_there: bool,
    principal: Option<Uuid>,
) -> Vec<Check> {
    let places = Places {
        source: subject.source.clone(),
        target: subject.target.clone(),
        workspace: subject.workspace.clone().filter(|_| workspace_is_there),
    };
    let comes = workspace_is_there || subject.makes_workspace();
    let needs = match subject.plan {
        Some(plan) if comes => Doing::all(plan).needs(&places),
        Some(_) => return vec![Check::skipped("rights", "there is no such workspace")],
        None => in_general(&places, comes),
    };
    let reader = RoleReader::new(subject.arm.clone());
    let mut checks = Vec::new();
    for place in places.distinct().filter(|place| needs.count(*place) > 0) {
        let at = places.name(place);
        let unknown = |why: &str| {
            let message = format!("at {at}: {why}");
            Check::new("rights", places.id(place), Verdict::Unknown, message)
        };
        checks.push(match rights_at(&reader, &places, place).await {
            Ok(Some(held)) => judge(&needs, &Known::from([(place, held)]), place, principal),
            Ok(None) => unknown("the service does not tell your permissions"),
            Err(error) => {
                let check = Check::error("rights", places.id(place), &error);
                let message = format!("at {at}: {}", check.message);
                Check {
                    verdict: Verdict::Unknown,
                    message,
                    ..check
                }
            }
        });
    }
    checks
}

fn judge(needs: &Needs, known: &Known, place: Place, principal: Option<Uuid>) -> Check {
    let places = needs.places();
    let missing: Vec<Lack> = lacks(needs, known);
    let (id, at) = (places.id(place), places.name(place));
    if missing.is_empty() {
        let message = format!(
            "at {at}: you have all {} rights that it takes",
            needs.count(place)
        );
        return Check::new("rights", id, Verdict::Ok, message);
    }
    let of = |weight| -> Vec<String> {
        let of_weight = missing.iter().filter(|lack| lack.weight == weight);
        of_weight.map(Lack::in_words).collect()
    };
    let (must, may) = (of(Weight::Must), of(Weight::May));
    let mut parts = Vec::new();
    if !must.is_empty() {
        parts.push(format!("you lack {}", must.join(" and ")));
    }
    if !may.is_empty() {
        parts.push(format!(
            "you lack {}, which may be needed",
            may.join(" and ")
        ));
    }
    let verdict = match must.is_empty() {
        true => Verdict::Warning,
        false => Verdict::Failed,
    };
    let shown: Vec<_> = missing
        .iter()
        .map(|lack| json!(lack.json(places, principal)))
        .collect();
    Check::new(
        "rights",
        id,
        verdict,
        format!("at {at}: {}", parts.join("; ")),
    )
    .help(
        missing
            .iter()
            .filter_map(|lack| lack.command(places, principal)),
    )
    .fact("missing", shown)
}
