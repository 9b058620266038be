//! What somebody holds at a scope.

use std::collections::BTreeMap;

use serde_json::Value;

use super::place::Place;
use super::right::Right;

/// A right, or many: `*` stands for any text, slashes included, also for none.
/// So `service/*/read` is not `service/read`: Azure's own roles list both
/// [docs: role-based-access-control/built-in-roles/integration].
#[derive(Debug, Clone, PartialEq, Eq)]
struct Pattern(String);

impl Pattern {
    fn new(text: &str) -> Self {
        Self(text.to_ascii_lowercase())
    }

    /// Whether it covers a right, given in lower case.
    fn covers(&self, right: &str) -> bool {
        let Some((first, rest)) = self.0.split_once('*') else {
            return self.0 == right;
        };
        let Some(mut left) = right.strip_prefix(first) else {
            return false;
        };
        // What stands between stars is taken where it is met first: that
        // leaves the most for what comes after.
        let (middle, last) = rest.rsplit_once('*').unwrap_or(("", rest));
        for part in middle.split('*') {
            match left.find(part) {
                Some(at) => left = &left[at + part.len()..],
                None => return false,
            }
        }
        left.ends_with(last)
    }
}

/// One entry: what it allows, and what of that it does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permission {
    actions: Vec<Pattern>,
    not_actions: Vec<Pattern>,
}

impl Permission {
    /// Makes an entry of Azure's `actions` and `notActions`.
    pub fn new<'t>(
        actions: impl IntoIterator<Item = &'t str>,
        not_actions: impl IntoIterator<Item = &'t str>,
    ) -> Self {
        let patterns = |texts: &mut dyn Iterator<Item = &'t str>| texts.map(Pattern::new).collect();
        Self {
            actions: patterns(&mut actions.into_iter()),
            not_actions: patterns(&mut not_actions.into_iter()),
        }
    }

    /// Whether it gives a right.
    pub fn allows(&self, right: &Right) -> bool {
        let covers = |p: &Pattern| p.covers(right.key());
        self.actions.iter().any(covers) && !self.not_actions.iter().any(covers)
    }
}

/// All entries that hold at a scope, from there and from above.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permissions(Vec<Permission>);

/// What is known of a caller's permissions. A place that is not in it is one of
/// which nothing is known, and unknown is not missing.
pub type Known = BTreeMap<Place, Permissions>;

impl Permissions {
    /// Gathers entries.
    pub fn new(entries: impl IntoIterator<Item = Permission>) -> Self {
        Self(entries.into_iter().collect())
    }

    /// Reads the items of `…/providers/Microsoft.Authorization/permissions`.
    ///
    /// `None` where they say nothing to rely on: an item without `actions`, or
    /// no item at all. Who has no permission whatever is refused anyway, and
    /// who does see the service holds one that the list then leaves out.
    pub fn read(items: &[Value]) -> Option<Self> {
        let entry = |item: &Value| {
            let texts = |member: &str| {
                let texts = item.get(member)?.as_array()?.iter();
                texts.map(Value::as_str).collect::<Option<Vec<&str>>>()
            };
            let actions = texts("actions")?;
            Some(Permission::new(
                actions,
                texts("notActions").unwrap_or_default(),
            ))
        };
        let entries: Vec<Permission> = items.iter().map(entry).collect::<Option<_>>()?;
        (!entries.is_empty()).then_some(Self(entries))
    }

    /// Whether they give a right: one entry does, and its own exceptions don't
    /// take it back. Exceptions of one entry are nothing to another.
    pub fn allow(&self, right: &Right) -> bool {
        self.0.iter().any(|entry| entry.allows(right))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn right(name: &str) -> Right {
        Right::new(name)
    }

    #[test]
    fn a_star_stands_for_any_text_and_slashes_count_as_text() {
        let covers = |pattern: &str, name: &str| Pattern::new(pattern).covers(right(name).key());
        let write = "Microsoft.ApiManagement/service/workspaces/apis/write";
        for pattern in [
            write,
            "*",
            "*/write",
            "microsoft.apimanagement/SERVICE/*",
            "Microsoft.ApiManagement/service/*/write",
            "Microsoft.*/service/*/apis/*",
            "**/write",
        ] {
            assert!(covers(pattern, write), "{pattern}");
        }
        for pattern in [
            "",
            "*/read",
            "Microsoft.ApiManagement/service/apis/*",
            "service/*",
            "*/apis",
            "*write*write",
        ] {
            assert!(!covers(pattern, write), "{pattern}");
        }
        let read = "Microsoft.ApiManagement/service/read";
        assert!(!covers("Microsoft.ApiManagement/service/*/read", read));
    }

    #[test]
    fn an_exception_takes_back_what_its_own_entry_gives_and_no_other() {
        let all_but = Permission::new(["*"], ["*/listValue/action"]);
        let secret = right("Microsoft.ApiManagement/service/namedValues/listvalue/ACTION");
        assert!(!Permissions::new([all_but.clone()]).allow(&secret));
        let other = Permission::new(["Microsoft.ApiManagement/service/namedValues/*"], []);
        assert!(Permissions::new([all_but, other]).allow(&secret));
    }

    #[test]
    fn what_is_no_list_of_permissions_says_nothing() {
        let entry = json!({"actions": ["*/read"], "notActions": [], "dataActions": []});
        let read = Permissions::read(std::slice::from_ref(&entry)).unwrap();
        assert!(read.allow(&right("a/read")) && !read.allow(&right("a/write")));
        let bare = json!({"actions": ["*/read"]});
        assert_eq!(Permissions::read(&[bare]), Some(read));
        for odd in [
            vec![],
            vec![json!({})],
            vec![json!("*")],
            vec![json!({"actions": "*"})],
            vec![json!({"actions": [1]})],
            vec![entry, json!({"name": "apis"})],
        ] {
            assert_eq!(Permissions::read(&odd), None, "{odd:?}");
        }
    }
}
