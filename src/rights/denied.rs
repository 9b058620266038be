//! What a refusal of ARM's says that is missing.

use serde::{Serialize, Serializer};
use uuid::Uuid;

use super::lack::{Lack, lack};
use super::place::{Place, Places};
use super::right::Right;
use crate::address::{ServiceId, WorkspaceName};

/// A right that ARM refused a request for, and the role that gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denied {
    right: Right,
    lack: Lack,
    places: Places,
    /// Who lacks it, where ARM says that.
    principal: Option<Uuid>,
}

impl Denied {
    /// Reads ARM's words: "The client 'anna' with object id '…' does not have
    /// authorization to perform action '…' over scope '…' …". `None` where they
    /// say something else, or are of no service.
    pub fn read(said: &str) -> Option<Self> {
        let right = Right::new(quoted(said, "perform action '")?);
        let (service, below) = ServiceId::split(quoted(said, "over scope '")?)?;
        let principal = quoted(said, "with object id '").and_then(|id| id.parse::<Uuid>().ok());
        let mut words = below.split('/').filter(|word| !word.is_empty());
        // At a workspace itself the right is one of the service's.
        let workspace: Option<WorkspaceName> = match (words.next(), words.next(), words.next()) {
            (Some(first), Some(name), Some(_)) if first.eq_ignore_ascii_case("workspaces") => {
                name.parse().ok()
            }
            _ => None,
        };
        let place = match workspace {
            Some(_) => Place::Workspace,
            None => Place::Target,
        };
        Some(Self {
            lack: lack(place, right.clone()),
            right,
            places: Places {
                source: service.clone(),
                target: service,
                workspace,
            },
            principal: principal.filter(|id| !id.is_nil()),
        })
    }

    /// The right.
    pub fn right(&self) -> &Right {
        &self.right
    }

    /// Where a role would have to be assigned, in a few words.
    pub fn place(&self) -> String {
        self.places.name(self.lack.place)
    }

    /// What is missing, in a few words: the role where there is one, and the right.
    pub fn in_words(&self) -> String {
        format!("{} at {}", self.lack.in_words(), self.place())
    }

    /// The command that gives the role.
    pub fn command(&self) -> Option<String> {
        self.lack.command(&self.places, self.principal)
    }
}

impl Serialize for Denied {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (self.lack.json(&self.places, self.principal)).serialize(serializer)
    }
}

/// What stands between some words and the next quotation mark.
fn quoted<'t>(text: &'t str, before: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(before)?;
    let (inner, _) = rest.split_once('\'')?;
    (!inner.is_empty()).then_some(inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERVICE: &str =
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.ApiManagement/service/contoso";

    fn said(right: &str, below: &str) -> String {
        format!(
            "The client 'anna' with object id 'aaaaaaaa-0000-4000-8000-000000000001' does not have \
             authorization to perform action 'Microsoft.ApiManagement/service/{right}' over scope \
             '{SERVICE}{below}' or the scope is invalid. If access was recently granted, please \
             refresh your credentials."
        )
    }

    #[test]
    fn arms_words_name_the_right_the_place_and_the_role() {
        let text = said("workspaces/apis/write", "/workspaces/billing/apis/orders");
        let denied = Denied::read(&text).unwrap();
        assert_eq!(
            denied.in_words(),
            "`API Management Workspace API Developer` (`workspaces/apis/write`) at the workspace \
             `billing`"
        );
        assert_eq!(
            denied.command().unwrap(),
            format!(
                "az role assignment create --assignee aaaaaaaa-0000-4000-8000-000000000001 --role \
                 \"API Management Workspace API Developer\" --scope \
                 \"{SERVICE}/workspaces/billing\""
            )
        );
        let making = Denied::read(&said("workspaces/write", "/workspaces/billing")).unwrap();
        assert_eq!(making.place(), "the service `contoso`");
        let secret = said("namedValues/listValue/action", "/namedValues/key");
        let role = Denied::read(&secret).unwrap().in_words();
        assert!(
            role.contains("API Management Service Contributor"),
            "{role}"
        );
    }

    #[test]
    fn other_words_say_nothing() {
        for text in [
            "",
            "no",
            "perform action '' over scope ''",
            "perform action 'a",
        ] {
            assert_eq!(Denied::read(text), None, "{text}");
        }
        let elsewhere = said("x/read", "").replace(SERVICE, "/subscriptions/s");
        assert_eq!(Denied::read(&elsewhere), None);
    }
}
