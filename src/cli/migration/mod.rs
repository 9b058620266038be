//! The migration file: what `plan` is told by flags, kept in a file.

mod form;
mod place;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use apim_migrate::address::{ResourcePath, ServiceId};
use apim_migrate::apply::{SetupError, roles_of};
use apim_migrate::plan::Naming;
use apim_migrate::plan::codes::CODES;
use apim_migrate::plan::decide::{branches, scope_words};
use apim_migrate::plan::names::Override;
use apim_migrate::plan::setup::{NewWorkspace, Setup};
use apim_migrate::plan::upload::Uploads;
use apim_migrate::schema::{first_version, reading};
use apim_migrate::select::{Glob, Select};
use apim_migrate::workspace::WorkspaceRole;
use apim_migrate::yaml::from_yaml;
use serde_json::{Value, json};

pub(crate) use self::form::{
    Form, NamingForm, OverrideForm, SelectForm, TargetForm, WorkspaceForm,
};
pub(crate) use self::place::Written;
use self::place::{KEYS, Trouble};
use crate::cli::given;
use crate::cli::report::Report;

/// The collection that uploads are for.
const CERTIFICATES: &str = "certificates";

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

/// What is wrong with a file, and where it says so.
struct Wrong {
    why: String,
    way: Vec<String>,
    help: Option<String>,
}

impl Wrong {
    fn at<const N: usize>(way: [&str; N], why: impl Into<String>) -> Self {
        Self {
            why: why.into(),
            way: way.map(str::to_owned).into(),
            help: None,
        }
    }

    /// The same, with what to write.
    fn help(self, help: impl Into<String>) -> Self {
        Self {
            help: Some(help.into()),
            ..self
        }
    }
}

/// The schema of a migration file.
pub(crate) fn schema() -> Value {
    let mut schema = reading().into_root_schema_for::<Form>().to_value();
    first_version(&mut schema);
    schema["title"] = json!("migration file of apim-migrate");
    schema["required"] = json!(["version"]);
    // What is known is offered; the program itself says more of what is not.
    for (key, known) in [
        ("allow", CODES.iter().map(|code| code.code).collect()),
        ("without", branches()),
        ("serviceScope", scope_words()),
    ] {
        let one = json!({"anyOf": [{"enum": known}, {"type": "string"}]});
        schema["properties"][key]["anyOf"] = json!([one, {"type": "array", "items": one}]);
        schema["properties"][key]
            .as_object_mut()
            .map(|key| key.remove("$ref"));
    }
    schema
}

/// Reads a migration file.
pub(crate) fn read(path: &Path) -> Result<Migration, Report> {
    let unusable = || {
        Report::usage(format!(
            "could not use the migration file `{}`",
            path.display()
        ))
    };
    let text = given::text(path, given::WRITTEN, unusable)?;
    let written = Written::new(path, text);
    let mut migration = parse(&written).map_err(|trouble| trouble.added_to(unusable()))?;
    migration.written = written;
    Ok(migration)
}

fn parse(written: &Written) -> Result<Migration, Trouble> {
    let form: Form = from_yaml(written.bytes()).map_err(|error| written.misread(error))?;
    checked(form).map_err(|Wrong { why, way, help }| Trouble {
        lines: written.lines_at(&way, &why).unwrap_or(vec![why]),
        help: Some(help.unwrap_or_else(|| KEYS.to_owned())),
    })
}

fn checked(form: Form) -> Result<Migration, Wrong> {
    if form.version != Some(1) {
        let given = form.version.map_or("missing".to_owned(), |v| v.to_string());
        let why = format!("`version` must be 1, and is {given}");
        return Err(Wrong::at(["version"], why).help("begin the file with `version: 1`"));
    }
    let service = |field: &str, id: Option<String>| {
        let wrong = |e| {
            Wrong::at([field], format!("`{field}`: {e}")).help(
                "give the whole ARM id: `/subscriptions/…/resourceGroups/…/providers/\
                 Microsoft.ApiManagement/service/NAME`",
            )
        };
        id.map(|id| id.parse().map_err(wrong)).transpose()
    };
    let globs = |texts: Vec<String>| texts.into_iter().map(Glob::new).collect();
    let mut overrides = BTreeMap::new();
    for (written, given) in form.naming.overrides {
        let wrong = |why: String| Wrong::at(["naming", "overrides", &written], why);
        let path: ResourcePath = (written.parse()).map_err(|e| {
            wrong(format!("`naming.overrides`: {e}"))
                .help("name the source by its path there, such as `/apis/orders`")
        })?;
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
    for (at, access) in form.access.iter().enumerate() {
        let (who, role) = (&access.principal, &access.role);
        let wrong = |key: &str, why: String| Wrong::at(["access", &format!("[{at}]"), key], why);
        if !given.insert((access.principal, access.role.to_lowercase())) {
            let why = format!("`access` gives {who} the role {role} twice");
            return Err(wrong("principal", why).help("take one of them out"));
        }
        roles_of(access).map_err(|e| {
            let key = match (&e, &access.service_role) {
                (SetupError::Type(_), _) => "type",
                (_, Some(_)) if role.parse::<WorkspaceRole>().is_ok() => "serviceRole",
                _ => "role",
            };
            let why = std::error::Error::source(&e).map_or(e.to_string(), ToString::to_string);
            let wrong = wrong(key, format!("`access` of {who}: {why}"));
            match e.help() {
                Some(help) => wrong.help(help),
                None => wrong,
            }
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

    fn read(text: &str) -> Result<Migration, String> {
        let written = Written::new(Path::new("m.yaml"), text.to_owned());
        parse(&written).map_err(|trouble| {
            let help = trouble.help.map(|help| format!("help: {help}"));
            let all: Vec<String> = trouble.lines.into_iter().chain(help).collect();
            all.join("\n")
        })
    }

    #[test]
    fn a_mistake_is_shown_in_its_line() {
        for (text, expected) in [
            (
                "version: 1\nselect:\n  apsi: [a]\n",
                "m.yaml:3:3: there is no key `apsi`\n  |   apsi: [a]\n  |   ^\nhelp: did you mean `apis`?",
            ),
            (
                "version: 1\nselect: [a]\n",
                "m.yaml:2:9: select: it should be keys with values, and is a list\n  \
                 | select: [a]\n  |         ^\nhelp: docs/migration-file.md has every key, with an example",
            ),
            (
                "version: 1\nallow: 5\n",
                "m.yaml:2:8: allow: it should be a list, such as `[a, b]`, and is `5`\n  \
                 | allow: 5\n  |        ^\nhelp: docs/migration-file.md has every key, with an example",
            ),
            (
                "version: 2\n",
                "m.yaml:1:1: `version` must be 1, and is 2\n  | version: 2\n  | ^\nhelp: begin the file with \
                 `version: 1`",
            ),
            (
                "version: 1\naccess:\n- {principal: 11111111-1111-4111-8111-111111111111, role: boss}\n",
                "m.yaml:3:53: `access` of 11111111-1111-4111-8111-111111111111: `boss` is none of \
                 reader, api-developer, product-manager, contributor\n  | : 11111111-1111-4111-8111-111111111111, role: boss}\n  \
                 |                                         ^\nhelp: name one of the roles it lists",
            ),
        ] {
            assert_eq!(read(text).unwrap_err(), expected);
        }
        let long = format!("version: 1\nx: 1\n{}: {{zzz: 1}}\n", "y".repeat(300));
        assert!(read(&long).unwrap_err().len() < 500);
    }

    #[test]
    fn one_text_does_for_a_list_and_a_mark_at_the_beginning_is_passed_over() {
        let migration = read("\u{feff}version: 1\nselect: {apis: a, tags: t}\nallow: x\n").unwrap();
        assert_eq!(migration.select.apis, [Glob::new("a")]);
        assert_eq!(
            (migration.select.tags, migration.allow),
            (vec!["t".to_owned()], vec!["x".to_owned()])
        );
    }

    #[test]
    fn a_file_says_what_flags_say() {
        let text = "version: 1\nworkspace: w\nselect: {apis: [a*], exclude: [ab]}\nwithout: [tags]\n\
                    naming: {name: '{name}-x', overrides: {/apis/a: {path: p}}}\n";
        let migration = read(text).unwrap();
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
            ("version: 2\n", "m.yaml:1:1: `version` must be 1, and is 2"),
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
                "m.yaml:2:16: `certificates` names `c` twice",
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
            let why = read(text).unwrap_err();
            assert!(why.contains(expected), "{why}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_read_is_taken_or_refused(text in "(version: 1\n|version: |service: |select: |apis|\\[|\\]|\\{|\\}|access:\n|  - |principal: |: |,|a|'|\"|&a |\\*a|\n| |\\PC|target: |workspace: |naming: |overrides: |certificates: )*") {
            if let Err(why) = read(&text) {
                prop_assert!(!why.is_empty() && why.len() < 2_000, "{}", why);
            }
        }
    }
}
