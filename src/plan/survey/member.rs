//! What is to be said of single resources that are copied.

use super::Seen;
use super::texts::clear_text;
use crate::address::split_revision;
use crate::catalog;
use crate::plan::codes;
use crate::plan::finding::Finding;

pub(super) fn findings(seen: &Seen<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for resource in seen.members() {
        let path = &resource.path;
        if let Some(vault) = resource.properties.get("keyVault").filter(|v| !v.is_null()) {
            let secret = vault["secretIdentifier"].as_str();
            let message = format!("it reads `{}`", secret.unwrap_or("a vault"));
            found.push(codes::KEY_VAULT.about(path, message));
        }
        if !seen.within()
            && let Some(id) = resource.text("externalId")
        {
            let message = format!("it stands for `{id}`");
            found.push(codes::EXTERNAL_GROUP.about(path, message));
        }
        let current = resource.kind.revisions && split_revision(path.name()).1.is_none();
        if let Some(of) = catalog::api_type(&resource.properties).filter(|_| current)
            && let catalog::Copied::Unproven(code) = of.copied
            && let Some(code) = codes::code(code)
        {
            found.push(code.about(path, format!("the API is of type `{}`", of.name)));
        }
        for place in clear_text::in_properties(resource) {
            found.push(codes::SECRET_IN_CLEAR.about(path, place));
        }
    }
    found
}
