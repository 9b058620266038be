//! What the caller may do at a migration's places: one read for each.

use std::time::Duration;

use futures_util::future::join_all;

use crate::arm::{ArmError, RoleReader, RoleScope};
use crate::rights::{Known, Permissions, Place, Places};

/// How long permissions are waited for where nothing depends on them.
const PATIENCE: Duration = Duration::from_secs(30);

/// Reads what the caller may do at one place. `None` where the answer says
/// nothing to rely on.
///
/// # Errors
/// When ARM refuses or can't be reached.
pub async fn rights_at(
    reader: &RoleReader,
    places: &Places,
    place: Place,
) -> Result<Option<Permissions>, ArmError> {
    let service = places.service(place).clone();
    let scope = match (places.settle(place), &places.workspace) {
        (Place::Workspace, Some(name)) => RoleScope::of_workspace(service, name.clone()),
        _ => RoleScope::of_service(service),
    };
    Ok(Permissions::read(&reader.permissions(&scope).await?))
}

/// Reads what the caller may do at each place. What can't be read stays
/// unknown: it is asked for to warn beforehand, and must stand in nobody's way.
pub async fn read_rights(reader: &RoleReader, places: &Places) -> Known {
    let asked = places.distinct().map(|place| async move {
        let asked = rights_at(reader, places, place);
        let found = tokio::time::timeout(PATIENCE, asked).await.ok()?;
        if let Err(error) = &found {
            tracing::debug!(place = places.id(place), %error, "permissions are not known");
        }
        Some((place, found.ok()??))
    });
    join_all(asked).await.into_iter().flatten().collect()
}
