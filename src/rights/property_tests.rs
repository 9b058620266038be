//! Properties of matching, and of what is told to be missing.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::address::ServiceId;

/// The same question asked letter by letter.
fn naive(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (Some((b'*', rest)), _) => {
            naive(rest, text) || text.split_first().is_some_and(|(_, t)| naive(pattern, t))
        }
        (Some((p, rest)), Some((t, left))) => p.eq_ignore_ascii_case(t) && naive(rest, left),
        _ => false,
    }
}

fn permission() -> impl Strategy<Value = Permission> {
    let texts = || vec("[abAB/*]{0,6}", 0..4);
    (texts(), texts()).prop_map(|(actions, not)| {
        Permission::new(
            actions.iter().map(String::as_str),
            not.iter().map(String::as_str),
        )
    })
}

/// What people really hold: roles of the table, some with exceptions.
fn held() -> impl Strategy<Value = Permissions> {
    let role = select(ROLES.iter().chain(OTHERS).collect::<Vec<_>>());
    let exception = select(vec!["", "*/delete", "*/listValue/action", "*/apis/*"]);
    vec((role, exception), 0..3).prop_map(|held| {
        let entries = held
            .into_iter()
            .map(|(role, exception)| Permission::new(role.actions.iter().copied(), [exception]));
        Permissions::new(entries)
    })
}

fn places() -> Places {
    let service = |name| ServiceId::new("s", "g", name).unwrap();
    Places {
        source: service("source"),
        target: service("target"),
        workspace: Some("w".parse().unwrap()),
    }
}

fn needs() -> impl Strategy<Value = Needs> {
    let place = select(vec![Place::Source, Place::Target, Place::Workspace]);
    let what = select(vec![
        "apis",
        "apis/operations/policies",
        "namedValues",
        "subscriptions",
        "tenant/operationResults",
        "groups/users",
    ]);
    let verb = select(vec!["read", "write", "delete", "listValue/action"]);
    let other = Right::new("Microsoft.Authorization/roleAssignments/write");
    vec((place, what, verb, 0..8u8, any::<bool>()), 0..20).prop_map(move |all| {
        let mut needs = Needs::new(&places());
        for (place, what, verb, odd, must) in all {
            let right = match (odd, place) {
                (0, _) => other.clone(),
                (1, _) => Right::new(format!("Contoso.Things/{what}/{verb}")),
                (_, Place::Workspace) => Right::of_workspace(what, verb),
                _ => Right::of_service(what, verb),
            };
            match must {
                true => needs.must(place, right),
                false => needs.may(place, right),
            }
        }
        needs
    })
}

proptest! {
    #[test]
    fn a_pattern_covers_what_it_covers_letter_by_letter(
        pattern in "[abAB/*]{0,8}",
        text in "[abAB/]{0,10}",
    ) {
        let permission = Permission::new([pattern.as_str()], []);
        let covers = permission.allows(&Right::new(text.clone()));
        prop_assert_eq!(covers, naive(pattern.as_bytes(), text.as_bytes()));
    }

    #[test]
    fn one_more_permission_takes_nothing_away(
        entries in vec(permission(), 0..4),
        more in permission(),
        text in "[ab/]{0,6}",
    ) {
        let right = Right::new(text);
        let before = Permissions::new(entries.clone()).allow(&right);
        let after = Permissions::new(entries.into_iter().chain([more])).allow(&right);
        prop_assert!(after || !before);
    }

    #[test]
    fn every_missing_right_is_told_once_and_the_roles_told_give_it(
        needs in needs(),
        held in (held(), held(), held()),
    ) {
        let held = Known::from([
            (Place::Source, held.0),
            (Place::Target, held.1),
            (Place::Workspace, held.2),
        ]);
        let told = lacks(&needs, &held);
        let mut rights: Vec<(Place, Right)> = (told.iter())
            .flat_map(|l| l.rights.iter().map(|r| (l.place, r.clone())))
            .collect();
        rights.sort();
        let mut missing: Vec<(Place, Right)> =
            needs.missing(&held).map(|n| (n.place, n.right)).collect();
        missing.sort();
        prop_assert_eq!(rights, missing);
        for lack in &told {
            for right in &lack.rights {
                prop_assert!(lack.role.is_none_or(|role| role.allows(right)));
            }
            // A role is never told for nothing but what may be needed where
            // something must be.
            let weight = |need: &Need| need.place == lack.place && lack.rights.contains(&need.right);
            let least = needs.missing(&held).filter(weight).map(|n| n.weight).min();
            prop_assert_eq!(least, Some(lack.weight));
        }
        // Given all the roles, nothing is missing but what no role gives.
        let mut given: BTreeMap<Place, Vec<Permission>> = BTreeMap::new();
        for lack in &told {
            let role = lack.role.map(|role| Permission::new(role.actions.iter().copied(), []));
            given.entry(lack.place).or_default().extend(role);
        }
        let after: Known = given.into_iter().map(|(p, all)| (p, Permissions::new(all))).collect();
        let hopeless = |n: &Need| told.iter().any(|l| l.role.is_none() && l.rights.contains(&n.right));
        let was = |n: &Need| needs.missing(&held).any(|m| m == *n);
        prop_assert!(needs.missing(&after).filter(was).all(|n| hopeless(&n)));
    }
}
