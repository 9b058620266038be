//! Writing a plan's folder: the same plan gives the same bytes.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::Path;

use serde_json::{Map, Value};

use super::file_name::{bodies, document_of, source_of};
use super::read::{own_file, read_sources};
use super::scalar::scalar;
use super::{BASIS, FolderError, JOURNAL, PLAN_FILE, RESOURCES, SOURCES, VERSION, WRITTEN};
use crate::catalog::ApiVersion;
use crate::plan::again::Written;
use crate::plan::basis::Basis;
use crate::plan::bodies::sorted::Sorted;
use crate::plan::finding::{Finding, Severity};
use crate::plan::model::{Action, Plan, Step};
use crate::plan::setup::Setup;
use crate::plan::sources::Sources;
use crate::plan::upload::{Upload, UploadFrom};
use crate::secret::{is_seen, seen_json};

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
    let bodies = bodies(plan);
    for (step, body) in plan.steps.iter().zip(&bodies) {
        check(step, body.as_deref())?;
    }
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
    let resources = fresh.path().join(RESOURCES);
    fs::create_dir(&resources).map_err(io_at(&resources))?;
    let mut files = Files::below(fresh.path());
    files.grow(PLAN_FILE, |file| write_plan(plan, &bodies, file))?;
    files.grow(WRITTEN, |file| write_digests(written, file))?;
    if let Some(basis) = &plan.basis {
        files.grow(BASIS, |file| write_basis(basis, file))?;
    }
    for (step, body) in plan.steps.iter().zip(&bodies) {
        if let (Some(content), Some(body)) = (&step.content, body) {
            files.put(body, &json(&content.properties))?;
            if let Some(document) = &content.document {
                files.put(&document_of(body), document)?;
            }
        }
    }
    files.texts(plan, &bodies, sources)?;
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
    let mut known = vec![(WRITTEN, Vec::new())];
    let path = dir.join(WRITTEN);
    write_digests(written, &mut known[0].1).map_err(io_at(&path))?;
    if let Some(basis) = &plan.basis {
        let mut text = Vec::new();
        write_basis(basis, &mut text).map_err(io_at(&path))?;
        known.push((BASIS, text));
    }
    for (name, text) in known {
        let path = dir.join(name);
        own_file(&path).map_err(io_at(&path))?;
        if !fs::read(&path).is_ok_and(|there| there == text) {
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
    Files::below(fresh.path()).texts(plan, &bodies(plan), sources)?;
    remove_sources(dir)?;
    let (from, to) = (fresh.path().join(SOURCES), dir.join(SOURCES));
    match from.exists() {
        true => fs::rename(from, &to).map_err(io_at(&to)),
        false => Ok(()),
    }
}

/// Files that are written below a folder, each as it is made: all of a large plan
/// at once would be in memory twice.
struct Files<'d> {
    dir: &'d Path,
    made: HashSet<String>,
}

impl<'d> Files<'d> {
    fn below(dir: &'d Path) -> Self {
        let made = HashSet::new();
        Self { dir, made }
    }

    /// Writes a file that is named from the folder.
    fn put(&mut self, name: &str, text: &str) -> Result<(), FolderError> {
        if let Some((parent, _)) = name.rsplit_once('/')
            && !self.made.contains(parent)
        {
            let path = self.dir.join(parent);
            fs::create_dir_all(&path).map_err(io_at(&path))?;
            self.made.insert(parent.to_owned());
        }
        let path = self.dir.join(name);
        fs::write(&path, text).map_err(io_at(&path))
    }

    /// Writes a file piece by piece.
    fn grow(
        &self,
        name: &str,
        write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
    ) -> Result<(), FolderError> {
        let path = self.dir.join(name);
        let written = File::create(&path).and_then(|file| {
            let mut file = BufWriter::new(file);
            write(&mut file)?;
            file.flush()
        });
        written.map_err(io_at(&path))
    }

    /// Writes the source's texts.
    fn texts(
        &mut self,
        plan: &Plan,
        bodies: &[Option<String>],
        sources: &Sources,
    ) -> Result<(), FolderError> {
        for (step, body) in plan.steps.iter().zip(bodies) {
            if let (Some(text), Some(body)) = (sources.get(&step.id), body) {
                self.put(&source_of(body), text)?;
            }
        }
        Ok(())
    }
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
fn write_digests(written: &Written, to: &mut impl io::Write) -> io::Result<()> {
    let mut to = Seen(to);
    write!(to, "{{\n\"version\":{},\n", written.version)?;
    for (name, line) in [
        ("allow", compact(&written.allow)),
        ("head", compact(&written.head)),
        ("left", compact(&written.left)),
    ] {
        writeln!(to, "\"{name}\":{line},")?;
    }
    write!(to, "\"steps\":{{")?;
    for (at, (id, step)) in written.steps.iter().enumerate() {
        let comma = if at == 0 { "" } else { "," };
        write!(to, "{comma}\n{}:{}", compact(id), compact(step))?;
    }
    write!(to, "\n}}}}\n")
}

/// What stood at the source, one resource a line.
fn write_basis(basis: &Basis, to: &mut impl io::Write) -> io::Result<()> {
    let mut to = Seen(to);
    serde_json::to_writer_pretty(&mut to, basis)?;
    writeln!(to)
}

/// Where JSON is written so that each character of it is seen. What comes in one
/// piece ends between characters: it was a text.
struct Seen<'w, W>(&'w mut W);

impl<W: io::Write> io::Write for Seen<'_, W> {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        match str::from_utf8(piece) {
            Ok(text) if !is_seen(text) => {
                self.0.write_all(seen_json(text.to_owned()).as_bytes())?;
            }
            _ => self.0.write_all(piece)?,
        }
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
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

/// Whether a step's content may be written.
fn check(step: &Step, body: Option<&str>) -> Result<(), FolderError> {
    let (Some(content), Some(body)) = (&step.content, body) else {
        return Ok(());
    };
    let inside = ["value", "format"].map(|p| content.properties.contains_key(p));
    if content.document.is_some() != step.kind.is_document()
        || (step.kind.is_document() && inside.contains(&true))
    {
        return Err(FolderError::Document {
            step: step.id.clone(),
        });
    }
    match step.kind.secrets_in(&content.properties).first() {
        Some(member) => Err(FolderError::Secret {
            step: step.id.clone(),
            file: body.to_owned(),
            member,
        }),
        None => Ok(()),
    }
}

/// A body as text: two blanks of indentation, members sorted.
fn json(properties: &Map<String, Value>) -> String {
    let body = BTreeMap::from([("properties", Sorted::Members(properties))]);
    let text = serde_json::to_string_pretty(&body).unwrap_or_default();
    // A reviewer sees each character that is not seen.
    seen_json(text + "\n")
}

fn write_plan(plan: &Plan, bodies: &[Option<String>], to: &mut impl io::Write) -> io::Result<()> {
    let mut out = top(plan);
    for (step, body) in plan.steps.iter().zip(bodies) {
        write_step(&mut out, step, body.as_deref());
        to.write_all(out.as_bytes())?;
        out.clear();
    }
    to.write_all(out.as_bytes())
}

/// What stands before the first step.
fn top(plan: &Plan) -> String {
    let mut out = String::new();
    head(plan, &mut out);
    let version = match plan.api_version {
        version if version == ApiVersion::default() => String::new(),
        version => format!(", apiVersion: {version}"),
    };
    for (name, value) in [
        ("version", VERSION.to_string()),
        ("name", scalar(&plan.name)),
        ("created", scalar(&plan.created)),
        ("generator", scalar(&plan.generator)),
        (
            "source",
            format!("{{ service: {} }}", scalar(&plan.source.to_string())),
        ),
        (
            "target",
            format!(
                "{{ service: {}, workspace: {}{version} }}",
                scalar(&plan.target.to_string()),
                scalar(plan.workspace.as_str())
            ),
        ),
    ] {
        line(&mut out, "", name, &value);
    }
    out.push_str("selection:\n");
    list(&mut out, "  ", "apis", &plan.selection.apis);
    if plan.selection.whole_version_sets {
        line(&mut out, "  ", "wholeVersionSets", "true");
    }
    if !plan.selection.without.is_empty() {
        list(&mut out, "  ", "without", &plan.selection.without);
    }
    if !plan.selection.service_scope.is_empty() {
        let words = &plan.selection.service_scope;
        list(&mut out, "  ", "serviceScope", words);
    }
    if !plan.allow.is_empty() {
        list(&mut out, "", "allow", &plan.allow);
    }
    write_setup(&mut out, &plan.setup);
    out.push('\n');
    if plan.findings.is_empty() {
        out.push_str("findings: []\n");
    } else {
        out.push_str("findings:\n");
    }
    for finding in &plan.findings {
        write_finding(&mut out, finding);
    }
    if plan.steps.is_empty() {
        out.push_str("\nsteps: []\n");
    } else {
        out.push_str("\nsteps:\n");
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
        let of = |f: &&Finding| f.severity == severity && f.blocks() == blocks;
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

fn write_finding(out: &mut String, finding: &Finding) {
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

fn write_step(out: &mut String, step: &Step, body: Option<&str>) {
    let _ = writeln!(out, "  - id: {}", scalar(step.id.as_str()));
    let indent = "    ";
    line(out, indent, "kind", &scalar(step.kind.name));
    line(out, indent, "action", step.action.as_str());
    if let Some(source) = &step.source {
        line(out, indent, "source", &scalar(source.0.as_str()));
    }
    line(out, indent, "target", &scalar(&step.target.to_string()));
    let upload = step.upload.as_ref().map(upload);
    let text = |value: &Option<String>| value.as_deref().map(scalar);
    for (name, value) in [
        ("body", body.map(scalar)),
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
