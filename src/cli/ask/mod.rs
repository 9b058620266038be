//! Questions on a terminal, for what neither a flag nor a file says.

mod answers;
mod offer;
mod picker;
mod screen;

use std::fmt;

use apim_migrate::address::{ServiceId, WorkspaceName};
use apim_migrate::arm::{Arm, Directory, Reader};
use apim_migrate::crawl::read_menu;
use apim_migrate::exit::Exit;
use apim_migrate::plan::setup::NewWorkspace;
use apim_migrate::secret::plain;
use inquire::validator::Validation;
use inquire::{Confirm, CustomUserError, InquireError, Select, Text};
use tokio::task::block_in_place;

pub(crate) use self::answers::{Answers, again_with};
use self::picker::End;
use super::service::connection::Parts;
use super::service::requests::connection_error;
use super::ui::Ui;
use crate::cli::report::Report;

/// Something to choose, and what is shown of it.
struct Choice<T> {
    it: T,
    shown: String,
}

impl<T> fmt::Display for Choice<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

fn choice<T>(it: T, shown: &str) -> Choice<T> {
    Choice {
        it,
        shown: plain(shown.trim_end()),
    }
}

/// Lets somebody choose one of several.
fn one<T>(question: &str, choices: Vec<Choice<T>>) -> Result<T, Report> {
    let asked = block_in_place(|| {
        Select::new(question, choices)
            .with_scorer(&|input: &str, _: &Choice<T>, shown: &str, _| {
                let found = shown.to_lowercase().contains(&input.to_lowercase());
                found.then_some(0)
            })
            .with_page_size(15)
            .prompt()
    });
    asked.map(|choice| choice.it).map_err(unanswered)
}

fn unanswered(error: InquireError) -> Report {
    match error {
        InquireError::OperationCanceled | InquireError::OperationInterrupted => left(),
        other => Report::of(Exit::Failed, &other).help("give flags, so that nothing is asked"),
    }
}

/// Somebody left without an answer.
fn left() -> Report {
    Report::new(Exit::Failed, "nothing was done: a question was left open")
        .help("answer it, or give flags so that nothing is asked: `apim-migrate plan --help`")
}

/// Asks for the service: those of the subscriptions that the caller sees, as far
/// as what was given leaves them open.
pub(crate) async fn service(arm: &Arm, given: &Parts) -> Result<ServiceId, Report> {
    let directory = Directory::new(arm.clone());
    let subscriptions = match &given.subscription {
        Some(id) => vec![(id.clone(), String::new())],
        None => directory.subscriptions().await?,
    };
    let subscription = match subscriptions.as_slice() {
        [(id, _)] => id.clone(),
        [] => {
            return Err(Report::usage("you see no Azure subscription").help(
                "sign in with another account, or name the service with `--service ARM_ID`",
            ));
        }
        _ => {
            let shown = |(id, name): (String, String)| choice(id.clone(), &format!("{name}  {id}"));
            one(
                "Which subscription?",
                subscriptions.into_iter().map(shown).collect(),
            )?
        }
    };
    let mut services = directory.services(&subscription).await?;
    services.retain(|service| given.fits(service));
    services.sort();
    match services.as_slice() {
        [only] => Ok(only.clone()),
        [] => Err(Report::usage(format!(
            "no such service is seen in the subscription `{subscription}`"
        ))
        .help("check the names, or give the whole id with `--service ARM_ID`")),
        _ => {
            let shown = |service: ServiceId| {
                let text = format!("{}  in {}", service.name(), service.resource_group());
                choice(service, &text)
            };
            one("Which service?", services.into_iter().map(shown).collect())
        }
    }
}

/// Asks for the workspace: one that is there, or a new one.
pub(crate) async fn workspace(
    arm: &Arm,
    target: &ServiceId,
) -> Result<(String, Option<NewWorkspace>), Report> {
    let reader = Reader::new(arm.clone(), target.clone());
    let there = reader.list("/workspaces", &[]).await?;
    let mut choices: Vec<Choice<Option<String>>> = (there.iter())
        .filter_map(|item| {
            let name = item["name"].as_str()?;
            let display = item["properties"]["displayName"]
                .as_str()
                .unwrap_or_default();
            Some(choice(Some(name.to_owned()), &format!("{name}  {display}")))
        })
        .collect();
    choices.push(choice(None, "a new one, which `apply` makes"));
    if let Some(name) = one("Into which workspace?", choices)? {
        return Ok((name, None));
    }
    let name = text("Id of the new workspace:", None, |id| {
        id.parse::<WorkspaceName>().err().map(|e| e.to_string())
    })?;
    let display_name = text("Its display name:", Some(&name), |name| {
        name.trim()
            .is_empty()
            .then(|| "a workspace needs one".to_owned())
    })?;
    let made = NewWorkspace {
        display_name,
        description: None,
    };
    Ok((name, Some(made)))
}

/// Asks for a text in which nothing is wrong.
pub(crate) fn text(
    question: &str,
    default: Option<&str>,
    wrong: fn(&str) -> Option<String>,
) -> Result<String, Report> {
    let check = move |text: &str| {
        Ok::<_, CustomUserError>(match wrong(text) {
            Some(why) => Validation::Invalid(plain(&why).into()),
            None => Validation::Valid,
        })
    };
    let mut asked = Text::new(question).with_validator(check);
    if let Some(default) = default {
        asked = asked.with_default(default);
    }
    block_in_place(|| asked.prompt()).map_err(unanswered)
}

/// Asks for a yes or no, with yes as the usual answer; who leaves it means no.
pub(crate) fn wants(question: &str) -> Result<bool, Report> {
    match Confirm::new(&plain(question)).with_default(true).prompt() {
        Err(InquireError::OperationCanceled) => Ok(false),
        asked => asked.map_err(unanswered),
    }
}

/// Asks which APIs are meant, and returns their names.
///
/// What could not be read is told: an empty column would say that there is none.
pub(crate) async fn apis(reader: &Reader, ui: &Ui) -> Result<Vec<String>, Report> {
    let menu = read_menu(reader).await.map_err(connection_error)?;
    for (kind, error) in &menu.unread {
        ui.warn(&format!("{} are not shown: {error}", kind.plural));
    }
    let offers = offer::offers(&menu);
    if offers.is_empty() {
        return Err(Report::usage("the service has no APIs")
            .help("name another service with `--service ARM_ID`"));
    }
    let asked = block_in_place(|| screen::choose("Which APIs?", &offers));
    let end = asked.map_err(|e| Report::new(Exit::Failed, "could not ask").cause(e))?;
    match end {
        End::Chosen(chosen) => {
            let names = chosen.into_iter().map(|at| offers[at].name.clone());
            Ok(names.collect())
        }
        End::Left => Err(left()),
    }
}
