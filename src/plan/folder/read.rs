//! Reading a plan's folder, which a person may have edited.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Component, Path, PathBuf};

use serde::Deserialize;
use serde_json::{Map, Value};

use super::file_name::{bodies, document_of, source_of};
use super::form::{PlanForm, StepForm};
use super::{
    BASIS, FolderError, MOST_BODY, MOST_PLAN, MOST_STEPS, PLAN_FILE, RESOURCES, VERSION, WRITTEN,
};
use crate::catalog::{self, Kind, kinds};
use crate::nearest::nearest;
use crate::plan::again::Written;
use crate::plan::basis::Basis;
use crate::plan::codes::{nothing_allowed, without_effect};
use crate::plan::finding::Severity;
use crate::plan::model::{Content, Plan, Step, StepId};
use crate::plan::sources::Sources;
use crate::yaml::{from_yaml, spot, without_mark};

/// Only the version, whatever else there is.
#[derive(Deserialize)]
struct Versioned {
    version: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    properties: Map<String, Value>,
}

/// The folder that a path names: itself, or that of its `plan.yaml`.
pub fn root(path: &Path) -> PathBuf {
    if path.file_name().is_some_and(|name| name == PLAN_FILE) && !path.is_dir() {
        match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
            _ => PathBuf::from("."),
        }
    } else {
        path.to_owned()
    }
}

/// Reads a plan from its folder, or from its `plan.yaml`.
///
/// Only the form is checked here; whether it can be carried out is the
/// business of `validate`.
///
/// # Errors
/// When there is none; when a file is not of the right shape, too large, or
/// not there; when a body's path leads out of the folder, also through links;
/// when a body holds a secret.
pub fn read(path: &Path) -> Result<Plan, FolderError> {
    let dir = root(path);
    let file = dir.join(PLAN_FILE);
    let bytes = match own_file(&file)
        .map_err(io_at(&file))
        .and_then(|()| limited(&file, MOST_PLAN))
    {
        Err(FolderError::Io { source, .. })
            if matches!(
                source.kind(),
                ErrorKind::NotFound | ErrorKind::NotADirectory
            ) =>
        {
            return Err(FolderError::Absent(dir));
        }
        other => other?,
    };
    let form = parse(&file, &bytes)?;
    allowed(&file, &bytes, &form)?;
    if form.steps.len() > MOST_STEPS {
        return Err(FolderError::TooManySteps(form.steps.len()));
    }
    let folder = Folder::open(&dir)?;
    let service = |field: &str, text: &str| {
        text.parse().map_err(|source| FolderError::Address {
            path: file.clone(),
            field: field.to_owned(),
            source,
        })
    };
    let source = service("source.service", &form.source.service)?;
    let target = service("target.service", &form.target.service)?;
    let steps = form.steps.into_iter().map(|step| folder.step(step));
    let steps = steps.collect::<Result<_, _>>()?;
    let findings = form.findings.into_iter();
    Ok(Plan {
        name: form.name,
        created: form.created,
        generator: form.generator,
        source,
        target,
        workspace: form.target.workspace,
        api_version: form.target.api_version,
        selection: form.selection,
        setup: form.setup,
        findings: findings.map(|f| f.into_finding(&form.allow)).collect(),
        allow: form.allow,
        steps,
        basis: read_basis(&dir)?,
    })
}

/// Reads the digests of what `plan` wrote into a folder; `None` where there are
/// none.
///
/// # Errors
/// When the file can't be read, or is not of the right shape.
pub fn read_written(dir: &Path) -> Result<Option<Written>, FolderError> {
    let path = dir.join(WRITTEN);
    let Some(bytes) = own_bytes(&path)? else {
        return Ok(None);
    };
    let written: Written =
        serde_json::from_slice(&bytes).map_err(|source| FolderError::Written {
            path: path.clone(),
            source: source.into(),
        })?;
    match written.is_known() {
        true => Ok(Some(written)),
        false => Err(FolderError::Version {
            path,
            found: written.version,
        }),
    }
}

/// Reads the texts of the documents that a plan rewrites, as far as its folder
/// has them.
///
/// # Errors
/// When one can't be read, is too large, or stands outside the folder.
pub fn read_sources(plan: &Plan, dir: &Path) -> Result<Sources, FolderError> {
    let folder = Folder::open(dir)?;
    let mut found = Sources::new();
    for (step, body) in plan.steps.iter().zip(bodies(plan)) {
        let has_document = (step.content.as_ref()).is_some_and(|c| c.document.is_some());
        let Some(body) = body.filter(|_| has_document) else {
            continue;
        };
        match folder.text(&step.id, &source_of(&body)) {
            Ok(text) => drop(found.insert(step.id.clone(), text)),
            Err(FolderError::Missing { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

/// Reads what stood at the source; `None` where the plan does not say.
fn read_basis(dir: &Path) -> Result<Option<Basis>, FolderError> {
    let path = dir.join(BASIS);
    let Some(bytes) = own_bytes(&path)? else {
        return Ok(None);
    };
    let basis: Basis = match serde_json::from_slice(&bytes) {
        Ok(basis) => basis,
        Err(error) => {
            let source = error.into();
            return Err(FolderError::Basis { path, source });
        }
    };
    match basis.is_known() {
        true => Ok(Some(basis)),
        false => Err(FolderError::Version {
            path,
            found: basis.version(),
        }),
    }
}

/// What stands in a file that only the program writes; `None` where it is not
/// there.
fn own_bytes(path: &Path) -> Result<Option<Vec<u8>>, FolderError> {
    own_file(path).map_err(io_at(path))?;
    match limited(path, MOST_PLAN) {
        Err(FolderError::Io { source, .. })
            if matches!(
                source.kind(),
                ErrorKind::NotFound | ErrorKind::NotADirectory
            ) =>
        {
            Ok(None)
        }
        other => other.map(Some),
    }
}

fn parse(file: &Path, bytes: &[u8]) -> Result<PlanForm, FolderError> {
    // A later version may have fields that this one does not know: its number
    // says more than the first of them.
    let newer = |found: u32| FolderError::Version {
        path: file.to_owned(),
        found,
    };
    match from_yaml::<PlanForm>(bytes) {
        Ok(form) if form.version == VERSION => Ok(form),
        Ok(form) => Err(newer(form.version)),
        Err(source) => match from_yaml::<Versioned>(bytes) {
            Ok(other) if other.version != VERSION => Err(newer(other.version)),
            _ => Err(FolderError::Yaml {
                path: file.to_owned(),
                source: source.into(),
            }),
        },
    }
}

/// Refuses what is allowed and would stop nothing: who misspells a code has not
/// allowed the one that was meant.
fn allowed(file: &Path, bytes: &[u8], form: &PlanForm) -> Result<(), FolderError> {
    let blockers = (form.findings.iter())
        .filter(|f| f.severity == Severity::Blocker)
        .map(|f| f.code.as_str());
    let blockers: BTreeSet<&str> = blockers.collect();
    let Some(code) = without_effect(&form.allow, &blockers) else {
        return Ok(());
    };
    let spot = spot(bytes, &["allow", code]);
    Err(FolderError::Allow {
        path: file.to_owned(),
        line: spot.map_or(0, |s| s.line),
        column: spot.map_or(0, |s| s.column),
        help: nothing_allowed(code, blockers.iter().copied()),
        code: code.clone(),
    })
}

pub(super) fn io_at(path: &Path) -> impl Fn(std::io::Error) -> FolderError {
    move |source| FolderError::Io {
        path: path.to_owned(),
        source: bare(source),
    }
}

/// What the system says, without the name of a temporary file, which tells
/// nobody anything.
fn bare(error: std::io::Error) -> std::io::Error {
    let inner = error.get_ref().and_then(std::error::Error::source);
    let inner = inner.and_then(|inner| inner.downcast_ref::<std::io::Error>());
    match inner.and_then(std::io::Error::raw_os_error) {
        Some(code) => std::io::Error::from_raw_os_error(code),
        None => error,
    }
}

/// Refuses what stands under a name of the tool's own in a plan's folder and is
/// no ordinary file: a folder may come from somebody else, and a link in it
/// would have a file elsewhere read or written. What is not there is fine.
pub(crate) fn own_file(path: &Path) -> std::io::Result<()> {
    match path.symlink_metadata() {
        Ok(found) if found.is_file() => Ok(()),
        Ok(found) if found.is_symlink() => Err(std::io::Error::other(
            "it is a symbolic link; put the file itself there",
        )),
        Ok(_) => Err(std::io::Error::other("it is no ordinary file")),
        Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(()),
        Err(e) => Err(e),
    }
}

pub(super) fn limited(path: &Path, most: u64) -> Result<Vec<u8>, FolderError> {
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(io_at(path))?;
    (file.take(most + 1).read_to_end(&mut bytes)).map_err(io_at(path))?;
    if bytes.len() as u64 > most {
        return Err(FolderError::TooLarge {
            path: path.to_owned(),
            most,
        });
    }
    Ok(bytes)
}

/// A plan's folder, of which nothing outside is read.
struct Folder {
    dir: PathBuf,
    /// The same without links.
    real: PathBuf,
}

impl Folder {
    fn open(dir: &Path) -> Result<Self, FolderError> {
        let real = dir.canonicalize().map_err(io_at(dir))?;
        Ok(Self {
            dir: dir.to_owned(),
            real,
        })
    }

    fn step(&self, form: StepForm) -> Result<Step, FolderError> {
        let Some(kind) = catalog::kind(&form.kind) else {
            return Err(FolderError::Kind {
                step: form.id,
                near: nearest(&form.kind, kinds().iter().map(|k| k.name)),
                kind: form.kind,
            });
        };
        let content = match &form.body {
            Some(body) => Some(self.content(&form.id, kind, body)?),
            None => None,
        };
        Ok(Step {
            id: form.id,
            kind,
            action: form.action,
            source: form.source,
            target: form.target,
            content,
            secret: form.secret,
            upload: form.upload,
            source_etag: form.source_etag,
            source_digest: form.source_digest,
            after: form.after,
            because: form.because,
        })
    }

    fn content(&self, step: &StepId, kind: &Kind, body: &str) -> Result<Content, FolderError> {
        if !is_body_path(body) {
            return Err(FolderError::Outside {
                step: step.clone(),
                body: body.to_owned(),
            });
        }
        let bytes = self.file(step, body)?;
        let Body { properties } =
            serde_json::from_slice(without_mark(&bytes)).map_err(|source| FolderError::Body {
                step: step.clone(),
                file: body.to_owned(),
                source: source.into(),
            })?;
        if let Some(member) = kind.secrets_in(&properties).first() {
            return Err(FolderError::Secret {
                step: step.clone(),
                file: body.to_owned(),
                member,
            });
        }
        let document = match kind.is_document() {
            false => None,
            true if ["value", "format"]
                .iter()
                .any(|p| properties.contains_key(*p)) =>
            {
                return Err(FolderError::Document { step: step.clone() });
            }
            true => Some(self.text(step, &document_of(body))?),
        };
        Ok(Content {
            properties,
            document,
        })
    }

    fn text(&self, step: &StepId, file: &str) -> Result<String, FolderError> {
        let bytes = self.file(step, file)?;
        String::from_utf8(bytes).map_err(|e| FolderError::NotText {
            step: step.clone(),
            file: file.to_owned(),
            at: e.utf8_error().valid_up_to(),
        })
    }

    fn file(&self, step: &StepId, file: &str) -> Result<Vec<u8>, FolderError> {
        let path = self.dir.join(file);
        let real = match path.canonicalize() {
            Ok(real) => real,
            Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                return Err(FolderError::Missing {
                    step: step.clone(),
                    file: file.to_owned(),
                });
            }
            Err(source) => return Err(FolderError::Io { path, source }),
        };
        if !real.starts_with(&self.real) || !real.is_file() {
            return Err(FolderError::Outside {
                step: step.clone(),
                body: file.to_owned(),
            });
        }
        limited(&real, MOST_BODY)
    }
}

/// Whether a path is relative, goes down only, and means the same on every
/// system.
fn is_body_path(body: &str) -> bool {
    let mut parts = Path::new(body).components();
    parts.next() == Some(Component::Normal(RESOURCES.as_ref()))
        && parts.all(|part| matches!(part, Component::Normal(_)))
        && body.ends_with(".json")
        && !body.contains(['\\', ':', '\0'])
}
