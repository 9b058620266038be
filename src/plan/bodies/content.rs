//! What is sent for each copy: the source's writable properties, with names
//! and references turned to the target.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::address::{ResourcePath, ServiceId, WorkspaceName, split_revision};
use crate::catalog::{ApiVersion, Form, Kind, Reference, SHARED_BY_REVISIONS, pointer};
use crate::graph::document::{Slot, Write};
use crate::graph::references::{Followed, follow_property, named_value_of};
use crate::inventory::{Inventory, Resource};
use crate::plan::model::Content;
use crate::plan::names::{Named, Names};
use crate::policy::{self, Edit, names_in_braces};

/// Where copies go, and what each is called there.
#[derive(Debug, Clone, Copy)]
pub struct Destination<'a> {
    /// The service the workspace is in.
    pub service: &'a ServiceId,
    /// The workspace.
    pub workspace: &'a WorkspaceName,
    /// The names of the copies.
    pub names: &'a Names,
    /// What stands at the target's service level for something of the source's,
    /// where that is not the thing of the same name.
    pub stand_ins: &'a BTreeMap<ResourcePath, ResourcePath>,
    /// The version that bodies are written for.
    pub version: ApiVersion,
}

impl Destination<'_> {
    /// The full ARM id of a copy.
    pub fn id_of(&self, below: &ResourcePath) -> String {
        format!("{}/workspaces/{}{below}", self.service, self.workspace)
    }

    /// The id by which a copy refers to a resource of the source: the copy of
    /// it, or, where it stays, the thing of the same name at service level.
    fn reference(&self, path: &ResourcePath) -> String {
        match self.names.get(path) {
            Some(named) => self.id_of(&named.target),
            None => self.service.id_of(self.stand_ins.get(path).unwrap_or(path)),
        }
    }
}

/// Builds the content of a copy; `slots` are those of its document that name
/// something.
///
/// `keep` tells which resources a copy may go on naming: copies of the plan and
/// what a workspace may refer to at service level. A property that names
/// anything else is left out.
pub fn content(
    resource: &Resource,
    inventory: &Inventory,
    slots: &[Slot],
    to: Destination<'_>,
    keep: &dyn Fn(&ResourcePath) -> bool,
) -> Content {
    let named = to.names.get(&resource.path);
    let mut properties = body(resource, to.version);
    if let Some(secret) = resource.kind.secret
        && (secret.applies)(&resource.properties)
    {
        for member in secret.members {
            properties.remove(*member);
        }
    }
    if resource.kind.revisions {
        as_revision(resource, inventory, to, &mut properties);
    }
    rename(resource.kind, named, &mut properties);
    let mut value = Value::Object(properties);
    for reference in resource.kind.references {
        turn(resource, inventory, to, keep, reference, &mut value);
    }
    for embed in resource.kind.embeds {
        pointer::each_mut(&mut value, embed, &mut |v| {
            if let Some(text) = v.as_str() {
                let edits = names_in_braces(text).into_iter().filter_map(|span| {
                    let path = &named_value_of(inventory, &text[span.clone()])?.path;
                    let text = to.names.get(path)?.display.clone()?;
                    Some(Edit { span, text })
                });
                let new = spliced(text, &edits.collect::<Vec<_>>());
                *v = Value::String(new);
            }
        });
    }
    let mut properties = match value {
        Value::Object(map) => map,
        _ => Map::new(),
    };
    // A setting may have lost what made it one.
    resource.kind.in_one_form(&mut properties, false);
    let text = resource
        .policy_text()
        .map(|text| rewritten(text, slots, to.names));
    let text = match resource.kind.is_document() {
        true => {
            properties.remove("value");
            properties.remove("format");
            Some(text.unwrap_or_default())
        }
        false => {
            if let Some((at, text)) = resource.kind.policy_in().zip(text)
                && let Some(value) = properties.get_mut(at)
            {
                *value = Value::from(text);
            }
            None
        }
    };
    Content {
        properties,
        document: text,
    }
}

fn body(resource: &Resource, version: ApiVersion) -> Map<String, Value> {
    let kind = resource.kind;
    kind.body(resource.path.name(), &resource.properties, version)
}

fn rename(kind: &Kind, named: Option<&Named>, properties: &mut Map<String, Value>) {
    let Some(named) = named else { return };
    if let (Some(rule), Some(display)) = (kind.display, &named.display) {
        properties.insert(rule.property.to_owned(), Value::from(display.as_str()));
    }
    if let Some(path) = &named.path {
        properties.insert("path".to_owned(), Value::from(path.as_str()));
    }
}

/// A revision must agree with the current one in what they share, says which
/// API it is made from, and must say that it is not current: without that it
/// can become current.
fn as_revision(
    resource: &Resource,
    inventory: &Inventory,
    to: Destination<'_>,
    properties: &mut Map<String, Value>,
) {
    let (root, revision) = split_revision(resource.path.name());
    properties.insert("isCurrent".to_owned(), Value::Bool(revision.is_none()));
    let Some(number) = revision else { return };
    properties.insert("apiRevision".to_owned(), Value::from(number));
    let Ok(current) = resource.path.renamed(root) else {
        return;
    };
    if let Some(current) = inventory.get(&current) {
        let shared = body(current, to.version);
        for name in SHARED_BY_REVISIONS {
            match shared.get(*name) {
                Some(value) => properties.insert((*name).to_owned(), value.clone()),
                None => properties.remove(*name),
            };
        }
        let inherited = resource.kind.inherited.iter();
        for name in inherited.filter(|name| shared.contains_key(**name)) {
            let unset = || resource.kind.unset(name);
            properties.entry(*name).or_insert_with(unset);
        }
    }
    if let Some(named) = to.names.get(&current) {
        let id = to.id_of(&named.target);
        properties.insert("sourceApiId".to_owned(), Value::from(id));
    }
}

fn turn(
    resource: &Resource,
    inventory: &Inventory,
    to: Destination<'_>,
    keep: &dyn Fn(&ResourcePath) -> bool,
    reference: &Reference,
    value: &mut Value,
) {
    let mut lost = false;
    pointer::each_mut(value, reference.pointer, &mut |v| {
        let Some(text) = v.as_str() else { return };
        let Followed::To(path) = follow_property(resource, inventory, reference, text) else {
            return;
        };
        if !keep(&path) {
            lost = true;
            *v = Value::Null;
            return;
        }
        match reference.form {
            Form::Id | Form::IdOfRoot => *v = Value::from(to.reference(&path)),
            Form::Name => {
                if let Some(named) = to.names.get(&path) {
                    *v = Value::from(named.target.name());
                }
            }
            // Children keep their names, and a certificate its thumbprint.
            Form::NameInApi | Form::Thumbprint => {}
        }
    });
    if lost {
        match resource.kind.setting_of(reference.pointer) {
            Some(setting) => pointer::remove(value, &setting),
            None => prune(value, reference.pointer),
        }
    }
}

/// Takes out what was emptied: a member of a list goes with its list item when
/// the item is nothing but the reference.
fn prune(value: &mut Value, pointer: &str) {
    let (list, member) = match pointer.rsplit_once("[]") {
        Some((list, rest)) => (list, rest.trim_start_matches('.')),
        None => {
            let mut gone = false;
            pointer::each(value, pointer, &mut |v| gone |= v.is_null());
            if gone {
                pointer::remove(value, pointer);
            }
            return;
        }
    };
    pointer::each_mut(value, list, &mut |v| {
        if let Some(items) = v.as_array_mut() {
            items.retain(|item| match member {
                "" => !item.is_null(),
                member => !item.get(member).is_some_and(Value::is_null),
            });
        }
    });
}

/// Puts the copies' names into a document. Everything else stays as it was.
fn rewritten(text: &str, slots: &[Slot], names: &Names) -> String {
    let edits: Vec<Edit> = slots
        .iter()
        .filter_map(|slot| {
            let named = names.get(&slot.to)?;
            let new = match slot.write {
                Write::Name => named.target.name(),
                Write::Display => named.display.as_deref()?,
                Write::Nothing => return None,
            };
            (text.get(slot.span.clone()) != Some(new)).then(|| Edit {
                span: slot.span.clone(),
                text: new.to_owned(),
            })
        })
        .collect();
    spliced(text, &edits)
}

/// Spans come from a scan of this very text and don't overlap; should that ever
/// fail, the validation of the plan finds the names that stayed.
fn spliced(text: &str, edits: &[Edit]) -> String {
    policy::rewrite(text, edits).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
#[path = "content_tests.rs"]
mod tests;
