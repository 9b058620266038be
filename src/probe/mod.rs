//! Asks a service what nobody outside knows of it, in workspaces that are made
//! for that and removed again, whatever happens.
//!
//! Nothing is written but below those workspaces: what is tried with the names
//! and paths of the service level is tried from there. What is found out are
//! [`Traits`], in which nothing is named.

mod asking;
mod error;
mod keys;
mod names;
mod shape;
mod texts;
mod writes;

use tokio_util::sync::CancellationToken;

use crate::address::{ProbeName, ServiceId};
use crate::arm::{Arm, ArmError, ProbeWorkspace, Reader, RoleReader};
use crate::crawl::rights_at;
use crate::rights::{Place, Places, Right};
use crate::traits::Traits;
use crate::workspace::{Create, Wanted, create};
use asking::Asking;
pub use error::ProbeError;

/// What probe workspaces are called.
const DISPLAY_NAME: &str = "apim-migrate probe";

/// What is asked.
pub struct Subject {
    /// The client.
    pub arm: Arm,
    /// One that hears of a refusal at once.
    pub keen: Arm,
    /// The service.
    pub service: ServiceId,
    /// Its tier, when known.
    pub sku: Option<String>,
    /// The workspaces that are made, written and removed.
    pub workspaces: [ProbeName; 2],
}

/// What came of it.
#[derive(Debug, Clone, Default)]
pub struct Probed {
    /// What was found out.
    pub traits: Traits,
    /// Why something was not, by the name of the trait.
    pub notes: Vec<(&'static str, String)>,
}

/// Finds the workspaces that an earlier probe had no time to remove.
///
/// # Errors
/// When the service refuses or can't be reached.
pub async fn leftovers(reader: &Reader) -> Result<Vec<ProbeName>, ArmError> {
    let all = reader.list("/workspaces", &[]).await?;
    let is_probe =
        |w: &&serde_json::Value| w["properties"]["displayName"].as_str() == Some(DISPLAY_NAME);
    let names = all
        .iter()
        .filter(is_probe)
        .filter_map(|w| w["name"].as_str());
    Ok(names.filter_map(ProbeName::read).collect())
}

impl Subject {
    fn workspace(&self, name: &ProbeName) -> ProbeWorkspace {
        let (arm, keen) = (self.arm.clone(), self.keen.clone());
        let name = (name.clone(), DISPLAY_NAME);
        ProbeWorkspace::new(arm, keen, self.service.clone(), name)
    }

    /// Removes workspaces; goes on where one can't be.
    ///
    /// # Errors
    /// When one stays.
    pub async fn remove(&self, names: &[ProbeName]) -> Result<(), ProbeError> {
        let mut stay = Vec::new();
        let mut why = None;
        for name in names {
            if let Err(error) = self.workspace(name).remove().await {
                stay.push(name.clone());
                why = Some(error);
            }
        }
        match why {
            None => Ok(()),
            Some(source) => Err(ProbeError::Stays {
                workspaces: stay,
                source,
            }),
        }
    }
}

/// Makes the workspaces, asks, and removes them. Once `stop` is cancelled, no
/// further question is asked.
///
/// # Errors
/// When a right is missing, the first workspace can't be made, the service can't be asked, it was
/// stopped, or a workspace stays.
pub async fn probe(subject: &Subject, stop: &CancellationToken) -> Result<Probed, ProbeError> {
    may(subject).await?;
    if stop.is_cancelled() {
        return Err(ProbeError::Stopped);
    }
    let asked = ask(subject, stop).await;
    subject.remove(&subject.workspaces).await?;
    asked
}

/// Sees whether the caller may make workspaces, and remove them again. What
/// Azure doesn't tell stands in nobody's way.
async fn may(subject: &Subject) -> Result<(), ProbeError> {
    let places = Places {
        source: subject.service.clone(),
        target: subject.service.clone(),
        workspace: None,
    };
    let reader = RoleReader::new(subject.arm.clone());
    let Ok(Some(held)) = rights_at(&reader, &places, Place::Target).await else {
        return Ok(());
    };
    let lacks = |verb: &&str| !held.allow(&Right::of_service("workspaces", verb));
    match ["write", "delete"].into_iter().find(lacks) {
        Some(verb) => Err(ProbeError::Right { verb }),
        None => Ok(()),
    }
}

async fn ask(subject: &Subject, stop: &CancellationToken) -> Result<Probed, ProbeError> {
    let [one, other] = subject.workspaces.each_ref().map(|n| subject.workspace(n));
    make(subject, &one).await?;
    let mut notes = Vec::new();
    let other = match make(subject, &other).await {
        Ok(()) => Some(other),
        Err(error) => {
            notes.push(("namesOfWorkspaces", error.room()?));
            None
        }
    };
    let mut asking = Asking::new(subject, one, other, stop, notes);
    names::ask(&mut asking).await?;
    keys::ask(&mut asking).await?;
    texts::ask(&mut asking).await?;
    writes::ask(&mut asking).await?;
    Ok(asking.probed)
}

async fn make(subject: &Subject, workspace: &ProbeWorkspace) -> Result<(), ProbeError> {
    let wanted = Create {
        workspace: workspace.name().workspace().clone(),
        wanted: Wanted {
            display_name: DISPLAY_NAME.to_owned(),
            description: Some("made by `apim-migrate doctor --probe`, which removes it".to_owned()),
        },
        found: None,
        sku: subject.sku.clone(),
    };
    let made = create(&workspace.maker(), &wanted).await;
    made.map(|_| ()).map_err(|source| ProbeError::Make {
        workspace: workspace.name().clone(),
        source: Box::new(source),
    })
}

#[cfg(test)]
mod tests;
