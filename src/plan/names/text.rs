//! Templates, and texts that fit where a name goes.

use sha2::{Digest, Sha256};

use super::NameError;

/// Hex digits of the hash that keeps names apart.
const HASH: usize = 8;

/// Refuses a template that names another variable than the workspace and its
/// own.
pub(super) fn check_template(template: &str, own: &'static str) -> Result<(), NameError> {
    let mut rest = template;
    while let Some(start) = rest.find('{') {
        let end = rest[start..].find('}').map_or(rest.len(), |e| start + e);
        let variable = &rest[start + 1..end];
        if variable != own && variable != "workspace" {
            return Err(NameError::UnknownVariable {
                template: template.to_owned(),
                variable: variable.to_owned(),
                of: own,
            });
        }
        rest = rest.get(end + 1..).unwrap_or_default();
    }
    Ok(())
}

pub(super) fn fill(template: &str, variable: &str, value: &str, workspace: &str) -> String {
    template
        .replace(&format!("{{{variable}}}"), value)
        .replace("{workspace}", workspace)
}

/// Whether a name is another one, or that with a number that makes it free.
pub(super) fn dodges(name: &str, base: &str) -> bool {
    name.strip_prefix(base).is_some_and(|rest| {
        let number = rest.strip_prefix('-').unwrap_or_default();
        rest.is_empty() || (!number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
    })
}

/// Keeps letters, digits, `-` and `_`; anything else becomes a dash.
pub(super) fn word(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            c if c.is_ascii_alphanumeric() || matches!(c, '-' | '_') => c,
            _ => '-',
        })
        .collect()
}

/// What names say of a workspace. Two workspaces that differ only in what a
/// name can't hold stay apart.
pub(super) fn slug(workspace: &str) -> String {
    let plain = word(workspace);
    match plain == workspace {
        true => plain,
        false => format!("{}-{}", plain.trim_end_matches('-'), hash_of(workspace)),
    }
}

/// Cuts an over-long name and closes it with a hash of the whole, so that two
/// long names that begin alike stay apart.
pub(super) fn cut(name: &str, limit: usize) -> String {
    if name.chars().count() <= limit {
        return name.to_owned();
    }
    let kept: String = name.chars().take(limit.saturating_sub(HASH + 1)).collect();
    let kept = kept.trim_end_matches(['-', '.', ' ']);
    format!("{kept}-{}", hash_of(name))
}

/// Eight digits that tell names apart, without regard to case.
pub(super) fn hash_of(name: &str) -> String {
    let digest = Sha256::digest(name.to_lowercase().as_bytes());
    digest
        .iter()
        .take(HASH / 2)
        .map(|b| format!("{b:02x}"))
        .collect()
}
