//! Which APIs are meant: by flags, by the migration file, or by asking.

use apim_migrate::select::{Glob, Select};
use clap::Args;

use crate::cli::report::Report;
use crate::cli::ui::Ui;

#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Selection")]
pub(crate) struct SelectionArgs {
    /// APIs by name, or name;rev=N; `*` and `?` match; repeatable
    #[arg(long = "api", value_name = "GLOB")]
    apis: Vec<String>,

    /// APIs by display name; repeatable
    #[arg(long = "api-display-name", value_name = "GLOB")]
    display_names: Vec<String>,

    /// APIs that have a tag; repeatable
    #[arg(long = "tag", value_name = "TAG")]
    tags: Vec<String>,

    /// APIs that are in a product; repeatable
    #[arg(long = "product", value_name = "PRODUCT")]
    products: Vec<String>,

    /// APIs that are in a version set; repeatable
    #[arg(long = "version-set", value_name = "SET")]
    version_sets: Vec<String>,

    /// All APIs
    #[arg(long)]
    all: bool,

    /// But not these APIs, by name; repeatable
    #[arg(long, value_name = "GLOB")]
    exclude: Vec<String>,

    /// Also the other versions of what is selected
    #[arg(long)]
    whole_version_sets: bool,

    /// Leave out what would come along: products, subscriptions, tags, groups …; repeatable,
    /// or comma-separated
    #[arg(long, value_name = "BRANCH", value_delimiter = ',')]
    without: Vec<String>,

    /// Make what is for all APIs of the service for all of the workspace, too: policy (into
    /// another service only), diagnostics, notifications (who gets them); repeatable, or
    /// comma-separated
    #[arg(
        long = "with-service-scope",
        value_name = "WHAT",
        value_delimiter = ','
    )]
    service_scope: Vec<String>,
}

impl SelectionArgs {
    /// Whether a flag says this of what a migration file can say, too.
    pub(crate) fn says(&self, way: &[String]) -> bool {
        let [list, word] = way else { return false };
        let given = match list.as_str() {
            "apis" => &self.apis,
            "displayNames" => &self.display_names,
            "tags" => &self.tags,
            "products" => &self.products,
            "versionSets" => &self.version_sets,
            "exclude" => &self.exclude,
            "without" => &self.without,
            "serviceScope" => &self.service_scope,
            _ => return false,
        };
        given.contains(word)
    }

    /// What was asked for; lists that were not given are those of `file`.
    pub(crate) fn select(&self, file: Select) -> Select {
        let globs = |given: &[String]| given.iter().map(Glob::new).collect::<Vec<_>>();
        let mine = Select {
            apis: globs(&self.apis),
            display_names: globs(&self.display_names),
            tags: self.tags.clone(),
            products: self.products.clone(),
            version_sets: self.version_sets.clone(),
            all: self.all,
            exclude: globs(&self.exclude),
            whole_version_sets: self.whole_version_sets || file.whole_version_sets,
            without: match self.without.is_empty() {
                true => file.without.clone(),
                false => self.without.clone(),
            },
            service_scope: match self.service_scope.is_empty() {
                true => file.service_scope.clone(),
                false => self.service_scope.clone(),
            },
        };
        // A selection on the command line replaces the file's.
        let mut select = match is_empty(&mine) {
            true => Select {
                exclude: match mine.exclude.is_empty() {
                    true => file.exclude,
                    false => mine.exclude,
                },
                whole_version_sets: mine.whole_version_sets,
                without: mine.without,
                service_scope: mine.service_scope,
                ..file
            },
            false => mine,
        };
        for words in [&mut select.without, &mut select.service_scope] {
            words.sort();
            words.dedup();
        }
        select
    }
}

/// Whether nothing says which APIs.
pub(crate) fn is_empty(select: &Select) -> bool {
    select.apis.is_empty()
        && select.display_names.is_empty()
        && select.tags.is_empty()
        && select.products.is_empty()
        && select.version_sets.is_empty()
        && !select.all
}

/// Takes the names of APIs that were chosen.
pub(crate) fn chosen(names: &[String]) -> Vec<Glob> {
    names.iter().map(Glob::new).collect()
}

/// Refuses an empty selection where nobody can be asked.
pub(crate) fn check(select: &Select, ui: &Ui) -> Result<(), Report> {
    match is_empty(select) && !ui.can_ask() {
        true => Err(Report::usage("which APIs? nothing is selected").help(
            "select with `--api`, `--api-display-name`, `--tag`, `--product`, `--version-set` or `--all`",
        )),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_selection_on_the_command_line_replaces_the_files() {
        let file = Select {
            apis: vec![Glob::new("a")],
            exclude: vec![Glob::new("x")],
            without: vec!["products".to_owned()],
            ..Select::default()
        };
        let args = SelectionArgs {
            tags: vec!["t".to_owned()],
            ..SelectionArgs::default()
        };
        let select = args.select(file.clone());
        assert!(select.apis.is_empty() && select.exclude.is_empty());
        assert_eq!(select.without, ["products"]);
        assert_eq!(SelectionArgs::default().select(file.clone()), file);
    }
}
