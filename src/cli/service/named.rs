//! Which service is meant, as far as it is named.

use apim_migrate::address::ServiceId;
use clap::Args;

use crate::cli::report::Report;

pub(crate) const SUBSCRIPTION: &str = "AZURE_SUBSCRIPTION_ID";
pub(crate) const GROUP: &str = "AZURE_RESOURCE_GROUP";
pub(crate) const NAME: &str = "APIM_SERVICE_NAME";

#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Connection")]
pub(crate) struct ServiceArgs {
    /// The service by its ARM id; wins over its parts in the environment
    #[arg(long, value_name = "ARM_ID", conflicts_with_all = ["subscription", "resource_group", "service_name"])]
    service: Option<ServiceId>,

    /// The service's Azure subscription [env: AZURE_SUBSCRIPTION_ID]
    #[arg(long, value_name = "ID")]
    subscription: Option<String>,

    /// The service's resource group [env: AZURE_RESOURCE_GROUP]
    #[arg(short = 'g', long, value_name = "NAME")]
    resource_group: Option<String>,

    /// The service's name [env: APIM_SERVICE_NAME]
    #[arg(short = 'n', long, value_name = "NAME")]
    service_name: Option<String>,
}

/// A service as far as it is named.
#[derive(Debug, Clone, Default)]
pub(crate) struct Parts {
    pub(crate) subscription: Option<String>,
    group: Option<String>,
    name: Option<String>,
}

impl Parts {
    /// Whether a service may be the one that is meant.
    pub(crate) fn fits(&self, service: &ServiceId) -> bool {
        let fits = |given: &Option<String>, is: &str| {
            given
                .as_ref()
                .is_none_or(|given| given.eq_ignore_ascii_case(is))
        };
        fits(&self.group, service.resource_group()) && fits(&self.name, service.name())
    }

    /// The service, where it is named whole.
    fn whole(&self) -> Result<ServiceId, Report> {
        let missing: Vec<String> = [
            (&self.subscription, SUBSCRIPTION, "--subscription"),
            (&self.group, GROUP, "--resource-group"),
            (&self.name, NAME, "--service-name"),
        ]
        .into_iter()
        .filter(|(part, ..)| part.is_none())
        .map(|(_, name, flag)| format!("{flag} (or {name})"))
        .collect();
        let (Some(subscription), Some(group), Some(name)) =
            (&self.subscription, &self.group, &self.name)
        else {
            let missing = missing.join(", ");
            return Err(
                Report::usage(format!("which service? {missing} not given")).help(
                    "name the service with `--service ARM_ID`, or with `--subscription`, `-g` and `-n`",
                ),
            );
        };
        ServiceId::new(subscription, group, name).map_err(|e| {
            Report::usage(e).help("give plain names, or the whole id with `--service ARM_ID`")
        })
    }
}

impl ServiceArgs {
    /// The service: by flags, else by the migration file, else by variables.
    pub(crate) fn service(&self, file: Option<&ServiceId>) -> Result<ServiceId, Report> {
        match self.named(file)? {
            Named::Whole(service) => Ok(service),
            Named::Parts(parts) => parts.whole(),
        }
    }

    /// What is said of the service, where that is not all of it.
    pub(crate) fn open_parts(&self, file: Option<&ServiceId>) -> Result<Option<Parts>, Report> {
        Ok(match self.named(file)? {
            Named::Whole(_) => None,
            Named::Parts(parts) => parts.whole().is_err().then_some(parts),
        })
    }

    fn named(&self, file: Option<&ServiceId>) -> Result<Named, Report> {
        if let Some(service) = &self.service {
            return Ok(Named::Whole(service.clone()));
        }
        let none_given = self.subscription.is_none()
            && self.resource_group.is_none()
            && self.service_name.is_none();
        if let (true, Some(service)) = (none_given, file) {
            return Ok(Named::Whole(service.clone()));
        }
        let part = |given: &Option<String>, name: &str| match given {
            Some(value) => Ok(Some(value.clone())),
            None => variable(name),
        };
        Ok(Named::Parts(Parts {
            subscription: part(&self.subscription, SUBSCRIPTION)?,
            group: part(&self.resource_group, GROUP)?,
            name: part(&self.service_name, NAME)?,
        }))
    }
}

/// Reads a variable; an empty one counts as none.
pub(crate) fn variable(name: &str) -> Result<Option<String>, Report> {
    match std::env::var(name) {
        Ok(text) if text.is_empty() => Ok(None),
        Ok(text) => Ok(Some(text)),
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(std::env::VarError::NotUnicode(_)) => {
            Err(Report::usage(format!("the variable {name} is not text")))
        }
    }
}

/// What is said of a service.
enum Named {
    /// Which it is.
    Whole(ServiceId),
    /// Some of its parts.
    Parts(Parts),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_win_over_the_file() {
        let id = |name: &str| ServiceId::new("s", "g", name).unwrap();
        let args = ServiceArgs {
            service: Some(id("flag")),
            ..ServiceArgs::default()
        };
        assert_eq!(args.service(Some(&id("file"))).unwrap(), id("flag"));
        let none = ServiceArgs::default();
        assert_eq!(none.service(Some(&id("file"))).unwrap(), id("file"));
    }
}
