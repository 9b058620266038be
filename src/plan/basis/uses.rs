//! Who uses what at the source, whether it is copied or not.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::address::{ByPath, ResourcePath};
use crate::catalog::Access;
use crate::graph::references::without_revision;
use crate::graph::{Closure, Need, Why, references};
use crate::inventory::{Inventory, Resource};

/// One use of a resource.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Use {
    /// Who uses it.
    pub by: ResourcePath,
    /// How, to be read after the user: "names it as {{key}} in line 7".
    pub how: String,
}

/// Uses by what is used. What a thing holds itself does not count.
pub type Uses = BTreeMap<ResourcePath, BTreeSet<Use>>;

/// Finds the uses of what a closure holds, by all that is in the inventory.
pub(super) fn uses(inventory: &Inventory, closure: &Closure) -> Uses {
    let mut uses: ByPath<Vec<Use>> = ByPath::default();
    for resource in inventory.resources() {
        let member = closure.members.get(&resource.path);
        let own;
        let needs: &[Need] = match member {
            Some(member) => &member.references.needs,
            None => {
                own = references(resource, inventory).needs;
                &own
            }
        };
        let named = needs.iter().filter(|need| is_use(resource, need));
        for need in named.clone() {
            if closure.members.contains_key(&need.to) {
                let (by, how) = (resource.path.clone(), need.why.to_string());
                let of_it = uses.entry(need.to.clone()).or_default();
                of_it.push(Use { by, how });
            }
        }
        // The ends of a link use each other, if nobody selected the other one.
        let holder = resource.path.parent();
        if let (Access::Link, None, Some(holder)) = (resource.kind.access, member, holder)
            && closure.members.contains_key(&holder)
        {
            let ends = named.map(|need| Use {
                by: need.to.clone(),
                how: "is linked with it".to_owned(),
            });
            uses.entry(holder).or_default().extend(ends);
        }
    }
    let uses = uses.into_iter().filter(|(_, users)| !users.is_empty());
    uses.map(|(of, users)| (of, users.into_iter().collect()))
        .collect()
}

fn is_use(resource: &Resource, need: &Need) -> bool {
    let whole = |path: &ResourcePath| without_revision(&path.root());
    !matches!(need.why, Why::Parent | Why::Current) && whole(&need.to) != whole(&resource.path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::inventory;
    use crate::graph::closure;
    use serde_json::json;

    #[test]
    fn users_are_known_whether_they_are_copied_or_not() {
        let policy = |text: &str| json!({"format": "rawxml", "value": text});
        let key = "<policies><inbound>\n<set-header name=\"k\"><value>{{key}}</value></set-header></inbound></policies>";
        let inventory = inventory(&[
            (
                "/namedValues/key",
                json!({"displayName": "key", "value": "v"}),
            ),
            ("/apis/a", json!({"path": "a"})),
            ("/apis/a/policies/policy", policy(key)),
            ("/apis/b", json!({"path": "b"})),
            ("/apis/b/policies/policy", policy(key)),
            ("/products/p", json!({"displayName": "p"})),
            ("/products/p/apiLinks/a", json!({"apiId": "/apis/a"})),
            ("/products/p/apiLinks/b", json!({"apiId": "/apis/b"})),
        ]);
        let closure = closure(&inventory, &["/apis/a".parse().unwrap()], &[]);
        let uses = uses(&inventory, &closure);
        let of = |path: &str| -> Vec<String> {
            let users = uses.get(&path.parse().unwrap()).into_iter().flatten();
            users.map(|u| format!("{} {}", u.by, u.how)).collect()
        };
        assert_eq!(
            of("/namedValues/key"),
            [
                "/apis/a/policies/policy names it as `{{key}}` in line 2",
                "/apis/b/policies/policy names it as `{{key}}` in line 2",
            ]
        );
        assert_eq!(of("/products/p"), ["/apis/b is linked with it"]);
        // Its own policy is no use of it.
        assert_eq!(
            of("/apis/a"),
            ["/products/p/apiLinks/a names it in `apiId`"]
        );
    }
}
