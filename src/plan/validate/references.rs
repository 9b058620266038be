//! Checks that everything a body or document names is there.

use serde_json::{Map, Value};

use super::{Check, Problem, Trouble};
use crate::address::{ResourcePath, ServiceId, TargetPath, split_revision};
use crate::catalog::{self, Form, Home, Kind, Reference, pointer};
use crate::graph::naming::{How, naming};
use crate::graph::references::without_revision;
use crate::plan::folder::document_of;
use crate::plan::model::{Content, Step};
use crate::policy::{self, Place, Target, names_in_braces};

/// What an id in a body leads to.
enum Led {
    /// A resource of the workspace.
    Workspace(ResourcePath),
    /// A resource at service level.
    Service(ResourcePath),
    /// A short path, which can be either.
    Either(ResourcePath),
    /// The workspace as a whole, or all of its APIs.
    Everything,
    /// Another service, another workspace, or no path at all.
    Elsewhere,
}

impl Check<'_> {
    pub(super) fn references(&mut self) {
        let plan = self.plan;
        for (i, step) in plan.steps.iter().enumerate() {
            let Some(content) = &step.content else {
                continue;
            };
            self.properties(step, i, &content.properties);
            self.policy(step, i, content);
        }
    }

    fn properties(&mut self, step: &Step, i: usize, properties: &Map<String, Value>) {
        if step.kind.references.is_empty() && step.kind.embeds.is_empty() {
            return;
        }
        let value = Value::Object(properties.clone());
        let mut found = Vec::new();
        for reference in step.kind.references {
            pointer::each(&value, reference.pointer, &mut |v| {
                let text = v.as_str().filter(|t| !t.is_empty());
                let trouble = text.and_then(|t| self.follow(step, reference, t));
                found.extend(trouble.map(|t| (reference.pointer, t)));
            });
        }
        for embed in step.kind.embeds {
            pointer::each(&value, embed, &mut |v| {
                let text = v.as_str().unwrap_or_default();
                for at in names_in_braces(text) {
                    found.extend(self.named_value(&text[at]).map(|t| (*embed, t)));
                }
            });
        }
        for (pointer, trouble) in found {
            let place = format!("properties.{}", pointer.trim_end_matches(".**"));
            self.problems.push(Problem {
                step: Some(step.id.clone()),
                file: self.files[i].clone(),
                place: Some(place),
                trouble,
            });
        }
    }

    /// Follows `{{name}}` in a property; older tools wrote the resource's name.
    fn named_value(&self, name: &str) -> Option<Trouble> {
        let kind = &catalog::NAMED_VALUE;
        let path = ResourcePath::top(kind.collection(), name).ok();
        let there = self.has_display(kind, name) || path.is_some_and(|p| self.has(&p));
        (!there).then(|| missing(kind, name))
    }

    fn follow(&self, step: &Step, reference: &Reference, text: &str) -> Option<Trouble> {
        let kinds = || reference.to.iter().copied();
        match reference.form {
            Form::Id | Form::IdOfRoot => self.follow_id(reference, text),
            Form::Name => {
                let paths: Vec<_> = kinds()
                    .filter_map(|k| Some((k, ResourcePath::top(k.collection(), text).ok()?)))
                    .collect();
                let there = |(kind, path): &(&'static Kind, ResourcePath)| match kind.home {
                    Home::Service => self.in_service(path),
                    _ => self.has(path),
                };
                if paths.iter().any(there) {
                    return None;
                }
                let kind = kinds().next()?;
                Some(match kind.home {
                    Home::Service => missing_in_service(kind, text),
                    _ => missing(kind, text),
                })
            }
            Form::NameInApi => {
                let kind = kinds().next()?;
                let path = step.target.below().root().child(kind.collection(), text);
                let there = path.is_ok_and(|p| self.has(&p));
                (!there).then(|| missing(kind, text))
            }
            // No body has the thumbprint of its certificate.
            Form::Thumbprint => None,
        }
    }

    fn follow_id(&self, reference: &Reference, text: &str) -> Option<Trouble> {
        let expected = *reference.to.first()?;
        let wrong = |path: &ResourcePath| {
            let found = catalog::kind_of(path)?;
            (!reference.to.contains(&found)).then(|| Trouble::WrongKind {
                name: text.to_owned(),
                found: found.name,
                expected: reference
                    .to
                    .iter()
                    .map(|k| k.name)
                    .collect::<Vec<_>>()
                    .join(" or "),
            })
        };
        match self.lead(text) {
            Led::Everything => None,
            Led::Elsewhere => Some(Trouble::OutOfReach(text.to_owned())),
            Led::Workspace(path) => wrong(&path)
                .or_else(|| (!self.has_revision(&path)).then(|| missing(expected, text))),
            Led::Either(path) if self.has_revision(&path) => wrong(&path),
            Led::Either(path) if !self.referable(&path) => {
                wrong(&path).or_else(|| Some(missing(expected, text)))
            }
            Led::Service(path) if !self.referable(&path) => {
                Some(Trouble::OutOfReach(text.to_owned()))
            }
            Led::Service(path) | Led::Either(path) => wrong(&path)
                .or_else(|| (!self.in_service(&path)).then(|| missing_in_service(expected, text))),
        }
    }

    fn lead(&self, text: &str) -> Led {
        let (below, full) = match ServiceId::split(text) {
            Some((service, _)) if service != self.plan.target => return Led::Elsewhere,
            Some((_, below)) => (below, true),
            None => (text, false),
        };
        let home = format!("/workspaces/{}", self.plan.workspace);
        let all = |t: &str| {
            let t = t.trim_end_matches('/');
            t.is_empty() || t.eq_ignore_ascii_case("/apis")
        };
        if let Some((head, rest)) = below.split_at_checked(home.len())
            && head.eq_ignore_ascii_case(&home)
            && all(rest)
        {
            return Led::Everything;
        }
        if let Ok(target) = below.parse::<TargetPath>() {
            return match *target.workspace() == self.plan.workspace {
                true => Led::Workspace(target.below().clone()),
                false => Led::Elsewhere,
            };
        }
        match below.parse() {
            Ok(path) if full => Led::Service(path),
            Ok(path) => Led::Either(path),
            Err(_) if !full && all(below) => Led::Everything,
            Err(_) => Led::Elsewhere,
        }
    }

    /// Whether a resource is there, also under the number of the revision that
    /// is current, which goes by the plain name.
    fn has_revision(&self, path: &ResourcePath) -> bool {
        if self.has(path) {
            return true;
        }
        let root = path.root();
        let (_, Some(number)) = split_revision(root.name()) else {
            return false;
        };
        let plain = without_revision(path);
        let step = self.at.get(&plain.root());
        let properties = step.and_then(|s| s.content.as_ref()).map(|c| &c.properties);
        let current = properties.and_then(|p| p.get("apiRevision"));
        self.has(&plain) && current.is_none_or(|c| c.as_str() == Some(number))
    }

    /// Whether a workspace may refer to something at service level.
    fn referable(&self, path: &ResourcePath) -> bool {
        catalog::kind_of(path)
            .is_some_and(|k| k.home == Home::Service || k.is_built_in(path, &Map::new()))
    }

    fn in_service(&self, path: &ResourcePath) -> bool {
        let built_in = catalog::kind_of(path).is_some_and(|k| k.is_built_in(path, &Map::new()));
        let known = self.present.service.as_ref();
        built_in || known.is_none_or(|paths| paths.contains(path))
    }

    /// Follows what the policy names that a step's document is, or that one of
    /// its properties holds.
    fn policy(&mut self, step: &Step, i: usize, content: &Content) {
        let file = self.files[i].as_deref();
        let held = step.kind.policy_in().filter(|_| content.document.is_none());
        let (text, file, within) = match (&content.document, held) {
            (Some(text), _) => (text.as_str(), file.map(document_of), None),
            (None, Some(at)) => match content.properties.get(at).and_then(Value::as_str) {
                Some(text) => (text, file.map(str::to_owned), Some(at)),
                None => return,
            },
            (None, None) => return,
        };
        for reference in policy::scan(text).references {
            // Nothing in a comment ever blocks, and Liquid has the same braces;
            // whether a value is put into another one is not known.
            let in_doubt = within.is_some() && reference.to == Target::NamedValue;
            if reference.place != Place::Live || in_doubt {
                continue;
            }
            let Some(naming) = naming(&reference.to) else {
                continue;
            };
            let kind = naming.kind;
            let there = match naming.how {
                How::Display => self.has_display(kind, &reference.name),
                How::Name => ResourcePath::top(kind.collection(), &reference.name)
                    .is_ok_and(|path| self.has(&path)),
                // Limits may name what is not there, and a thumbprint may be a
                // client's.
                How::NameOrDisplay | How::NameOrThumbprint | How::Operation | How::Thumbprint => {
                    true
                }
            };
            if !there {
                let place = match within {
                    None => format!("{}:{}", reference.line, reference.column),
                    Some(at) => format!("properties.{at}"),
                };
                self.problems.push(Problem {
                    step: Some(step.id.clone()),
                    file: file.clone(),
                    place: Some(place),
                    trouble: missing(kind, &reference.name),
                });
            }
        }
    }
}

fn missing(kind: &'static Kind, name: &str) -> Trouble {
    Trouble::Missing {
        kind: kind.name,
        name: name.to_owned(),
    }
}

fn missing_in_service(kind: &'static Kind, name: &str) -> Trouble {
    Trouble::MissingInService {
        kind: kind.name,
        name: name.to_owned(),
    }
}
