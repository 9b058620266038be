//! Which rights carrying a plan out takes, as the catalog has them: a right's
//! name is the way to a resource, which is a kind's pattern.

use std::collections::HashSet;

use super::codes;
use super::finding::Finding;
use super::model::{Action, Plan, Step};
use super::setup::{Item, Setup};
use super::target::Target;
use crate::address::{ResourcePath, split_revision};
use crate::catalog::{self, Home, Kind, kinds, pointer};
use crate::graph::closure::is_branch;
use crate::inventory::Inventory;
use crate::rights::{Needs, Place, Places, Right, Weight, lacks};

/// Where the progress of a long-running operation is asked for, unless the
/// service names the resource's own URL (contract 2.6, point 5).
const PROGRESS: &str = "tenant/operationResults";

/// What is done of a plan, as far as rights go.
pub struct Doing<'p> {
    /// The steps that are still to be carried out.
    pub steps: Vec<&'p Step>,
    /// What is still to be set up.
    pub items: Vec<Item<'p>>,
    /// Whether sources are compared with what they were when it was planned.
    pub drift: bool,
    /// Whether it is looked for what came to them since, and the branches in which
    /// it is not.
    pub lists: Option<&'p [String]>,
    /// What left the plan and is deleted.
    pub deleted: Vec<&'p Step>,
}

impl<'p> Doing<'p> {
    /// All of a plan.
    pub fn all(plan: &'p Plan) -> Self {
        Self {
            steps: plan.steps.iter().collect(),
            items: plan.setup.items().collect(),
            drift: true,
            lists: plan.lists(),
            deleted: Vec::new(),
        }
    }

    /// The rights that it takes.
    pub fn needs(&self, places: &Places) -> Needs {
        let mut needs = Needs::new(places);
        for item in &self.items {
            set_up(item, &mut needs);
        }
        for step in &self.steps {
            self.step(step, &mut needs);
        }
        if let (true, Some(without)) = (self.drift, self.lists) {
            self.lists_around(without, &mut needs);
        }
        // What stands below something goes with it.
        let targets: HashSet<&ResourcePath> =
            self.deleted.iter().map(|s| s.target.below()).collect();
        let goes_with = |step: &Step| {
            let above = step.target.below().parent();
            std::iter::successors(above, ResourcePath::parent).any(|p| targets.contains(&p))
        };
        for step in self.deleted.iter().filter(|step| !goes_with(step)) {
            for verb in ["read", "delete"] {
                needs.must(
                    Place::Workspace,
                    Right::of_workspace(step.kind.pattern, verb),
                );
            }
        }
        if self.steps.iter().any(|step| makes_revision(step)) {
            // It begins as a copy of another one, and sheds what it is not to
            // have.
            for kind in self.steps.iter().map(|s| s.kind).filter(|k| k.by_revision) {
                needs.may(
                    Place::Workspace,
                    Right::of_workspace(kind.pattern, "delete"),
                );
            }
        }
        let writes = self.steps.iter().any(|step| step.action != Action::Reuse);
        if writes || !self.deleted.is_empty() {
            needs.may(Place::Target, Right::of_service(PROGRESS, "read"));
        }
        needs
    }

    /// What is listed to see what came to the sources of steps: what stands below
    /// them, links to them, and what names them.
    fn lists_around(&self, without: &[String], needs: &mut Needs) {
        let named = |branch: &str| without.iter().any(|word| word.eq_ignore_ascii_case(branch));
        let cut = |kind: &Kind| without.iter().any(|word| is_branch(word, kind));
        let read = |kind: &Kind| Right::of_service(kind.pattern, "read");
        let sources = self.steps.iter().filter_map(|step| step.source.as_ref());
        for kind in sources.filter_map(|source| catalog::kind_of(source)) {
            if kind.revisions {
                let revisions = format!("{}/revisions", kind.pattern);
                needs.must(Place::Source, Right::of_service(&revisions, "read"));
            }
            for child in kind
                .children
                .iter()
                .filter(|c| c.can_be_copied() && !cut(c))
            {
                needs.must(Place::Source, read(child));
            }
            let referrers = kind.referrers.iter();
            for referrer in referrers.filter(|r| !named(r.branch) && !cut(r.kind)) {
                let owner = referrer.view.and_then(|_| referrer.kind.parent());
                needs.must(Place::Source, read(owner.unwrap_or(referrer.kind)));
            }
        }
    }

    fn step(&self, step: &Step, needs: &mut Needs) {
        let own = |verb| Right::of_workspace(step.kind.pattern, verb);
        // What stands there is looked at first, whatever is done.
        needs.must(Place::Workspace, own("read"));
        match step.action {
            Action::Create => needs.must(Place::Workspace, own("write")),
            Action::Tidy => return needs.must(Place::Workspace, own("delete")),
            Action::Reuse => return,
        }
        if let (Some(source), true, true) = (&step.source, step.is_marked(), self.drift)
            && let Some(kind) = catalog::kind_of(source)
        {
            needs.must(Place::Source, Right::of_service(kind.pattern, "read"));
        }
        if let Some(action) = &step.secret {
            let verb = format!("{action}/action");
            needs.must(Place::Source, Right::of_service(step.kind.pattern, &verb));
        }
        for kind in named_at_the_service(step) {
            // Documented for authorization servers [docs:
            // api-management-role-based-access-control], inferred for others.
            needs.may(Place::Target, Right::of_service(kind.pattern, "read"));
        }
    }
}

fn makes_revision(step: &Step) -> bool {
    let (_, revision) = split_revision(step.target.below().name());
    step.action == Action::Create && step.kind.revisions && revision.is_some()
}

/// The kinds at service level that a step's body refers to.
fn named_at_the_service(step: &Step) -> impl Iterator<Item = &'static Kind> + '_ {
    let referred = step.kind.references.iter().filter(|reference| {
        let mut named = false;
        if let Some(content) = &step.content {
            pointer::each_of(&content.properties, reference.pointer, &mut |value| {
                named |= value.as_str().is_some_and(|text| !text.is_empty());
            });
        }
        named
    });
    let kinds = referred.flat_map(|reference| reference.to).copied();
    kinds
        .chain(step.kind.member)
        .filter(|kind| kind.home == Home::Service)
}

fn set_up(item: &Item<'_>, needs: &mut Needs) {
    let assign = || Right::new("Microsoft.Authorization/roleAssignments/write");
    match item {
        Item::Workspace(_) => {
            let write = Right::of_service("workspaces", "write");
            match needs.places().workspace {
                None => needs.must(Place::Target, write),
                // One that is as it should be is left.
                Some(_) => needs.may(Place::Workspace, write),
            }
            needs.must(Place::Workspace, Right::of_service("workspaces", "read"));
        }
        Item::Access(access) => {
            needs.must(Place::Workspace, assign());
            let none = access.service_role.as_deref();
            if !none.is_some_and(|role| role.eq_ignore_ascii_case("none")) {
                needs.must(Place::Target, assign());
            }
        }
    }
}

/// The rights that it takes to read a service and to copy whatever it may hold;
/// without a workspace, only what reading takes, and the secrets.
pub fn in_general(places: &Places, into_workspace: bool) -> Needs {
    let mut needs = Needs::new(places);
    needs.may(
        Place::Source,
        Right::new("Microsoft.ApiManagement/service/read"),
    );
    for pattern in ["workspaces", "workspaceLinks"] {
        needs.may(Place::Source, Right::of_service(pattern, "read"));
    }
    for kind in kinds() {
        let read = Right::of_service(kind.pattern, "read");
        match kind.home == Home::Workspace && !kind.optional {
            true => needs.must(Place::Source, read),
            false => needs.may(Place::Source, read),
        }
        if kind.revisions {
            let revisions = format!("{}/revisions", kind.pattern);
            needs.must(Place::Source, Right::of_service(&revisions, "read"));
        }
        for view in kind.referrers.iter().filter_map(|r| r.view) {
            let view = format!("{}/{view}", kind.pattern);
            needs.may(Place::Source, Right::of_service(&view, "read"));
        }
        if let Some(secret) = kind.secret {
            let verb = format!("{}/action", secret.action);
            needs.may(Place::Source, Right::of_service(kind.pattern, &verb));
        }
        if !into_workspace {
            continue;
        }
        let own = |verb| Right::of_workspace(kind.pattern, verb);
        match kind.home {
            Home::Workspace => {
                needs.must(Place::Workspace, own("read"));
                needs.must(Place::Workspace, own("write"));
                needs.may(Place::Workspace, own("delete"));
            }
            Home::ByChoice(_) => {
                for verb in ["read", "write", "delete"] {
                    needs.may(Place::Workspace, own(verb));
                }
            }
            Home::Service => needs.may(Place::Target, Right::of_service(kind.pattern, "read")),
            Home::Nowhere(_) | Home::Stays(_) => {}
        }
    }
    if into_workspace {
        needs.may(Place::Workspace, Right::of_service("workspaces", "read"));
        needs.may(Place::Target, Right::of_service(PROGRESS, "read"));
    }
    needs
}

impl Plan {
    /// The branches in which it is not looked for what came to its sources, where it
    /// is looked for that at all.
    pub(crate) fn lists(&self) -> Option<&[String]> {
        let without = self.selection.without.as_slice();
        self.basis.as_ref().map(|_| without)
    }

    /// The places that it reads and writes, where its workspace is there or is
    /// still to be made.
    pub fn places(&self, workspace_is_there: bool) -> Places {
        Places {
            source: self.source.clone(),
            target: self.target.clone(),
            workspace: workspace_is_there.then(|| self.workspace.clone()),
        }
    }
}

/// What whoever made the plan has no right to, of what applying it takes: one
/// finding for each role.
pub(super) fn missing(
    inventory: &Inventory,
    target: &Target,
    steps: &[Step],
    setup: &Setup,
) -> Vec<Finding> {
    if target.rights.is_empty() {
        return Vec::new();
    }
    let places = Places {
        source: inventory.service.clone(),
        target: target.service.clone(),
        workspace: target.exists.then(|| target.workspace.clone()),
    };
    let doing = Doing {
        steps: steps.iter().collect(),
        items: setup.items().collect(),
        drift: true,
        // Whoever made the plan has read them.
        lists: None,
        deleted: Vec::new(),
    };
    lacks(&doing.needs(&places), &target.rights)
        .into_iter()
        .map(|lack| {
            let takes = match lack.weight {
                Weight::Must => "takes",
                Weight::May => "may take",
            };
            let at = places.name(lack.place);
            let message = format!(
                "applying {takes} {} at {at}, which whoever made the plan lacks",
                lack.in_words()
            );
            codes::RIGHT_MISSING.about(places.id(lack.place), message)
        })
        .collect()
}

#[cfg(test)]
#[path = "needs_tests.rs"]
mod tests;
