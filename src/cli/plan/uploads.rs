//! Files to upload: written relative to the migration file, and named in the
//! plan relative to its folder, so that `apply` finds them from any directory
//! and on any machine that has both side by side.

use std::io;
use std::path::{Component, Path, PathBuf};

use apim_migrate::plan::UploadFrom;
use apim_migrate::plan::upload::Uploads;

use crate::cli::report::Report;

/// Names files as a plan in `plan` does, that were written in a migration file
/// in `home`. What was written as an absolute path stays one.
pub(crate) fn settled(uploads: Uploads, home: &Path, plan: &Path) -> Result<Uploads, Report> {
    let settle = |from: UploadFrom| -> io::Result<UploadFrom> {
        Ok(match from {
            UploadFrom::File(file) if Path::new(&file).is_relative() => {
                let file = relative(&real(&home.join(&file))?, &real(plan)?);
                let text = file.into_os_string().into_string();
                let text = text.map_err(|_| io::Error::other("its path is not UTF-8"))?;
                UploadFrom::File(text)
            }
            other => other,
        })
    };
    let each = uploads.into_iter().map(|(path, mut upload)| {
        let said = upload.from.to_string();
        upload.from = settle(upload.from).map_err(|e| {
            Report::usage(format!("could not tell where {said} of `{path}` is")).io(&e)
        })?;
        Ok((path, upload))
    });
    each.collect()
}

/// The way to a file from a folder; what is an absolute path stays one.
pub(crate) fn named_from(file: &Path, folder: &Path) -> Result<PathBuf, Report> {
    let named = || Ok::<_, io::Error>(relative(&real(file)?, &real(folder)?));
    match file.is_relative() {
        true => named().map_err(|e| {
            Report::usage(format!("could not tell where `{}` is", file.display())).io(&e)
        }),
        false => Ok(file.to_owned()),
    }
}

/// A path without links as far as it is there, but for a link that it ends in:
/// that may lead elsewhere tomorrow.
fn real(path: &Path) -> io::Result<PathBuf> {
    let path = std::path::absolute(path)?;
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
        return path.canonicalize();
    };
    let there = parent.ancestors().find(|a| a.exists());
    let mut found = match there {
        Some(there) => there.canonicalize()?,
        None => PathBuf::new(),
    };
    let rest = there.and_then(|there| parent.strip_prefix(there).ok());
    for part in rest.unwrap_or(parent).components() {
        match part {
            Component::ParentDir => {
                found.pop();
            }
            part => found.push(part),
        }
    }
    found.push(name);
    Ok(found)
}

/// The way from a folder to a file; the file itself where there is none.
fn relative(file: &Path, folder: &Path) -> PathBuf {
    let (mut to, mut from) = (file.components().peekable(), folder.components().peekable());
    if to.peek() != from.peek() {
        return file.to_owned();
    }
    while to.peek().is_some() && to.peek() == from.peek() {
        to.next();
        from.next();
    }
    from.map(|_| Component::ParentDir).chain(to).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(file: &str, home: &Path, plan: &Path) -> String {
        let upload = serde_yaml::from_str(&format!("{{pfx: '{file}'}}")).unwrap();
        let path = "/certificates/c".parse().unwrap();
        let uploads = settled(Uploads::from([(path, upload)]), home, plan).unwrap();
        match uploads.into_values().next().unwrap().from {
            UploadFrom::File(file) => file,
            UploadFrom::Variable(name) => panic!("{name}"),
        }
    }

    #[test]
    fn a_file_is_named_from_the_plans_folder_whether_or_not_that_is_there() {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path();
        let plan = dir.join("plans/billing");
        for _ in 0..2 {
            assert_eq!(named("certs/c.pfx", dir, &plan), "../../certs/c.pfx");
            assert_eq!(named("../c.pfx", &dir.join("certs"), &plan), "../../c.pfx");
            assert_eq!(named("./c.pfx", &plan, &plan), "c.pfx");
            std::fs::create_dir_all(&plan).unwrap();
        }
        assert_eq!(named("/etc/c.pfx", dir, &plan), "/etc/c.pfx");
    }

    #[cfg(unix)]
    #[test]
    fn links_on_the_way_are_followed_and_that_at_the_end_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path().canonicalize().unwrap();
        std::fs::create_dir_all(dir.join("deep/er/plans")).unwrap();
        std::fs::create_dir(dir.join("certs")).unwrap();
        std::os::unix::fs::symlink(dir.join("deep/er/plans"), dir.join("plans")).unwrap();
        std::os::unix::fs::symlink(dir.join("certs/v1.pfx"), dir.join("certs/c.pfx")).unwrap();
        let file = named("certs/c.pfx", &dir, &dir.join("plans/billing"));
        assert_eq!(file, "../../../../certs/c.pfx");
    }
}
