//! What is missing, told by the role that gives it.

use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use super::need::{Need, Needs, Weight};
use super::permission::Known;
use super::place::{Place, Places};
use super::right::Right;
use super::role::{OTHERS, ROLES, Role, Standing};
use crate::shell::is_itself_in_quotes;

/// Rights that are missing at one place, and the role that gives them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lack {
    /// Where.
    pub place: Place,
    /// How much they are needed: as much as the one that is needed most.
    pub weight: Weight,
    /// The least of the known roles that gives them; none where no built-in
    /// role of the table does.
    pub role: Option<&'static Role>,
    /// The rights, sorted.
    pub rights: Vec<Right>,
}

/// A lack as programs read it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LackForm<'l> {
    scope: String,
    role: Option<&'static str>,
    weight: Weight,
    rights: &'l [Right],
    #[serde(skip_serializing_if = "Option::is_none")]
    command: Option<String>,
}

impl Lack {
    /// The command that gives the role. None where there is no such role, and
    /// where a name would be more to a shell than a name: the places may come
    /// from somebody else's plan. `principal` is who lacks it.
    pub fn command(&self, places: &Places, principal: Option<Uuid>) -> Option<String> {
        let (role, scope) = (self.role?.name, places.id(self.place));
        let principal = principal.map_or("OBJECT_ID".to_owned(), |id| id.to_string());
        is_itself_in_quotes(&scope).then(|| {
            format!(
                "az role assignment create --assignee {principal} --role \"{role}\" --scope \"{scope}\""
            )
        })
    }

    /// It in a few words: the role, and what it is for.
    pub fn in_words(&self) -> String {
        const TOLD: usize = 3;
        let told: Vec<String> = (self.rights.iter().take(TOLD))
            .map(|right| format!("`{}`", right.short()))
            .collect();
        let rights = match self.rights.len() {
            n if n > TOLD => format!("{} and {} more", told.join(", "), n - TOLD),
            _ => told.join(", "),
        };
        match self.role {
            Some(role) => format!("`{}` ({rights})", role.name),
            None => format!("a role with {rights}"),
        }
    }

    /// The form for programs.
    pub fn json(&self, places: &Places, principal: Option<Uuid>) -> impl Serialize + '_ {
        LackForm {
            scope: places.id(self.place),
            role: self.role.map(|role| role.name),
            weight: self.weight,
            rights: &self.rights,
            command: self.command(places, principal),
        }
    }
}

/// Sorts what is missing by place and by the roles that give it: those that
/// give most of it, of these the one that is named first in the table. A role
/// that has to be given anyway takes along what is only perhaps needed.
///
/// Every missing right is in one of the results, and in one only.
pub fn lacks(needs: &Needs, known: &Known) -> Vec<Lack> {
    let mut all = Vec::new();
    for place in [Place::Source, Place::Target, Place::Workspace] {
        let missing = needs.missing(known).filter(|need| need.place == place);
        let (must, mut may): (Vec<Need>, Vec<Need>) =
            missing.partition(|need| need.weight == Weight::Must);
        for weight in [Weight::Must, Weight::May] {
            let mut rest = match weight {
                Weight::Must => must.clone(),
                Weight::May => std::mem::take(&mut may),
            };
            while !rest.is_empty() {
                let role = best(place, &rest);
                let given = |need: &Need| role.is_none_or(|role| role.allows(&need.right));
                let (mut taken, left): (Vec<Need>, Vec<Need>) = rest.into_iter().partition(given);
                rest = left;
                if role.is_some() {
                    let (with, left): (Vec<Need>, Vec<Need>) = may.into_iter().partition(given);
                    taken.extend(with);
                    may = left;
                }
                let mut rights: Vec<Right> = taken.into_iter().map(|need| need.right).collect();
                rights.sort();
                all.push(Lack {
                    place,
                    weight,
                    role,
                    rights,
                });
            }
        }
    }
    all
}

/// One right that is missing, for sure needed.
pub(super) fn lack(place: Place, right: Right) -> Lack {
    let need = Need {
        weight: Weight::Must,
        place,
        right,
    };
    Lack {
        place,
        weight: need.weight,
        role: best(place, std::slice::from_ref(&need)),
        rights: vec![need.right],
    }
}

/// The role that gives most of what is missing at a place, if any gives
/// something.
fn best(place: Place, missing: &[Need]) -> Option<&'static Role> {
    let standing = match place {
        Place::Workspace => Standing::Workspace,
        Place::Source | Place::Target => Standing::Service,
    };
    let candidates = ROLES.iter().filter(|role| role.at == standing);
    let mut best: Option<(usize, &'static Role)> = None;
    for role in candidates.chain(OTHERS) {
        let count = missing.iter().filter(|n| role.allows(&n.right)).count();
        if count > best.map_or(0, |(most, _)| most) {
            best = Some((count, role));
        }
    }
    best.map(|(_, role)| role)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::ServiceId;
    use crate::rights::{Permission, Permissions};

    fn places() -> Places {
        let service = ServiceId::new("s", "g", "contoso").unwrap();
        Places {
            source: service.clone(),
            target: service,
            workspace: Some("billing".parse().unwrap()),
        }
    }

    fn held(at_service: &[&str], in_workspace: &[&str]) -> Known {
        let of =
            |actions: &[&str]| Permissions::new([Permission::new(actions.iter().copied(), [])]);
        Known::from([
            (Place::Target, of(at_service)),
            (Place::Workspace, of(in_workspace)),
        ])
    }

    fn told(needs: &Needs, known: &Known) -> Vec<(Place, Weight, Option<&'static str>, usize)> {
        let told = lacks(needs, known).into_iter();
        told.map(|l| (l.place, l.weight, l.role.map(|r| r.name), l.rights.len()))
            .collect()
    }

    #[test]
    fn the_least_role_that_gives_all_of_it_is_told_with_its_command() {
        let mut needs = Needs::new(&places());
        needs.must(Place::Workspace, Right::of_workspace("apis", "write"));
        needs.must(
            Place::Workspace,
            Right::of_workspace("namedValues", "write"),
        );
        let known = held(&["*/read"], &["*/read"]);
        let lacks = lacks(&needs, &known);
        assert_eq!(lacks.len(), 1);
        assert_eq!(
            lacks[0].in_words(),
            "`API Management Workspace API Developer` (`workspaces/apis/write`, \
             `workspaces/namedValues/write`)"
        );
        assert_eq!(
            lacks[0].command(&places(), Some(Uuid::nil())).unwrap(),
            "az role assignment create --assignee 00000000-0000-0000-0000-000000000000 --role \"API Management Workspace API \
             Developer\" --scope \"/subscriptions/s/resourceGroups/g/providers/\
             Microsoft.ApiManagement/service/contoso/workspaces/billing\""
        );
        // With subscriptions only the contributor gives it all.
        needs.must(
            Place::Workspace,
            Right::of_workspace("subscriptions", "write"),
        );
        let contributor = Some("API Management Workspace Contributor");
        assert_eq!(
            told(&needs, &known),
            [(Place::Workspace, Weight::Must, contributor, 3)]
        );
    }

    #[test]
    fn what_is_perhaps_needed_does_not_make_a_role_greater() {
        let mut needs = Needs::new(&places());
        needs.must(Place::Source, Right::of_service("apis", "read"));
        needs.may(
            Place::Source,
            Right::of_service("tenant/operationResults", "read"),
        );
        needs.may(
            Place::Source,
            Right::of_service("namedValues", "listValue/action"),
        );
        let told = told(&needs, &held(&[], &["*"]));
        let (reader, contributor) = (
            Some("API Management Service Reader Role"),
            Some("API Management Service Contributor"),
        );
        assert_eq!(
            told,
            [
                (Place::Target, Weight::Must, reader, 2),
                (Place::Target, Weight::May, contributor, 1)
            ]
        );
    }

    #[test]
    fn what_no_role_of_the_table_gives_is_told_by_its_name() {
        let mut needs = Needs::new(&places());
        needs.must(Place::Target, Right::new("Contoso.Things/things/write"));
        needs.must(Place::Target, Right::of_service("apis", "read"));
        let lacks = lacks(&needs, &held(&[], &[]));
        assert_eq!(lacks.len(), 2);
        assert_eq!(lacks[1].role, None);
        assert_eq!(
            lacks[1].in_words(),
            "a role with `Contoso.Things/things/write`"
        );
        assert_eq!(lacks[1].command(&places(), None), None);
    }

    #[test]
    fn making_a_workspace_and_giving_roles_takes_two_roles_and_not_the_owners() {
        let places = Places {
            workspace: None,
            ..places()
        };
        let mut needs = Needs::new(&places);
        needs.must(Place::Target, Right::of_service("workspaces", "write"));
        needs.must(Place::Workspace, Right::of_workspace("apis", "write"));
        needs.must(
            Place::Workspace,
            Right::new("Microsoft.Authorization/roleAssignments/write"),
        );
        let roles: Vec<_> = (lacks(&needs, &held(&["*/read"], &[])).iter())
            .map(|l| (l.place, l.role.map(|r| r.name)))
            .collect();
        assert_eq!(
            roles,
            [
                (Place::Target, Some("API Management Service Contributor")),
                (
                    Place::Target,
                    Some("Role Based Access Control Administrator")
                ),
            ]
        );
    }

    #[test]
    fn a_name_that_is_more_to_a_shell_gets_no_command() {
        for name in ["$(reboot)", "`reboot`", "a\" reboot", "%x%", "!x"] {
            let places = Places {
                workspace: Some(name.parse().unwrap()),
                ..places()
            };
            let mut needs = Needs::new(&places);
            needs.must(Place::Workspace, Right::of_workspace("apis", "write"));
            let lacks = lacks(&needs, &held(&[], &[]));
            assert!(lacks[0].role.is_some());
            assert_eq!(lacks[0].command(&places, None), None, "{name}");
        }
    }

    #[test]
    fn unknown_is_not_missing() {
        let mut needs = Needs::new(&places());
        needs.must(Place::Workspace, Right::of_workspace("apis", "write"));
        let mut known = held(&[], &[]);
        known.remove(&Place::Workspace);
        assert_eq!(lacks(&needs, &known), []);
    }
}
