//! What of a resource's properties gets into the body of a copy, and what they
//! say in the one form in which they are compared and followed.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::member::{Lost, Pick, Search};
use super::{ApiVersion, Default, Kind, Sent};

impl Kind {
    /// What is sent for an instance of a name: what a body of this version can
    /// hold, without nulls, what is deliberately not carried and what can't
    /// stand beside something else, and settings in one form.
    pub fn body(
        &self,
        name: &str,
        properties: &Map<String, Value>,
        version: ApiVersion,
    ) -> Map<String, Value> {
        let pick = Pick {
            keep: &|m| m.fits(version),
            unknown: false,
            opaque: self.opaque,
        };
        let mut kept = pick.of(self.members, properties);
        self.in_one_form(&mut kept, false);
        for rule in self.yields {
            let yields = kept.get(rule.to).is_some_and(|other| match rule.when {
                None => true,
                Some(flag) => other.as_bool() == Some(flag),
            });
            if yields {
                kept.remove(rule.property);
            }
        }
        kept.retain(|property, value| {
            let blank = match value {
                Value::String(text) => text.trim().is_empty(),
                other => other.as_i64() == Some(0),
            };
            let of_another = (self.only_named.iter())
                .any(|(of, only)| of == property && !only.eq_ignore_ascii_case(name));
            self.carries(property)
                && !of_another
                && !(blank && self.omit_blank.contains(&property.as_str()))
        });
        for property in self.always {
            if !kept.contains_key(*property)
                && let Some(value) = self.default_of(property).and_then(Default::value)
            {
                kept.insert((*property).to_owned(), value);
            }
        }
        kept
    }

    /// The same properties, as they are compared and followed: as the schema
    /// spells them, without nulls, each setting in one form, a list.
    pub fn plain(&self, properties: &Map<String, Value>) -> Map<String, Value> {
        let pick = Pick {
            keep: &|_| true,
            unknown: true,
            opaque: self.opaque,
        };
        let mut kept = pick.of(self.members, properties);
        self.in_one_form(&mut kept, true);
        kept
    }

    /// What holds something and does not get into a body of this version.
    pub fn lost(&self, properties: &Map<String, Value>, version: ApiVersion) -> BTreeSet<Lost> {
        let mut search = Search {
            version,
            is_default: &|at, value| self.default_of(at).is_some_and(|d| d.is(value)),
            found: BTreeSet::new(),
        };
        search.of(self.members, properties, "");
        search.found
    }

    /// Whether a property can stand in a body.
    pub fn takes(&self, property: &str) -> bool {
        self.sendable().any(|name| name == property)
    }

    /// The properties that can stand in a body.
    pub fn sendable(&self) -> impl Iterator<Item = &'static str> {
        let members = self.members.iter();
        members
            .filter(|m| matches!(m.sent, Sent::Always | Sent::Unpublished | Sent::Since(_)))
            .map(|m| m.name)
    }

    /// Whether a property is copied.
    pub fn carries(&self, property: &str) -> bool {
        self.takes(property) && !self.not_carried.iter().any(|(name, _)| *name == property)
    }

    /// The default that the service fills in, by pointer.
    pub fn default_of(&self, pointer: &str) -> Option<Default> {
        let found = self.defaults.iter().find(|(at, _)| *at == pointer);
        found.map(|(_, default)| *default)
    }

    /// What says that a member is unset, so that an instance takes it from no
    /// other one: the service's defaults for what is in it, else null.
    pub fn unset(&self, member: &str) -> Value {
        let within = |at: &str| Some(at.strip_prefix(member)?.strip_prefix('.')?.to_owned());
        let all = self.defaults.iter();
        let set: Map<String, Value> = all
            .filter_map(|(at, default)| Some((within(at)?, default.value()?)))
            .collect();
        match set.is_empty() {
            true => Value::Null,
            false => Value::Object(set),
        }
    }

    /// Of settings that come as an object and as a list, leaves one: the lists
    /// where one of them says something, or `listed` asks for it, or two
    /// objects would stand side by side; else the object. What says nothing
    /// goes.
    pub(crate) fn in_one_form(&self, properties: &mut Map<String, Value>, listed: bool) {
        for within in self.two_forms.iter().map(|f| f.within) {
            let Some(Value::Object(holder)) = properties.get_mut(within) else {
                continue;
            };
            let forms = || self.two_forms.iter().filter(|f| f.within == within);
            let filled = |value: Option<&Value>| match value {
                Some(Value::Array(items)) => !items.is_empty(),
                Some(Value::Object(members)) => !members.is_empty(),
                _ => false,
            };
            let lists = forms().filter(|f| filled(holder.get(f.many))).count();
            let objects = forms().filter(|f| filled(holder.get(f.one))).count();
            for form in forms() {
                let one = holder.remove(form.one).filter(|v| filled(Some(v)));
                let many = holder.remove(form.many).filter(|v| filled(Some(v)));
                match (many, one) {
                    (Some(many), _) => holder.insert(form.many.to_owned(), many),
                    (None, Some(one)) if listed || lists > 0 || objects > 1 => {
                        holder.insert(form.many.to_owned(), Value::Array(vec![one]))
                    }
                    (None, Some(one)) => holder.insert(form.one.to_owned(), one),
                    (None, None) => None,
                };
            }
            if holder.is_empty() {
                properties.remove(within);
            }
        }
    }

    /// Whether a pointer leads to the head of a setting that is nothing without
    /// it; the setting's own pointer.
    pub fn setting_of(&self, pointer: &str) -> Option<String> {
        let forms = self.two_forms.iter();
        let mut objects = forms.map(|f| format!("{}.{}", f.within, f.one));
        objects.find(|object| {
            pointer
                .strip_prefix(object.as_str())
                .is_some_and(|rest| rest.starts_with('.'))
        })
    }
}

#[cfg(test)]
#[path = "body_tests.rs"]
mod tests;
