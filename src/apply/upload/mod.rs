//! Reading what is to be uploaded: from a file or the environment, right before
//! it is sent, and once before anything is written to see that it is there.
//!
//! No error says what was found, only where: it is a private key.

mod base64;

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use secrecy::zeroize::Zeroizing;

use crate::apply::ApplyError;

use crate::engine::JournalError;
use crate::engine::ownership::Hold;
use crate::plan::{Action, Plan, StepId, Upload, UploadFrom};
use crate::secret::{Mark, Secret};
use crate::target::account::Account;

/// Largest PFX that is read, in bytes. A chain of certificates with their key
/// takes some thousands.
pub(crate) const MOST: u64 = 1 << 20;

/// How a PFX begins, behind its length: its version, the integer 3. Every other
/// file of certificates begins otherwise.
const VERSION_3: &[u8] = &[0x02, 0x01, 0x03];

/// Why something can't be uploaded.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// The file can't be read.
    #[error("could not read the file `{}`", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A folder, a device or the like stands there.
    #[error("`{}` is not a file", .0.display())]
    NotAFile(PathBuf),
    /// It is larger than any PFX.
    #[error("{0} holds more than {MOST} bytes")]
    TooLarge(UploadFrom),
    /// It is something else.
    #[error("{0} holds no PFX (PKCS #12)")]
    NotPfx(UploadFrom),
    /// It is the same in another format.
    #[error("{0} holds PEM, not a PFX (PKCS #12)")]
    Pem(UploadFrom),
    /// The variable is not there.
    #[error("the variable `{0}` is not set")]
    Unset(String),
    /// The variable holds something that is no text.
    #[error("the variable `{0}` is not UTF-8")]
    NotText(String),
    /// The variable holds something that is not base64.
    #[error("the variable `{0}` is not base64")]
    NotBase64(String),
}

impl UploadError {
    /// What the user can do next.
    pub fn help(&self) -> String {
        match self {
            UploadError::Unreadable { .. } | UploadError::NotAFile(_) => {
                "put the PFX there, or correct `upload` in plan.yaml: its path is relative to the \
                 plan folder"
                    .to_owned()
            }
            UploadError::TooLarge(_) | UploadError::NotPfx(_) => {
                "name the PFX (.pfx or .p12) that holds the certificate and its private key"
                    .to_owned()
            }
            UploadError::Pem(_) => {
                "convert it with `openssl pkcs12 -export -in FILE -out FILE.pfx`".to_owned()
            }
            UploadError::Unset(name) => format!("set `{name}` and apply again"),
            UploadError::NotText(name) => format!("set `{name}` to a text in UTF-8"),
            UploadError::NotBase64(name) => {
                format!("set `{name}` to the PFX in base64, as `base64 FILE.pfx` prints it")
            }
        }
    }
}

/// Something that is to be uploaded and can't be.
#[derive(Debug)]
pub struct NotAtHand {
    /// The step that would upload it.
    pub step: StepId,
    /// Why not.
    pub why: UploadError,
}

/// What is uploaded.
pub(crate) struct Uploaded {
    /// The PFX as base64.
    pub(crate) content: Secret,
    /// Its password.
    pub(crate) password: Option<Secret>,
}

/// Where variables come from; tests have their own.
pub(crate) type Environment<'e> = &'e dyn Fn(&str) -> Option<OsString>;

/// The environment of this process.
pub(crate) fn environment(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

impl Uploaded {
    fn parts(&self) -> Vec<&Secret> {
        let password = self.password.as_ref();
        std::iter::once(&self.content).chain(password).collect()
    }
}

/// Sees that everything is at hand that these steps, by position, would upload,
/// and marks it.
pub(crate) fn check(
    plan: &Plan,
    dir: &Path,
    sent: &dyn Fn(usize) -> bool,
) -> Result<HashMap<usize, Mark>, ApplyError> {
    marks(plan, dir, sent).map_err(ApplyError::Uploads)
}

/// What is not at hand that these steps, by position, would upload.
pub fn not_at_hand(plan: &Plan, dir: &Path, sent: &dyn Fn(usize) -> bool) -> Vec<NotAtHand> {
    marks(plan, dir, sent).err().unwrap_or_default()
}

fn marks(
    plan: &Plan,
    dir: &Path,
    sent: &dyn Fn(usize) -> bool,
) -> Result<HashMap<usize, Mark>, Vec<NotAtHand>> {
    let (mut marks, mut missing) = (HashMap::new(), Vec::new());
    let steps = plan.steps.iter().enumerate();
    for (position, step) in steps.filter(|(i, s)| s.action == Action::Create && sent(*i)) {
        let read = step.upload.as_ref().map(|u| read(u, dir, &environment));
        match read {
            Some(Ok(read)) => drop(marks.insert(position, Mark::of(&read.parts()))),
            Some(Err(why)) => missing.push(NotAtHand {
                step: step.id.clone(),
                why,
            }),
            None => {}
        }
    }
    match missing.is_empty() {
        true => Ok(marks),
        false => Err(missing),
    }
}

/// The steps of which something else is at hand now than was uploaded. The service
/// shows nothing that tells: the mark in the journal does. What is not at hand
/// is as it was.
pub(super) fn renewed(account: &Account<'_>, dir: &Path) -> Vec<usize> {
    let steps = account.plan().steps.iter().enumerate();
    let renewed = steps.filter(|(position, step)| {
        let holding = account.holding(*position);
        let mark = holding.filter(|h| h.hold == Hold::Ours);
        let mark = mark.and_then(|h| h.upload.as_deref()).map(Mark::read);
        let now = || read(step.upload.as_ref()?, dir, &environment).ok();
        mark.is_some_and(|mark| now().is_some_and(|now| !mark.is_of(&now.parts())))
    });
    renewed.map(|(position, _)| position).collect()
}

/// A plan beside its journal, with what was renewed since.
pub(super) fn account<'p>(plan: &'p Plan, dir: &Path) -> Result<Account<'p>, JournalError> {
    let mut account = Account::read(plan, dir)?;
    account.renew(renewed(&account, dir));
    Ok(account)
}

/// Reads what is to be uploaded. Files are relative to the plan's folder.
pub(crate) fn read(
    upload: &Upload,
    dir: &Path,
    environment: Environment<'_>,
) -> Result<Uploaded, UploadError> {
    let text = |name: &str| {
        let value = environment(name).ok_or_else(|| UploadError::Unset(name.to_owned()))?;
        let text = value.into_string();
        (text.map(Zeroizing::new)).map_err(|_| UploadError::NotText(name.to_owned()))
    };
    let bytes = match &upload.from {
        UploadFrom::File(file) => of_file(&dir.join(file), upload)?,
        UploadFrom::Variable(name) => {
            let text = text(name)?;
            if is_pem(text.as_bytes()) {
                return Err(UploadError::Pem(upload.from.clone()));
            }
            base64::decode(&text).ok_or_else(|| UploadError::NotBase64(name.clone()))?
        }
    };
    if bytes.len() as u64 > MOST {
        return Err(UploadError::TooLarge(upload.from.clone()));
    }
    if is_pem(&bytes) {
        return Err(UploadError::Pem(upload.from.clone()));
    }
    if !is_pfx(&bytes) {
        return Err(UploadError::NotPfx(upload.from.clone()));
    }
    let password = upload.password.as_deref().map(text).transpose()?;
    Ok(Uploaded {
        content: base64::encode(&bytes),
        password: password.map(|p| Secret::new(p.as_str())),
    })
}

fn of_file(file: &Path, upload: &Upload) -> Result<Zeroizing<Vec<u8>>, UploadError> {
    let unreadable = |source| UploadError::Unreadable {
        file: file.to_owned(),
        source,
    };
    // Asked before it is opened: opening a pipe would wait for its other end.
    let about = std::fs::metadata(file).map_err(unreadable)?;
    if !about.is_file() {
        return Err(UploadError::NotAFile(file.to_owned()));
    }
    if about.len() > MOST {
        return Err(UploadError::TooLarge(upload.from.clone()));
    }
    let opened = File::open(file).map_err(unreadable)?;
    let length = usize::try_from(about.len()).unwrap_or_default();
    let mut bytes = Zeroizing::new(Vec::with_capacity(length + 1));
    (opened.take(MOST + 1).read_to_end(&mut bytes)).map_err(unreadable)?;
    Ok(bytes)
}

fn is_pem(bytes: &[u8]) -> bool {
    bytes.trim_ascii_start().starts_with(b"-----BEGIN")
}

/// Whether bytes begin as a PFX does and are as long as they say: a sequence in
/// BER that begins with the version. What is in it only its password opens.
fn is_pfx(bytes: &[u8]) -> bool {
    let [0x30, first, rest @ ..] = bytes else {
        return false;
    };
    match *first {
        // Of no stated length, closed by two zeros.
        0x80 => rest.starts_with(VERSION_3) && rest.ends_with(&[0, 0]),
        short @ 0..0x80 => rest.len() == usize::from(short) && rest.starts_with(VERSION_3),
        long => {
            let Some((length, content)) = rest.split_at_checked(usize::from(long & 0x7f)) else {
                return false;
            };
            let stated = (length.iter()).try_fold(0usize, |sum, b| {
                sum.checked_mul(256)?.checked_add(usize::from(*b))
            });
            stated == Some(content.len()) && content.starts_with(VERSION_3)
        }
    }
}

#[cfg(test)]
mod tests;
