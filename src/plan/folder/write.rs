//! Writing a plan's folder: the same plan gives the same bytes.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;

use serde_json::{Map, Value};

use super::file_name::{bodies, document_of, source_of};
use super::form::{FindingForm, PlanForm, StepForm};
use super::read::{own_file, read_sources};
use super::scalar::scalar;
use super::{BASIS, FolderError, JOURNAL, PLAN_FILE, RESOURCES, SOURCES, WRITTEN};
use crate::catalog::ApiVersion;
use crate::plan::again::Written;
use crate::plan::basis::Basis;
use crate::plan::finding::Severity;
use crate::plan::model::{Action, Plan, Step};
use crate::plan::setup::Setup;
use crate::plan::sources::Sources;
use crate::plan::upload::{Upload, UploadFrom};
use crate::secret::seen_json;

/// Widest line before a list is broken into several.
const WIDTH: usize = 100;

/// What stands in `plan.yaml` while the folder is being written: it marks the
/// folder as a plan's, and can't be read as one.
const UNFINISHED: &str =
    "# This plan was not written to its end. Make it again.\ngenerator: none\n";

/// A plan that is whole and not yet in its place.
const NEXT: &str = ".next";

/// Writes a plan into a folder, which is made when it is not there. A plan that
/// the folder holds already is replaced; a journal is left alone.
///
/// # Errors
/// When the folder holds something else, or, unless `overwrite`, the journal of
/// a plan that was applied; when a body holds a secret; when the file system
/// refuses.
pub fn write(plan: &Plan, dir: &Path, overwrite: bool) -> Result<(), FolderError> {
    if !overwrite && dir.join(JOURNAL).exists() {
        return Err(FolderError::Applied(dir.to_owned()));
    }
    write_edited(plan, &Written::of(plan), &Sources::new(), dir)
}

/// Writes a plan that a person has edited since it was made: `written` has the
/// digests of what was made, `sources` the texts of the documents that it
/// rewrites.
///
/// # Errors
/// When the folder holds something else; when a body holds a secret; when the
/// file system refuses.
pub fn write_edited(
    plan: &Plan,
    written: &Written,
    sources: &Sources,
    dir: &Path,
) -> Result<(), FolderError> {
    let form = PlanForm::from(plan);
    let mut files = vec![
        (PLAN_FILE.to_owned(), yaml(plan, &form)),
        (WRITTEN.to_owned(), digests(written)),
    ];
    let basis = plan.basis.as_ref().map(lines);
    files.extend(basis.map(|basis| (BASIS.to_owned(), basis)));
    for (step, form) in plan.steps.iter().zip(&form.steps) {
        if let Some(body) = &form.body {
            files.extend(files_of(step, body)?);
        }
    }
    files.extend(texts_of(plan, sources));
    let (old, file) = (dir.join(RESOURCES), dir.join(PLAN_FILE));
    let there = old.symlink_metadata().is_ok();
    if (there || file.exists()) && !holds_plan(dir) {
        return Err(FolderError::NotAPlan(if there { old } else { file }));
    }
    fs::create_dir_all(dir).map_err(io_at(dir))?;
    settle(dir)?;
    let fresh = tempfile::Builder::new()
        .prefix(".plan-")
        .tempdir_in(dir)
        .map_err(io_at(dir))?;
    let bodies = fresh.path().join(RESOURCES);
    fs::create_dir(&bodies).map_err(io_at(&bodies))?;
    put(fresh.path(), &files)?;
    let next = dir.join(NEXT);
    fs::rename(fresh.path(), &next).map_err(io_at(&next))?;
    // It is elsewhere by now.
    let _ = fresh.keep();
    settle(dir)
}

/// Writes only what is known of how a plan was made, beside one that says the
/// same; nothing where that is known there.
///
/// # Errors
/// When the file system refuses.
pub fn note(
    plan: &Plan,
    written: &Written,
    sources: &Sources,
    dir: &Path,
) -> Result<(), FolderError> {
    let basis = plan.basis.as_ref().map(lines);
    let files = [(WRITTEN, Some(digests(written))), (BASIS, basis)];
    for (name, text) in files {
        let path = dir.join(name);
        own_file(&path).map_err(io_at(&path))?;
        let same = |text: &String| fs::read(&path).is_ok_and(|there| there == text.as_bytes());
        if let Some(text) = text.filter(|text| !same(text)) {
            fs::write(&path, text).map_err(io_at(&path))?;
        }
    }
    if read_sources(plan, dir)? == *sources {
        return Ok(());
    }
    let fresh = tempfile::Builder::new()
        .prefix(".plan-")
        .tempdir_in(dir)
        .map_err(io_at(dir))?;
    put(fresh.path(), &texts_of(plan, sources))?;
    remove_sources(dir)?;
    let (from, to) = (fresh.path().join(SOURCES), dir.join(SOURCES));
    match from.exists() {
        true => fs::rename(from, &to).map_err(io_at(&to)),
        false => Ok(()),
    }
}

/// Writes files below a folder.
fn put(dir: &Path, files: &[(String, String)]) -> Result<(), FolderError> {
    let mut made = HashSet::new();
    for (file, bytes) in files {
        let path = dir.join(file);
        if let Some(parent) = path.parent()
            && made.insert(parent.to_owned())
        {
            fs::create_dir_all(parent).map_err(io_at(parent))?;
        }
        fs::write(&path, bytes).map_err(io_at(&path))?;
    }
    Ok(())
}

/// The files with the source's texts.
fn texts_of(plan: &Plan, sources: &Sources) -> Vec<(String, String)> {
    let bodies = plan.steps.iter().zip(bodies(plan));
    let texts = bodies.filter_map(|(step, body)| Some((source_of(&body?), sources.get(&step.id)?)));
    texts.map(|(file, text)| (file, text.clone())).collect()
}

/// Takes away the source's texts, of which others are to come. A link in their
/// place is left: nothing is put where it leads.
fn remove_sources(dir: &Path) -> Result<(), FolderError> {
    let sources = dir.join(SOURCES);
    match sources.symlink_metadata() {
        Ok(found) if found.is_dir() => fs::remove_dir_all(&sources).map_err(io_at(&sources)),
        _ => Ok(()),
    }
}

/// Brings a plan that is whole to its place, which was cut off: with it goes
/// what a person had edited in the one before. Does nothing where there is none.
///
/// # Errors
/// When the file system refuses.
pub fn settle(dir: &Path) -> Result<(), FolderError> {
    let next = dir.join(NEXT);
    if !next.symlink_metadata().is_ok_and(|found| found.is_dir()) {
        return Ok(());
    }
    let rename = |name: &str| {
        let (from, to) = (next.join(name), dir.join(name));
        match from.symlink_metadata() {
            Ok(_) => fs::rename(&from, &to).map_err(io_at(&to)),
            Err(_) => Ok(()),
        }
    };
    if next.join(PLAN_FILE).exists() {
        // Bodies are swapped while `plan.yaml` can't be read as a plan: at no
        // time do the steps of one plan stand beside the bodies of another.
        let (bodies, file) = (dir.join(RESOURCES), dir.join(PLAN_FILE));
        if file.exists() {
            let unfinished = next.join("unfinished");
            fs::write(&unfinished, UNFINISHED).map_err(io_at(&unfinished))?;
            fs::rename(&unfinished, &file).map_err(io_at(&file))?;
        }
        if next.join(RESOURCES).exists() && bodies.symlink_metadata().is_ok() {
            fs::remove_dir_all(&bodies).map_err(io_at(&bodies))?;
        }
        rename(RESOURCES)?;
        remove_sources(dir)?;
        rename(SOURCES)?;
        // A plan without bodies has no folder for them.
        let _ = fs::remove_dir(&bodies);
        rename(WRITTEN)?;
        rename(BASIS)?;
        rename(PLAN_FILE)?;
    }
    fs::remove_dir_all(&next).map_err(io_at(&next))
}

fn compact(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// The digests, one step a line, so that a diff of them is short.
fn digests(written: &Written) -> String {
    let mut out = String::from("{\n");
    let _ = writeln!(out, "\"version\":{},", written.version);
    for (name, line) in [
        ("allow", compact(&written.allow)),
        ("head", compact(&written.head)),
        ("left", compact(&written.left)),
    ] {
        let _ = writeln!(out, "\"{name}\":{line},");
    }
    out.push_str("\"steps\":{");
    for (at, (id, step)) in written.steps.iter().enumerate() {
        let comma = if at == 0 { "" } else { "," };
        let id = compact(id);
        let step = compact(step);
        let _ = write!(out, "{comma}\n{id}:{step}");
    }
    out.push_str("\n}}\n");
    seen_json(&out)
}

/// What stood at the source, one resource a line.
fn lines(basis: &Basis) -> String {
    let text = serde_json::to_string_pretty(basis).unwrap_or_default();
    seen_json(&format!("{text}\n"))
}

fn io_at(path: &Path) -> impl Fn(io::Error) -> FolderError {
    move |source| FolderError::Io {
        path: path.to_owned(),
        source,
    }
}

/// Whether what stands in a folder was written as a plan: only then may its
/// bodies be removed.
fn holds_plan(dir: &Path) -> bool {
    fs::read_to_string(dir.join(PLAN_FILE))
        .is_ok_and(|text| text.lines().any(|line| line.starts_with("generator:")))
}

fn files_of(step: &Step, body: &str) -> Result<Vec<(String, String)>, FolderError> {
    let Some(content) = &step.content else {
        return Ok(Vec::new());
    };
    let inside = ["value", "format"].map(|p| content.properties.contains_key(p));
    if content.document.is_some() != step.kind.is_document()
        || (step.kind.is_document() && inside.contains(&true))
    {
        return Err(FolderError::Document {
            step: step.id.clone(),
        });
    }
    if let Some(member) = step.kind.secrets_in(&content.properties).first() {
        return Err(FolderError::Secret {
            step: step.id.clone(),
            file: body.to_owned(),
            member,
        });
    }
    let mut files = vec![(body.to_owned(), json(&content.properties))];
    if let Some(document) = &content.document {
        files.push((document_of(body), document.clone()));
    }
    Ok(files)
}

/// A body as text: two blanks of indentation, members sorted.
fn json(properties: &Map<String, Value>) -> String {
    let mut body = Map::new();
    body.insert("properties".to_owned(), Value::Object(properties.clone()));
    let mut body = Value::Object(body);
    body.sort_all_objects();
    // A reviewer sees each character that is not seen.
    seen_json(&format!("{body:#}\n"))
}

fn yaml(plan: &Plan, form: &PlanForm) -> String {
    let mut out = String::new();
    head(plan, &mut out);
    let version = match form.target.api_version {
        version if version == ApiVersion::default() => String::new(),
        version => format!(", apiVersion: {version}"),
    };
    for (name, value) in [
        ("version", form.version.to_string()),
        ("name", scalar(&form.name)),
        ("created", scalar(&form.created)),
        ("generator", scalar(&form.generator)),
        (
            "source",
            format!("{{ service: {} }}", scalar(&form.source.service)),
        ),
        (
            "target",
            format!(
                "{{ service: {}, workspace: {}{version} }}",
                scalar(&form.target.service),
                scalar(form.target.workspace.as_str())
            ),
        ),
    ] {
        line(&mut out, "", name, &value);
    }
    out.push_str("selection:\n");
    list(&mut out, "  ", "apis", &form.selection.apis);
    if form.selection.whole_version_sets {
        line(&mut out, "  ", "wholeVersionSets", "true");
    }
    if !form.selection.without.is_empty() {
        list(&mut out, "  ", "without", &form.selection.without);
    }
    if !form.selection.service_scope.is_empty() {
        let words = &form.selection.service_scope;
        list(&mut out, "  ", "serviceScope", words);
    }
    if !form.allow.is_empty() {
        list(&mut out, "", "allow", &form.allow);
    }
    write_setup(&mut out, &form.setup);
    out.push('\n');
    if form.findings.is_empty() {
        out.push_str("findings: []\n");
    } else {
        out.push_str("findings:\n");
    }
    for finding in &form.findings {
        write_finding(&mut out, finding);
    }
    if form.steps.is_empty() {
        out.push_str("\nsteps: []\n");
    } else {
        out.push_str("\nsteps:\n");
    }
    for step in &form.steps {
        write_step(&mut out, step);
    }
    out
}

/// What comes before the steps.
fn write_setup(out: &mut String, setup: &Setup) {
    if setup.is_empty() {
        return;
    }
    out.push_str("\nsetup:\n");
    if let Some(workspace) = &setup.workspace {
        out.push_str("  workspace:\n");
        line(out, "    ", "displayName", &scalar(&workspace.display_name));
        if let Some(description) = &workspace.description {
            line(out, "    ", "description", &scalar(description));
        }
    }
    if !setup.access.is_empty() {
        out.push_str("  access:\n");
    }
    for access in &setup.access {
        let mut members = vec![
            format!("principal: {}", scalar(&access.principal.to_string())),
            format!("type: {}", scalar(&access.principal_type)),
            format!("role: {}", scalar(&access.role)),
        ];
        if let Some(role) = &access.service_role {
            members.push(format!("serviceRole: {}", scalar(role)));
        }
        let _ = writeln!(out, "    - {{ {} }}", members.join(", "));
    }
}

fn head(plan: &Plan, out: &mut String) {
    let count = |severity, blocks: bool| {
        let of = |f: &&crate::plan::Finding| f.severity == severity && f.blocks() == blocks;
        plan.findings.iter().filter(of).count()
    };
    let _ = write!(
        out,
        "# yaml-language-server: $schema=../plan.schema.json\n\
         # What `apim-migrate apply` will do in the workspace `{}`, and why.\n\
         # `apim-migrate show` gives an overview. Bodies may be edited and steps dropped,\n\
         # as long as nothing that stays needs them: `apply` checks the whole folder first.\n\
         # Editors know its form by what `apim-migrate schema plan` prints.\n\
         #\n\
         # steps:    {} to create, {} to reuse, {} to tidy\n\
         # findings: {} that block, {} allowed, {} to look at, {} to know\n\n",
        plan.workspace,
        plan.count(Action::Create),
        plan.count(Action::Reuse),
        plan.count(Action::Tidy),
        count(Severity::Blocker, true),
        count(Severity::Blocker, false),
        count(Severity::Warning, false),
        count(Severity::Note, false),
    );
}

fn line(out: &mut String, indent: &str, name: &str, value: &str) {
    let _ = writeln!(out, "{indent}{name}: {value}");
}

/// A list on one line where it fits, else one item a line.
fn list(out: &mut String, indent: &str, name: &str, items: &[impl AsRef<str>]) {
    let items: Vec<String> = items.iter().map(|i| scalar(i.as_ref())).collect();
    let width: usize = items.iter().map(|i| i.chars().count() + 2).sum();
    if indent.len() + name.len() + 4 + width <= WIDTH || items.len() == 1 {
        line(out, indent, name, &format!("[{}]", items.join(", ")));
        return;
    }
    let _ = writeln!(out, "{indent}{name}:");
    for item in items {
        let _ = writeln!(out, "{indent}  - {item}");
    }
}

fn write_finding(out: &mut String, finding: &FindingForm) {
    let _ = writeln!(out, "  - severity: {}", finding.severity.as_str());
    let indent = "    ";
    line(out, indent, "code", &scalar(&finding.code));
    line(out, indent, "resource", &scalar(&finding.resource));
    line(out, indent, "message", &scalar(&finding.message));
    line(out, indent, "help", &scalar(&finding.help));
    if finding.allowed {
        line(out, indent, "allowed", "true");
    }
}

fn upload(upload: &Upload) -> String {
    let mut members = vec![match &upload.from {
        UploadFrom::File(file) => format!("pfx: {}", scalar(file)),
        UploadFrom::Variable(name) => format!("pfxEnv: {}", scalar(name)),
    }];
    let password = upload.password.iter();
    members.extend(password.map(|name| format!("passwordEnv: {}", scalar(name))));
    format!("{{ {} }}", members.join(", "))
}

fn write_step(out: &mut String, step: &StepForm) {
    let _ = writeln!(out, "  - id: {}", scalar(step.id.as_str()));
    let indent = "    ";
    line(out, indent, "kind", &scalar(&step.kind));
    line(out, indent, "action", step.action.as_str());
    if let Some(source) = &step.source {
        line(out, indent, "source", &scalar(source.as_str()));
    }
    line(out, indent, "target", &scalar(&step.target.to_string()));
    let upload = step.upload.as_ref().map(upload);
    let text = |value: &Option<String>| value.as_deref().map(scalar);
    for (name, value) in [
        ("body", text(&step.body)),
        ("secret", text(&step.secret)),
        ("upload", upload),
        ("sourceEtag", text(&step.source_etag)),
        ("sourceDigest", text(&step.source_digest)),
    ] {
        if let Some(value) = value {
            line(out, indent, name, &value);
        }
    }
    let after: Vec<&str> = step.after.iter().map(|id| id.as_str()).collect();
    list(out, indent, "after", &after);
    let because: Vec<&str> = step.because.iter().map(|path| path.as_str()).collect();
    list(out, indent, "because", &because);
}
