//! What was answered, and the command that says the same.

use std::path::Path;

use apim_migrate::address::ServiceId;
use apim_migrate::shell::quoted;
use clap::{Args, Command};

use crate::cli::service::connection::{AccessArgs, ReadArgs};
use crate::cli::service::named::ServiceArgs;

/// The flags of some arguments, as they are typed.
fn flags<A: Args>() -> Vec<String> {
    let command = A::augment_args(Command::new("flags"));
    let typed = command.get_arguments().flat_map(|arg| {
        let long = arg.get_long().map(|long| format!("--{long}"));
        long.into_iter()
            .chain(arg.get_short().map(|short| format!("-{short}")))
    });
    typed.collect()
}

/// Whether no migration file can say what a flag says: how services are reached and
/// read.
fn is_beside(flag: &str) -> bool {
    let reaching = [flags::<AccessArgs>(), flags::<ReadArgs>()].concat();
    flag == "--policy-index" || reaching.iter().any(|one| one == flag)
}

/// Answers to what no flag and no file said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Answers {
    pub(crate) service: Option<ServiceId>,
    pub(crate) workspace: Option<String>,
    /// Whether the workspace is to be made, which only a migration file can say.
    pub(crate) is_new: bool,
    pub(crate) apis: Vec<String>,
}

impl Answers {
    /// Whether anything was asked.
    pub(crate) fn any(&self) -> bool {
        self.service.is_some() || self.workspace.is_some() || !self.apis.is_empty()
    }

    /// The command that equals the arguments and the answers; none where no flag
    /// can say it.
    pub(crate) fn command(&self, args: &[String]) -> Option<String> {
        if self.is_new {
            return None;
        }
        let mut words = vec!["apim-migrate".to_owned()];
        // One that was chosen stands for the parts that were given.
        let parts = match self.service {
            Some(_) => flags::<ServiceArgs>(),
            None => Vec::new(),
        };
        let is_answered = |flag: &str| parts.iter().any(|part| part == flag);
        words.extend(only(args, |flag| !is_answered(flag)));
        let mut say = |flag: &str, value: &str| words.extend([flag.to_owned(), value.to_owned()]);
        if let Some(service) = &self.service {
            say("--service", &service.to_string());
        }
        if let Some(workspace) = &self.workspace {
            say("--workspace", workspace);
        }
        for api in &self.apis {
            say("--api", api);
        }
        Some(line(&words))
    }
}

/// The command that equals the arguments, where a migration file says the rest.
pub(crate) fn again_with(file: &Path, args: &[String]) -> String {
    let mut words = ["apim-migrate", "plan", "-f"].map(str::to_owned).to_vec();
    words.push(file.display().to_string());
    words.extend(only(args, is_beside));
    line(&words)
}

/// The arguments whose flags are wanted, with their values; what no flag stands
/// before has an empty one.
fn only(args: &[String], is_wanted: impl Fn(&str) -> bool) -> Vec<String> {
    let mut flag = "";
    let mut wanted = Vec::new();
    for word in args {
        match word.as_str() {
            long if long.starts_with("--") => flag = long.split('=').next().unwrap_or(long),
            short if short.starts_with('-') => flag = short.get(..2).unwrap_or(short),
            _ => {}
        }
        if is_wanted(flag) {
            wanted.push(word.clone());
        }
    }
    wanted
}

fn line(words: &[String]) -> String {
    let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_says_what_was_answered() {
        let args = ["plan", "--allow", "a b", "-o", "it's"].map(str::to_owned);
        let answers = Answers {
            service: ServiceId::new("s", "g", "contoso").ok(),
            workspace: Some("billing".to_owned()),
            is_new: false,
            apis: vec!["orders-v1".to_owned(), "x;rev=2".to_owned()],
        };
        assert_eq!(
            answers.command(&args).unwrap(),
            "apim-migrate plan --allow \"a b\" -o \"it's\" --service \
             /subscriptions/s/resourceGroups/g/providers/Microsoft.ApiManagement/service/contoso \
             --workspace billing --api orders-v1 --api \"x;rev=2\""
        );
        // A service that was chosen stands for the parts that were given.
        let given = ["plan", "--subscription", "s", "-gx", "-n=y", "-o", "p"];
        let service = answers.service.clone();
        let only_service = Answers {
            service,
            ..Answers::default()
        };
        let id =
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.ApiManagement/service/contoso";
        assert_eq!(
            only_service.command(&given.map(str::to_owned)).unwrap(),
            format!("apim-migrate plan -o p --service {id}")
        );
        let new = Answers {
            is_new: true,
            ..answers
        };
        assert_eq!(new.command(&args), None);
        assert!(new.any() && !Answers::default().any());
    }

    #[test]
    fn what_no_file_can_say_is_told_beside_it() {
        let args = [
            "plan",
            "--auth=cli",
            "-o",
            "p",
            "--arm-endpoint",
            "http://x",
            "--all",
        ];
        assert_eq!(
            again_with(Path::new("my file.yaml"), &args.map(str::to_owned)),
            "apim-migrate plan -f \"my file.yaml\" --auth=cli --arm-endpoint http://x"
        );
    }
}
