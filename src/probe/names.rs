//! Are names, display names and paths unique over scopes?
//!
//! First something with a name of its own is made, so that a refusal of the
//! next, which differs from it in one thing, is one of that thing.

use serde_json::Value;

use super::ProbeError;
use super::asking::{Asking, Tried, body, least};
use crate::address::{ResourcePath, split_revision};
use crate::arm::WorkspaceWriter;
use crate::catalog::{Kind, kinds};
use crate::traits::Scope;
use crate::workspace::{Serving, serving};

const PATHS_OF_SERVICE: &str = "apiPathsOfService";
const PATHS_OF_WORKSPACES: &str = "apiPathsOfWorkspaces";

/// How many of a list are looked at for something to compare with.
const LOOKED_AT: &str = "50";

/// What the service level has of a kind.
#[derive(Default)]
struct There {
    name: Option<String>,
    display: Option<String>,
    path: Option<String>,
}

/// What is tried: where it differs from what was taken.
struct Trial<'t> {
    name: &'t str,
    display: &'t str,
    path: &'t str,
}

pub(super) async fn ask(asking: &mut Asking<'_>) -> Result<(), ProbeError> {
    for kind in kinds().iter().filter(|kind| kind.trial.is_some()) {
        of_kind(asking, kind).await?;
    }
    Ok(())
}

async fn of_kind(asking: &mut Asking<'_>, kind: &'static Kind) -> Result<(), ProbeError> {
    let writer = asking.one.writer();
    let name = asking.fresh();
    let made = Trial {
        name: &name,
        display: &name,
        path: &name,
    };
    if let Some(why) = tries(asking, &writer, kind, &made).await?.1 {
        asking.note(
            "namesOfService",
            format!("a new one of {}: {why}", kind.plural),
        );
        return Ok(());
    }
    if kind.revisions {
        asking.api = ResourcePath::top(kind.collection(), &name).ok();
    }
    let there = there(asking, kind).await?;
    let traits = ["namesOfService", "displayNamesOfService", PATHS_OF_SERVICE];
    let answers = compare(asking, &writer, kind, &there, traits).await?;
    let known = &mut asking.probed.traits;
    known.names_of_service.note(kind, answers[0]);
    if kind.display.is_some() {
        known.display_names_of_service.note(kind, answers[1]);
    }
    if kind.revisions {
        known.api_paths_of_service = answers[2];
    }
    let Some(writer) = asking.other.as_ref().map(|other| other.writer()) else {
        return Ok(());
    };
    let there = There {
        name: Some(name.clone()),
        display: kind.display.map(|_| name.clone()),
        path: kind.revisions.then(|| name.clone()),
    };
    let traits = [
        "namesOfWorkspaces",
        "displayNamesOfWorkspaces",
        PATHS_OF_WORKSPACES,
    ];
    let answers = compare(asking, &writer, kind, &there, traits).await?;
    let known = &mut asking.probed.traits;
    known.names_of_workspaces.note(kind, answers[0]);
    if kind.display.is_some() {
        known.display_names_of_workspaces.note(kind, answers[1]);
    }
    if kind.revisions {
        known.api_paths_of_workspaces = answers[2];
    }
    Ok(())
}

/// Tries each of what another scope has, with all else new.
async fn compare(
    asking: &mut Asking<'_>,
    writer: &WorkspaceWriter,
    kind: &'static Kind,
    there: &There,
    traits: [&'static str; 3],
) -> Result<[Scope; 3], ProbeError> {
    let mut answers = [Scope::Unknown; 3];
    let theirs = [&there.name, &there.display, &there.path];
    let asked = [true, kind.display.is_some(), kind.revisions];
    for at in (0..3).filter(|at| asked[*at]) {
        let Some(theirs) = theirs[at] else {
            asking.note(traits[at], format!("no {} to compare with", kind.plural));
            continue;
        };
        let fresh = asking.fresh();
        let of = |which| if which == at { theirs } else { &fresh };
        let trial = Trial {
            name: of(0),
            display: of(1),
            path: of(2),
        };
        let (answer, why) = tries(asking, writer, kind, &trial).await?;
        if answer == Scope::Unknown {
            asking.note(
                traits[at],
                format!("{}: {}", kind.plural, why.unwrap_or_default()),
            );
        }
        answers[at] = answer;
    }
    Ok(answers)
}

/// Tries one. Where it is not taken, also why.
async fn tries(
    asking: &Asking<'_>,
    writer: &WorkspaceWriter,
    kind: &Kind,
    trial: &Trial<'_>,
) -> Result<(Scope, Option<String>), ProbeError> {
    let Ok(at) = ResourcePath::top(kind.collection(), trial.name) else {
        return Ok((Scope::Unknown, Some("its name can't be used".to_owned())));
    };
    let body = body(least(kind, trial.display, trial.path));
    Ok(match asking.tries(writer, &at, &body).await? {
        Tried::Accepted => (Scope::Free, None),
        Tried::Refused(why) => (Scope::Taken, Some(why)),
        Tried::Absent(why) | Tried::Unclear(why) => (Scope::Unknown, Some(why)),
    })
}

/// Looks for something of a kind at service level.
async fn there(asking: &mut Asking<'_>, kind: &'static Kind) -> Result<There, ProbeError> {
    asking.go_on()?;
    let list = format!("/{}", kind.collection());
    let items = match asking.reader.get(&list, &[("$top", LOOKED_AT)]).await {
        Ok(Some(found)) => match found.body["value"].clone() {
            Value::Array(items) => items,
            _ => Vec::new(),
        },
        Ok(None) => Vec::new(),
        // A tier may have none of them, or the caller no right to see them.
        Err(error) => {
            if let Some(why) = Tried::of::<()>(Err(error))?.why() {
                asking.note("namesOfService", format!("{}: {why}", kind.plural));
            }
            Vec::new()
        }
    };
    let mut there = There::default();
    for item in &items {
        let (Some(name), Some(properties)) =
            (item["name"].as_str(), item["properties"].as_object())
        else {
            continue;
        };
        let built_in = kind.built_in.is_some_and(|is| is(name, properties));
        if built_in || split_revision(name).1.is_some() {
            continue;
        }
        let text = |property: &str| {
            let text = properties.get(property).and_then(Value::as_str);
            text.filter(|t| !t.is_empty()).map(str::to_owned)
        };
        there.name.get_or_insert_with(|| name.to_owned());
        if there.display.is_none() {
            there.display = kind.display.and_then(|rule| text(rule.property));
        }
        if there.path.is_none() && kind.revisions {
            there.path = text("path");
        }
    }
    if there.path.is_some() && !is_out_of_the_way(asking).await {
        asking.note(
            PATHS_OF_SERVICE,
            "not tried: the service's gateway may serve the workspace, and a second API of one \
             path could answer in place of the first",
        );
        there.path = None;
    }
    Ok(there)
}

/// Whether nothing serves the workspace: what stands there meets no call.
async fn is_out_of_the_way(asking: &Asking<'_>) -> bool {
    let workspace = asking.one.name().workspace();
    let sku = asking.subject.sku.as_deref();
    let served = serving(&asking.reader, workspace, sku).await;
    matches!(served, Ok(Serving::Nothing))
}
