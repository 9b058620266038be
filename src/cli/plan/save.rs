//! `--save`: the migration file that equals flags and answers.

use std::path::{Path, PathBuf};

use apim_migrate::plan::Keys;
use apim_migrate::plan::upload::Uploads;
use apim_migrate::select::Glob;

use super::args::Options;
use crate::cli::migration::{
    Form, NamingForm, OverrideForm, SelectForm, TargetForm, WorkspaceForm,
};
use crate::cli::report::Report;

/// What a plan was asked to be, beside its options.
pub(super) struct Asked<'a> {
    pub(super) options: &'a Options,
    /// Files are named from the folder of the file that is saved.
    pub(super) uploads: Uploads,
    pub(super) traits: Option<PathBuf>,
    pub(super) output: Option<PathBuf>,
}

impl Asked<'_> {
    /// As a migration file that stands there.
    pub(super) fn text(self, at: &Path) -> Result<String, Report> {
        let failed = |e| Report::usage("a migration file can't be made of it").cause(e);
        self.form().text(at).map_err(failed)
    }

    fn form(self) -> Form {
        let Options {
            source,
            target,
            workspace,
            select,
            plan,
            ..
        } = self.options;
        let globs = |globs: &[Glob]| globs.iter().map(|g| g.as_str().to_owned()).collect();
        let made = plan.setup.workspace.as_ref().map(|made| WorkspaceForm {
            id: workspace.to_string(),
            display_name: Some(made.display_name.clone()),
            description: made.description.clone(),
            create: true,
        });
        let overrides = plan.naming.overrides.iter().map(|(path, given)| {
            let form = OverrideForm {
                name: given.name.clone(),
                display_name: given.display_name.clone(),
                path: given.path.clone(),
            };
            (path.to_string(), form)
        });
        let uploads = self.uploads.into_iter();
        Form {
            version: Some(1),
            name: Some(plan.name.clone()).filter(|name| name != workspace.as_str()),
            service: Some(source.to_string()),
            target_service: (target != source).then(|| target.to_string()),
            workspace: made.is_none().then(|| workspace.to_string()),
            target: TargetForm { workspace: made },
            access: plan.setup.access.clone(),
            select: SelectForm {
                apis: globs(&select.apis),
                display_names: globs(&select.display_names),
                tags: select.tags.clone(),
                products: select.products.clone(),
                version_sets: select.version_sets.clone(),
                all: select.all,
                only_selected: plan.only_selected,
                exclude: globs(&select.exclude),
                whole_version_sets: select.whole_version_sets,
            },
            without: select.without.clone(),
            service_scope: select.service_scope.clone(),
            allow: plan.allow.clone(),
            naming: NamingForm {
                name: plan.naming.name.clone(),
                display_name: plan.naming.display_name.clone(),
                path: plan.naming.path.clone(),
                overrides: overrides.collect(),
            },
            certificates: uploads
                .map(|(path, upload)| (path.name().to_owned(), upload))
                .collect(),
            keys: match plan.keys {
                Keys::Auto => None,
                Keys::Carry => Some("carry".to_owned()),
                Keys::New => Some("new".to_owned()),
            },
            traits: self.traits,
            output: self.output,
        }
    }
}
