//! The rows put together, and the look-ups.

use super::rows::{apis, backends, diagnostics, operations, products, services, shared};
use super::{Choice, Home, Kind, Per};
use crate::address::ResourcePath;

static KINDS: &[&Kind] = &[
    &shared::TAG,
    &shared::GROUP,
    &shared::GROUP_USER,
    &shared::NAMED_VALUE,
    &shared::CERTIFICATE,
    &shared::LOGGER,
    &backends::BACKEND,
    &shared::GLOBAL_SCHEMA,
    &shared::POLICY_FRAGMENT,
    &apis::VERSION_SET,
    &apis::API,
    &apis::API_SCHEMA,
    &operations::OPERATION,
    &apis::API_POLICY,
    &apis::OPERATION_POLICY,
    &diagnostics::API_DIAGNOSTIC,
    &apis::API_RELEASE,
    &products::PRODUCT,
    &products::PRODUCT_POLICY,
    &products::PRODUCT_GROUP_LINK,
    &products::PRODUCT_API_LINK,
    &products::TAG_API_LINK,
    &products::TAG_OPERATION_LINK,
    &products::TAG_PRODUCT_LINK,
    &products::SUBSCRIPTION,
    &services::DIAGNOSTIC,
    &services::SERVICE_POLICY,
    &services::NOTIFICATION,
    &services::RECIPIENT_EMAIL,
    &services::RECIPIENT_USER,
    &services::USER,
    &services::AUTHORIZATION_SERVER,
    &services::OPENID_PROVIDER,
    &apis::TAG_DESCRIPTION,
    &apis::API_WIKI,
    &apis::RESOLVER,
    &apis::API_ISSUE,
    &services::PRODUCT_WIKI,
    &services::GATEWAY,
    &services::GATEWAY_API,
    &services::AUTHORIZATION_PROVIDER,
    &services::AUTHORIZATION,
    &services::CACHE,
    &services::POLICY_RESTRICTION,
];

/// All kinds. The order is that of creation among things that do not depend
/// on each other: it makes plans read from the ground up.
pub fn kinds() -> &'static [&'static Kind] {
    #[cfg(test)]
    if let Some(kinds) = super::added::kinds() {
        return kinds;
    }
    KINDS
}

/// Finds a kind by the name that plans use.
pub fn kind(name: &str) -> Option<&'static Kind> {
    kinds().iter().copied().find(|k| k.name == name)
}

/// Finds a kind by the collections on the way to it, without regard to case.
pub fn kind_of_pattern(pattern: &str) -> Option<&'static Kind> {
    kinds()
        .iter()
        .copied()
        .find(|k| k.pattern.eq_ignore_ascii_case(pattern))
}

/// Finds the kind of the resource at a path.
pub fn kind_of(path: &ResourcePath) -> Option<&'static Kind> {
    // Most rows are ruled out by how their last collection ends.
    let last = path.collection().as_bytes();
    let in_it = |k: &&&'static Kind| {
        let pattern = k.pattern.as_bytes();
        let at = pattern.len().checked_sub(last.len());
        at.is_some_and(|at| pattern[at..].eq_ignore_ascii_case(last))
    };
    kinds().iter().filter(in_it).copied().find(|k| {
        let mut wanted = k.pattern.split('/');
        path.pairs()
            .all(|(c, _)| wanted.next().is_some_and(|w| w.eq_ignore_ascii_case(c)))
            && wanted.next().is_none()
    })
}

/// The kinds that are copied when a word asks for them.
pub fn chosen(word: &str) -> impl Iterator<Item = (&'static Kind, Choice)> {
    kinds()
        .iter()
        .copied()
        .filter_map(move |kind| match kind.home {
            Home::ByChoice(choice) if choice.word.eq_ignore_ascii_case(word) => {
                Some((kind, choice))
            }
            _ => None,
        })
}

/// How many of a kind fit into a workspace or below one parent.
pub fn limit_of(kind: &Kind, per: Per) -> Option<usize> {
    kind.limits.iter().find(|l| l.per == per).map(|l| l.most)
}

#[cfg(test)]
mod tests {
    use super::super::pointer;
    use super::super::{Access, Alias, ApiVersion, Default};
    use super::*;
    use serde_json::{Value, json};
    use std::collections::BTreeSet;

    fn body(kind: &str, properties: &Value) -> Value {
        let properties = properties.as_object().unwrap();
        let kind = super::kind(kind).unwrap();
        Value::Object(kind.body("x", properties, ApiVersion::WRITTEN))
    }

    #[test]
    fn rows_are_unlike_each_other_and_name_only_rows() {
        let names: BTreeSet<_> = kinds().iter().map(|k| k.name).collect();
        let patterns: BTreeSet<_> = kinds().iter().map(|k| k.pattern).collect();
        assert_eq!(names.len(), kinds().len());
        assert_eq!(patterns.len(), kinds().len());
        for row in kinds() {
            assert!(
                !row.plural.is_empty() && !row.pattern.is_empty(),
                "{}",
                row.name
            );
            if row.pattern.contains('/') {
                assert!(row.parent().is_some(), "{} has no parent row", row.name);
            }
            let named = (row.references.iter().flat_map(|r| r.to.iter().copied()))
                .chain(row.children.iter().copied())
                .chain(row.referrers.iter().map(|r| r.kind))
                .chain(row.effects.iter().map(|e| e.kind))
                .chain(row.member);
            for other in named {
                assert!(kinds().contains(&other), "{} names {other:?}", row.name);
            }
            // What is uploaded can be neither read nor compared, and must not
            // count as a secret that the service could make.
            for upload in row.upload.iter() {
                assert!(
                    row.incomplete.is_some() && row.secret.is_none(),
                    "{}",
                    row.name
                );
                for property in [upload.content, upload.password] {
                    assert!(row.write_only.contains(&property), "{}", row.name);
                    assert!(row.takes(property), "{}", row.name);
                    assert!(!row.carries(property), "{}", row.name);
                }
            }
            for child in row.children {
                assert_eq!(
                    child.parent().map(|p| p.name),
                    Some(row.name),
                    "{}",
                    child.name
                );
            }
            if let Some(pointer) = row.makes_current {
                assert!(row.references.iter().any(|r| r.pointer == pointer));
            }
            let by_display = row.alias == Some(Alias::Display);
            assert!(!by_display || row.display.is_some(), "{}", row.name);
            assert_eq!(row.document.is_some(), row.is_document(), "{}", row.name);
            if row.can_be_copied() {
                let body = row.access != Access::Membership;
                assert_eq!(!row.members.is_empty(), body, "{}", row.name);
            }
        }
    }

    #[test]
    fn pointers_begin_with_a_property_that_is_carried() {
        let member = |p: &str| p.split(['.', '[']).next().unwrap_or_default().to_owned();
        for row in kinds().iter().filter(|k| k.can_be_copied()) {
            let pointers = (row.references.iter().map(|r| r.pointer))
                .chain(row.embeds.iter().copied())
                .chain(row.called.iter().copied())
                .chain(row.unordered.iter().copied())
                .chain(row.defaults.iter().map(|(at, _)| *at))
                .chain(row.always.iter().copied())
                .chain(row.inherited.iter().copied())
                .chain(row.slashed.iter().copied())
                .chain(row.identities.iter().copied())
                .chain(row.sensitive.iter().map(|s| s.pointer()))
                .chain(row.two_forms.iter().map(|f| f.within))
                .chain(row.display.iter().map(|d| d.property));
            for p in pointers {
                assert!(row.carries(&member(p)), "{}: {p}", row.name);
            }
            for property in row.always {
                let default = row.default_of(property).and_then(Default::value);
                assert!(default.is_some(), "{}: {property}", row.name);
            }
        }
    }

    #[test]
    fn a_path_finds_its_kind_whatever_the_case() {
        let path: ResourcePath = "/APIS/a;rev=2/Operations/b/policies/policy"
            .parse()
            .unwrap();
        assert_eq!(kind_of(&path).unwrap().name, "operationPolicy");
        let path: ResourcePath = "/unheardOf/a".parse().unwrap();
        assert!(kind_of(&path).is_none());
    }

    #[test]
    fn a_body_has_no_nulls_but_the_authors_own() {
        let got = json!({
            "displayName": "a", "value": null, "provisioningState": "Succeeded",
            "keyVault": {"secretIdentifier": "s", "identityClientId": null, "lastStatus": {"code": "x"}},
        });
        assert_eq!(
            body("namedValue", &got),
            json!({"displayName": "a", "keyVault": {"secretIdentifier": "s"}})
        );
        let got = json!({"contentType": "t", "document": {"components": {"x": null}}});
        assert_eq!(body("apiSchema", &got), got);
    }

    #[test]
    fn pointer_module_is_reachable_from_rows() {
        let value = json!({"pool": {"services": [{"id": "x"}]}});
        let mut seen = 0;
        for reference in kind("backend").unwrap().references {
            pointer::each(&value, reference.pointer, &mut |_| seen += 1);
        }
        assert_eq!(seen, 1);
    }
}
