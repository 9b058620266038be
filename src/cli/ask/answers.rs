//! What was answered, and the command that says the same.

use apim_migrate::address::ServiceId;

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
        words.extend(args.iter().cloned());
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
        let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
        Some(words.join(" "))
    }
}

/// A word as a shell takes it for itself.
fn quoted(word: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
    match !word.is_empty() && word.chars().all(bare) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
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
            "apim-migrate plan --allow 'a b' -o 'it'\\''s' --service \
             /subscriptions/s/resourceGroups/g/providers/Microsoft.ApiManagement/service/contoso \
             --workspace billing --api orders-v1 --api 'x;rev=2'"
        );
        let new = Answers {
            is_new: true,
            ..answers
        };
        assert_eq!(new.command(&args), None);
        assert!(new.any() && !Answers::default().any());
    }
}
