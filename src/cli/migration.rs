//! The migration file: what `plan` is told by flags, kept in a file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use apim_migrate::address::{ResourcePath, ServiceId};
use apim_migrate::apply::roles_of;
use apim_migrate::plan::names::Override;
use apim_migrate::plan::setup::{Access, NewWorkspace, Setup};
use apim_migrate::plan::upload::Uploads;
use apim_migrate::plan::{Naming, Upload};
use apim_migrate::select::{Glob, Select};
use apim_migrate::yaml::{Spot, from_yaml, spot};
use serde::Deserialize;

use crate::report::Report;

/// Largest file that is read, in bytes.
const MOST: u64 = 4 << 20;

/// The collection that uploads are for.
const CERTIFICATES: &str = "certificates";

/// The file as a person writes it.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
struct Form {
    version: Option<u32>,
    name: Option<String>,
    service: Option<String>,
    target_service: Option<String>,
    workspace: Option<String>,
    target: TargetForm,
    access: Vec<Access>,
    select: SelectForm,
    without: Vec<String>,
    service_scope: Vec<String>,
    allow: Vec<String>,
    naming: NamingForm,
    certificates: BTreeMap<String, Upload>,
    keys: Option<String>,
    traits: Option<PathBuf>,
    output: Option<PathBuf>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
struct TargetForm {
    workspace: Option<WorkspaceForm>,
}

/// The workspace with what it is to be like.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct WorkspaceForm {
    id: String,
    display_name: Option<String>,
    description: Option<String>,
    #[serde(default)]
    create: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
struct SelectForm {
    apis: Vec<String>,
    display_names: Vec<String>,
    tags: Vec<String>,
    products: Vec<String>,
    version_sets: Vec<String>,
    all: bool,
    only_selected: bool,
    exclude: Vec<String>,
    whole_version_sets: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
struct NamingForm {
    name: Option<String>,
    display_name: Option<String>,
    path: Option<String>,
    overrides: BTreeMap<String, OverrideForm>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
struct OverrideForm {
    name: Option<String>,
    display_name: Option<String>,
    path: Option<String>,
}

/// What the file says, checked.
#[derive(Debug, Default)]
pub(crate) struct Migration {
    pub(crate) name: Option<String>,
    pub(crate) service: Option<ServiceId>,
    pub(crate) target_service: Option<ServiceId>,
    pub(crate) workspace: Option<String>,
    pub(crate) setup: Setup,
    pub(crate) select: Select,
    /// Whether an API that comes along unselected stands in the way.
    pub(crate) only_selected: bool,
    pub(crate) allow: Vec<String>,
    pub(crate) naming: Naming,
    /// Files are named as they are in the migration file.
    pub(crate) uploads: Uploads,
    pub(crate) keys: Option<String>,
    /// What was found out about the target; named as it is in the file.
    pub(crate) traits: Option<PathBuf>,
    pub(crate) output: Option<PathBuf>,
    /// The file itself.
    pub(crate) written: Written,
}

/// A file as somebody wrote it.
#[derive(Debug, Default)]
pub(crate) struct Written {
    path: PathBuf,
    text: String,
}

impl Written {
    /// Where the file says something: `` `m.yaml`, line 3, column 9 ``.
    pub(crate) fn place(&self, way: &[String]) -> Option<String> {
        let spot = place(&self.text, way)?;
        Some(format!("`{}`, {spot}", self.path.display()))
    }
}

fn place(text: &str, way: &[String]) -> Option<Spot> {
    let way: Vec<&str> = way.iter().map(String::as_str).collect();
    spot(text.as_bytes(), &way)
}

/// What is wrong with a file, and where it says so.
struct Wrong {
    why: String,
    way: Vec<String>,
}

impl Wrong {
    fn at<const N: usize>(way: [&str; N], why: impl Into<String>) -> Self {
        Self {
            why: why.into(),
            way: way.map(str::to_owned).into(),
        }
    }
}

/// Reads a migration file.
pub(crate) fn read(path: &Path) -> Result<Migration, Report> {
    let unusable = || {
        Report::usage(format!(
            "could not use the migration file `{}`",
            path.display()
        ))
    };
    let length = std::fs::metadata(path)
        .map_err(|e| unusable().cause(e))?
        .len();
    if length > MOST {
        return Err(unusable().cause(format!("it is larger than {MOST} bytes")));
    }
    let text = std::fs::read_to_string(path).map_err(|e| unusable().cause(e))?;
    let mut migration = parse(&text).map_err(|why| unusable().cause(why))?;
    migration.written = Written {
        path: path.to_owned(),
        text,
    };
    Ok(migration)
}

fn parse(text: &str) -> Result<Migration, String> {
    // The parser's message names line and column.
    let form: Form = from_yaml(text.as_bytes()).map_err(|e| e.to_string())?;
    checked(form).map_err(|Wrong { why, way }| match place(text, &way) {
        Some(spot) => format!("{why}, at {spot}"),
        None => why,
    })
}

fn checked(form: Form) -> Result<Migration, Wrong> {
    if form.version != Some(1) {
        let given = form.version.map_or("missing".to_owned(), |v| v.to_string());
        let why = format!("`version` must be 1, and is {given}");
        return Err(Wrong::at(["version"], why));
    }
    let service = |field: &str, id: Option<String>| {
        let wrong = |e| Wrong::at([field], format!("`{field}`: {e}"));
        id.map(|id| id.parse().map_err(wrong)).transpose()
    };
    let globs = |texts: Vec<String>| texts.into_iter().map(Glob::new).collect();
    let mut overrides = BTreeMap::new();
    for (written, given) in form.naming.overrides {
        let wrong = |why: String| Wrong::at(["naming", "overrides", &written], why);
        let path: ResourcePath =
            (written.parse()).map_err(|e| wrong(format!("`naming.overrides`: {e}")))?;
        let given = Override {
            name: given.name,
            display_name: given.display_name,
            path: given.path,
        };
        if overrides.insert(path.clone(), given).is_some() {
            return Err(wrong(format!("`naming.overrides` names `{path}` twice")));
        }
    }
    let mut uploads = Uploads::new();
    for (name, upload) in form.certificates {
        let wrong = |why: String| Wrong::at([CERTIFICATES, &name], why);
        let path = ResourcePath::top(CERTIFICATES, &name);
        let path = path.map_err(|e| wrong(format!("`certificates`: {e}")))?;
        if path.name() != name {
            return Err(wrong(format!("`certificates`: `{name}` is no name")));
        }
        if uploads.insert(path.clone(), upload).is_some() {
            return Err(wrong(format!(
                "`certificates` names `{}` twice",
                path.name()
            )));
        }
    }
    let mut given = BTreeSet::new();
    for access in &form.access {
        if !given.insert((access.principal, access.role.to_lowercase())) {
            let (who, role) = (&access.principal, &access.role);
            let why = format!("`access` gives {who} the role {role} twice");
            return Err(Wrong::at(["access"], why));
        }
        roles_of(access).map_err(|e| {
            let cause = std::error::Error::source(&e).map(|s| format!(": {s}"));
            let (who, cause) = (&access.principal, cause.unwrap_or_default());
            Wrong::at(["access"], format!("`access` of {who}: {e}{cause}"))
        })?;
    }
    let (workspace, made) = match (form.workspace, form.target.workspace) {
        (Some(_), Some(_)) => {
            let why = "`workspace` and `target.workspace` are both given";
            return Err(Wrong::at(["workspace"], why));
        }
        (workspace, None) => (workspace, None),
        (None, Some(target)) => {
            let made = target.create.then(|| NewWorkspace {
                display_name: target.display_name.unwrap_or_else(|| target.id.clone()),
                description: target.description,
            });
            (Some(target.id), made)
        }
    };
    Ok(Migration {
        setup: Setup {
            workspace: made,
            access: form.access,
        },
        name: form.name,
        service: service("service", form.service)?,
        target_service: service("targetService", form.target_service)?,
        workspace,
        select: Select {
            apis: globs(form.select.apis),
            display_names: globs(form.select.display_names),
            tags: form.select.tags,
            products: form.select.products,
            version_sets: form.select.version_sets,
            all: form.select.all,
            exclude: globs(form.select.exclude),
            whole_version_sets: form.select.whole_version_sets,
            without: form.without,
            service_scope: form.service_scope,
        },
        only_selected: form.select.only_selected,
        allow: form.allow,
        naming: Naming {
            name: form.naming.name,
            display_name: form.naming.display_name,
            path: form.naming.path,
            overrides,
            kept: BTreeMap::new(),
        },
        uploads,
        keys: form.keys,
        traits: form.traits,
        output: form.output,
        written: Written::default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_file_says_what_flags_say() {
        let text = "version: 1\nworkspace: w\nselect: {apis: [a*], exclude: [ab]}\nwithout: [tags]\n\
                    naming: {name: '{name}-x', overrides: {/apis/a: {path: p}}}\n";
        let migration = parse(text).unwrap();
        assert_eq!(migration.workspace.as_deref(), Some("w"));
        assert_eq!(migration.select.apis, [Glob::new("a*")]);
        assert_eq!(migration.select.without, ["tags"]);
        let path: ResourcePath = "/apis/A".parse().unwrap();
        assert_eq!(migration.naming.overrides[&path].path.as_deref(), Some("p"));
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        for (text, expected) in [
            ("version: 1\nworkspce: w\n", "workspce"),
            ("workspace: w\n", "`version` must be 1, and is missing"),
            (
                "version: 2\n",
                "`version` must be 1, and is 2, at line 1, column 1",
            ),
            ("version: 1\nservice: contoso\n", "`service`"),
            (
                "version: 1\nnaming: {overrides: {apis: {}}}\n",
                "naming.overrides",
            ),
            (
                "version: 1\nnaming: {overrides: {/apis/a: {}, /apis/A: {}}}\n",
                "twice",
            ),
            (
                "version: 1\ncertificates: {c: {pfx: a}, C: {pfx: b}}\n",
                "`certificates` names `c` twice, at line 2, column 16",
            ),
            (
                "version: 1\ncertificates: {c: {pfx: a, pfxEnv: B}}\n",
                "certificates: exactly one of",
            ),
            (
                "version: 1\ncertificates: {a/b: {pfx: a}}\n",
                "`certificates`",
            ),
        ] {
            let why = parse(text).unwrap_err();
            assert!(why.contains(expected), "{why}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_read_is_taken_or_refused(text in "(version: 1\n|version: |service: |select: |apis|\\[|\\]|\\{|\\}|access:\n|  - |principal: |: |,|a|'|\"|&a |\\*a|\n| |\\PC|target: |workspace: |naming: |overrides: |certificates: )*") {
            if let Err(why) = parse(&text) {
                prop_assert!(!why.is_empty() && why.len() < 2_000, "{}", why);
            }
        }
    }
}
