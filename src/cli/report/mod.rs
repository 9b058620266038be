//! How an error reaches the user: message, causes, the service's words, help.
//!
//! The library's errors are facts; here they become one report with an exit
//! code. The same report is rendered as text and as JSON.

mod of;

use std::error::Error;
use std::fmt::{Display, Write as _};
use std::io::{self, ErrorKind};

use apim_migrate::apply::Conflict;
use apim_migrate::arm::{ArmError, AuthError, Refusal};
use apim_migrate::engine::{ask_for, denied};
use apim_migrate::exit::Exit;
use apim_migrate::plan::basis::Drift;
use apim_migrate::secret::plain;

use crate::cli::documents::{ErrorBody, ErrorDocument, ServiceSaid};
use crate::cli::style::{ERROR, HELP, painted};

/// How a command ends: with an exit code, or with something to report.
pub(crate) type Outcome = Result<Exit, Report>;

/// Everything that is said about one error.
#[derive(Debug)]
pub(crate) struct Report {
    exit: Exit,
    message: String,
    causes: Vec<String>,
    service: Option<Box<Refusal>>,
    help: Vec<String>,
    /// What each conflict or change is, for machines.
    places: Option<Box<Places>>,
    /// Where a migration file would say what is wrong.
    way: Option<Box<Way>>,
    /// What is not there.
    absent: Option<Box<Absent>>,
}

/// What stands in the way, place by place.
#[derive(Debug)]
enum Places {
    Conflicts(Vec<Conflict>),
    Drift(Vec<Drift>),
}

/// Something that is not there.
#[derive(Debug, Clone)]
pub(crate) enum Absent {
    Service,
    /// A workspace, by its id, and the name of the service that it is not in,
    /// where more than one is worked with.
    Workspace {
        name: String,
        service: Option<String>,
    },
}

/// Keys of a migration file, and last a key or an item.
#[derive(Debug)]
struct Way(Vec<String>);

/// What to do about what the system says of a file.
fn hint(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::NotFound => "check the path: it is taken from the current folder",
        ErrorKind::IsADirectory => "name a file: this is a folder",
        ErrorKind::NotADirectory => "check the path: a part of it is a file, and no folder",
        ErrorKind::AlreadyExists => "name a folder: a file is called that",
        ErrorKind::PermissionDenied => "have its rights changed, or name another place",
        ErrorKind::InvalidData => "save it as text in UTF-8",
        ErrorKind::InvalidFilename => "give it a shorter name",
        ErrorKind::StorageFull => "make room on the disk",
        _ => "check the path, and that the disk can be read and has room",
    }
}

impl Report {
    /// An error of the user's input: nothing was sent.
    pub(crate) fn usage(message: impl Display) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// An error with an exit code of its own.
    pub(crate) fn new(exit: Exit, message: impl Display) -> Self {
        Self {
            exit,
            message: plain(&message.to_string()),
            causes: Vec::new(),
            service: None,
            help: Vec::new(),
            places: None,
            way: None,
            absent: None,
        }
    }

    /// An error of the library, with all its causes.
    pub(crate) fn of(exit: Exit, error: &(dyn Error + 'static)) -> Self {
        let mut report = Self::new(exit, error);
        let mut next = Some(error);
        let mut above: Option<String> = None;
        while let Some(error) = next {
            let line = plain(&error.to_string());
            // A transparent wrapper, or a message that quotes its cause, says
            // the same twice.
            if let Some(above) = &above
                && !above.contains(&line)
            {
                report.causes.push(line.clone());
            }
            if let Some(arm) = error.downcast_ref::<ArmError>() {
                report.service = arm.refusal().map(|r| Box::new(r.clone()));
                match denied(arm) {
                    Some(denied) => {
                        report.help.push(ask_for(&denied));
                        report.help.extend(denied.command());
                    }
                    None => report.help.extend(arm.help()),
                }
            } else if let Some(auth) = error.downcast_ref::<AuthError>() {
                report.causes.extend(auth.tried().iter().map(|t| plain(t)));
                report.help.extend(auth.help());
            }
            above = Some(line);
            next = error.source();
        }
        report.help.dedup();
        report
    }

    /// Adds what the user can do next.
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        let help = help.into();
        if !self.help.contains(&help) {
            self.help.push(help);
        }
        self
    }

    /// Adds a cause.
    pub(crate) fn cause(mut self, cause: impl Display) -> Self {
        self.causes.push(plain(&cause.to_string()));
        self
    }

    /// Adds what the system says of a file, and what to do about it.
    pub(crate) fn io(self, error: &io::Error) -> Self {
        let help = hint(error.kind());
        self.cause(error).help(help)
    }

    /// Adds where a migration file would say what is wrong: keys, and an item.
    pub(crate) fn about(mut self, way: Option<Vec<String>>) -> Self {
        self.way = way.map(|way| Box::new(Way(way)));
        self
    }

    /// Where a migration file would say what is wrong.
    pub(crate) fn way(&self) -> Option<&[String]> {
        self.way.as_deref().map(|way| way.0.as_slice())
    }

    /// Whether something was not there that a request was about, so that the
    /// service itself may not be.
    pub(crate) fn is_absence(&self) -> bool {
        self.absent.is_some()
            || (self.service.as_ref()).is_some_and(|refusal| refusal.status == 404)
    }

    /// Marks what is not there.
    pub(crate) fn absent(mut self, absent: Option<Absent>) -> Self {
        self.absent = absent.map(Box::new);
        self
    }

    /// The workspace that is not there and the service it is not in, where that
    /// is what was said.
    pub(crate) fn absent_workspace(&self) -> Option<(&str, Option<&str>)> {
        match self.absent.as_deref() {
            Some(Absent::Workspace { name, service }) => Some((name, service.as_deref())),
            _ => None,
        }
    }

    /// Adds what was meant, before all else that can be done.
    pub(crate) fn meant(mut self, name: &str) -> Self {
        self.help.insert(0, format!("did you mean `{name}`?"));
        self
    }

    /// The same for what is behind it: what was said so far becomes its causes.
    pub(crate) fn behind(mut self, message: impl Display, help: impl Into<String>) -> Self {
        let said = std::mem::replace(&mut self.message, plain(&message.to_string()));
        // The same of the service, in other words.
        if !said.starts_with("there is no service") {
            self.causes.insert(0, said);
        }
        self.help = vec![help.into()];
        self
    }

    /// How the program ends with it.
    pub(crate) fn exit(&self) -> Exit {
        self.exit
    }

    /// The form for people, with colours as an addition.
    pub(crate) fn text(&self) -> String {
        let mut out = format!("{} {}\n", painted(ERROR, "error:"), self.message);
        for cause in &self.causes {
            let _ = writeln!(out, "  {cause}");
        }
        if let Some(refusal) = &self.service {
            if !refusal.message.is_empty() {
                let _ = writeln!(out, "  the service says: {}", plain(&refusal.message));
            }
            for detail in &refusal.details {
                let about = match detail.target.as_str() {
                    "" => String::new(),
                    target => format!("{}: ", plain(target)),
                };
                let _ = writeln!(out, "    {about}{}", plain(&detail.message));
            }
            if refusal.attempts > 1 {
                let (tries, took) = (refusal.attempts, refusal.took.as_secs());
                let _ = writeln!(out, "  tried {tries} times in {took} s");
            }
            if let Some(id) = &refusal.correlation_id {
                let _ = writeln!(out, "  correlation id: {}", plain(id));
            }
        }
        for help in &self.help {
            let _ = writeln!(out, "{} {}", painted(HELP, "help:"), plain(help));
        }
        out
    }

    /// The form for programs.
    pub(crate) fn document(&self) -> ErrorDocument {
        let mut error = ErrorBody {
            message: self.message.clone(),
            exit: self.exit.code(),
            causes: self.causes.clone(),
            service: self.service.as_deref().map(ServiceSaid::from),
            help: self.help.clone(),
            ..ErrorBody::default()
        };
        match self.places.as_deref() {
            Some(Places::Conflicts(conflicts)) => error.conflicts = Some(conflicts.clone()),
            Some(Places::Drift(drift)) => error.drift = Some(drift.clone()),
            None => {}
        }
        ErrorDocument { error }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use apim_migrate::arm::Detail;

    #[derive(Debug, thiserror::Error)]
    #[error("could not write `apis/x`")]
    struct Outer {
        source: ArmError,
    }

    fn refused() -> Outer {
        let source = ArmError::Refused(Box::new(Refusal {
            method: "PUT",
            path: "/x".to_owned(),
            status: 400,
            code: "ValidationError".to_owned(),
            message: "no\u{1b}[2J good".to_owned(),
            details: vec![Detail {
                code: "c".to_owned(),
                target: "path".to_owned(),
                message: "taken".to_owned(),
            }],
            correlation_id: Some("0f8f".to_owned()),
            ..Refusal::default()
        }));
        Outer { source }
    }

    #[test]
    fn a_refusal_is_told_with_all_the_services_words() {
        let report = Report::of(Exit::Failed, &refused()).help("do better");
        let text = anstream::adapter::strip_str(&report.text()).to_string();
        assert_eq!(
            text,
            "error: could not write `apis/x`\n  PUT /x answered 400 ValidationError\n  \
             the service says: no\u{fffd}[2J good\n    path: taken\n  correlation id: 0f8f\n\
             help: do better\n"
        );
        let json = serde_json::to_value(report.document()).unwrap();
        assert_eq!(json["error"]["service"]["details"][0]["message"], "taken");
        assert_eq!(json["error"]["exit"], 1);
    }

    #[test]
    fn a_cause_that_is_quoted_above_is_not_repeated() {
        #[derive(Debug, thiserror::Error)]
        #[error(transparent)]
        struct Wrapper(#[from] Outer);
        let report = Report::of(Exit::Failed, &Wrapper::from(refused()));
        assert_eq!(report.text().matches("apis/x").count(), 1);
    }
}
