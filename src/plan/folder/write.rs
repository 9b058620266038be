//! Writing a plan's folder: the same plan gives the same bytes.

use std::collections::{BTreeMap, HashSet};
use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::num::NonZero;
use std::panic::resume_unwind;
use std::path::Path;
use std::thread;

use serde_json::{Map, Value};

use super::file_name::{bodies, document_of, source_of};
use super::read::{io_at, own_file, read_sources};
use super::text::write_plan;
use super::{BASIS, FolderError, JOURNAL, PLAN_FILE, RESOURCES, SOURCES, WRITTEN};
use crate::plan::again::Written;
use crate::plan::basis::Basis;
use crate::plan::bodies::sorted::Sorted;
use crate::plan::model::{Plan, Step};
use crate::plan::sources::Sources;
use crate::secret::{is_seen, seen_json};

/// What stands in `plan.yaml` while the folder is being written: it marks the
/// folder as a plan's, and can't be read as one.
const UNFINISHED: &str =
    "# This plan was not written to its end. Make it again.\ngenerator: none\n";

/// How many steps are written by one thread at least.
const FEW: usize = 500;

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
    let files = Files::below(fresh.path());
    files.grow(PLAN_FILE, |file| write_plan(plan, &bodies, file))?;
    files.grow(WRITTEN, |file| write_digests(written, file))?;
    if let Some(basis) = &plan.basis {
        files.grow(BASIS, |file| write_basis(basis, file))?;
    }
    let steps: Vec<_> = plan.steps.iter().zip(&bodies).collect();
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let at = fresh.path();
    let write = |part| Files::below(at).steps(part, sources);
    thread::scope(|scope| {
        let mut parts = steps.chunks(steps.len().div_ceil(threads).max(FEW));
        let mut here: Vec<_> = parts.next().into_iter().collect();
        let mut others = Vec::new();
        for part in parts {
            match thread::Builder::new().spawn_scoped(scope, move || write(part)) {
                Ok(other) => others.push(other),
                // There are no more threads to be had.
                Err(_) => here.push(part),
            }
        }
        here.into_iter().try_for_each(write)?;
        let mut others = others.into_iter();
        others.try_for_each(|part| part.join().unwrap_or_else(|panic| resume_unwind(panic)))
    })?;
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
    let mut files = Files::below(fresh.path());
    for (step, body) in plan.steps.iter().zip(bodies(plan)) {
        if let Some(body) = body {
            files.text(step, &body, sources)?;
        }
    }
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

    /// Writes bodies, documents and the source's texts of steps.
    fn steps(
        &mut self,
        steps: &[(&Step, &Option<String>)],
        sources: &Sources,
    ) -> Result<(), FolderError> {
        for (step, body) in steps {
            let (Some(content), Some(body)) = (&step.content, body) else {
                continue;
            };
            self.put(body, &json(&content.properties))?;
            if let Some(document) = &content.document {
                self.put(&document_of(body), document)?;
            }
            self.text(step, body, sources)?;
        }
        Ok(())
    }

    /// Writes the source's text of a step, where that is kept.
    fn text(&mut self, step: &Step, body: &str, sources: &Sources) -> Result<(), FolderError> {
        match sources.get(&step.id) {
            Some(text) => self.put(&source_of(body), text),
            None => Ok(()),
        }
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
