//! Which service, where ARM is, and how to sign in.

use std::sync::Arc;
use std::time::Duration;

use apim_migrate::arm::{
    Arm, ArmBuilder, AuthMode, Cloud, Endpoint, FixedToken, Observer, RetryPolicy, Tokens,
    http_client, limits, tokens,
};
use apim_migrate::catalog::ApiVersion;
use apim_migrate::doctor;
use apim_migrate::progress::Listener;
use apim_migrate::progress::summary::Summary;
use apim_migrate::secret::Secret;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};

use super::named::variable;
pub(crate) use super::named::{Parts, ServiceArgs};
use super::watch::Watch;
use crate::cli::given::number;
use crate::cli::report::Report;

pub(crate) const TOKEN: &str = "APIM_MIGRATE_TOKEN";
pub(crate) const ENDPOINT: &str = "APIM_MIGRATE_ARM_ENDPOINT";

/// A cloud by its word.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum CloudName {
    /// Azure
    #[default]
    Public,
    /// Azure Government
    Usgov,
    /// Azure operated by 21Vianet
    China,
}

#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Connection")]
pub(crate) struct AccessArgs {
    /// The cloud that ARM and its tokens are of [default: public]
    #[arg(long, value_enum, value_name = "CLOUD")]
    cloud: Option<CloudName>,

    /// Where ARM is, plain http for loopback addresses only [env: APIM_MIGRATE_ARM_ENDPOINT]
    /// [default: the cloud's]
    #[arg(long, value_name = "URL")]
    arm_endpoint: Option<String>,

    /// Version of the service's API that is written [default: the plan's, else 2024-05-01]
    #[arg(long, value_name = "DATE")]
    api_version: Option<ApiVersion>,

    /// How to sign in [default: auto]; a token in APIM_MIGRATE_TOKEN wins. A plain http endpoint
    /// gets no token of yours unless this is given
    #[arg(long, value_name = "HOW", value_parser = auth_mode())]
    auth: Option<AuthMode>,

    /// How long a long-running operation of the service is waited for
    #[arg(long, value_name = "SECONDS", default_value_t = OPERATION_TIMEOUT, value_parser = number)]
    operation_timeout: u64,
}

/// At which version the source is read.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Connection")]
pub(crate) struct ReadArgs {
    /// Version of the service's API that is read [default: the newest that the service and this
    /// program know]
    #[arg(long, value_name = "DATE")]
    read_version: Option<ApiVersion>,
}

impl ReadArgs {
    /// The version that is tried first.
    pub(crate) fn newest(&self, access: &Access) -> ApiVersion {
        (self.read_version).unwrap_or_else(|| access.api_version().newest_known())
    }

    /// The versions to read at, the first that the service takes: down to the
    /// one that is written.
    pub(crate) fn versions(&self, access: &AccessArgs) -> Result<Vec<ApiVersion>, Report> {
        let written = access.api_version();
        let read = self.read_version.unwrap_or_else(|| written.newest_known());
        match read < written {
            true => Err(Report::usage(format!(
                "api-version {read} is older than {written}, which is written"
            ))
            .help("read at the version that is written, or at a newer one")),
            false => Ok(read.down_to(written)),
        }
    }
}

/// Operations take seconds to minutes; what takes longer is looked up by the
/// next run.
const OPERATION_TIMEOUT: u64 = limits::PATIENCE.as_secs();

fn auth_mode() -> impl TypedValueParser<Value = AuthMode> {
    PossibleValuesParser::new([
        "auto",
        "cli",
        "azd",
        "env",
        "managed-identity",
        "workload-identity",
    ])
    .try_map(|word| word.parse::<AuthMode>())
}

/// How to sign in.
#[derive(Debug, Clone)]
enum Credential {
    /// One for sandboxes, which take any.
    MadeUp,
    Token(Secret),
    Mode(AuthMode),
}

/// Where ARM is and how to sign in, known to be good.
#[derive(Debug, Clone)]
pub(crate) struct Access {
    endpoint: Endpoint,
    cloud: Cloud,
    api_version: ApiVersion,
    credential: Credential,
    operation_timeout: Duration,
}

impl AccessArgs {
    /// The version that is written, unless a plan says another one.
    pub(crate) fn api_version(&self) -> ApiVersion {
        self.api_version.unwrap_or_default()
    }

    /// As [`AccessArgs::access`], for a plan whose bodies are for a version.
    pub(crate) fn access_for(&self, planned: ApiVersion) -> Result<Access, Report> {
        let api_version = self.api_version.unwrap_or(planned);
        if api_version < planned {
            return Err(Report::usage(format!(
                "the plan is for api-version {planned}, of which {api_version} may not hold everything"
            ))
            .help("leave `--api-version` out, or plan again with it"));
        }
        Ok(Access {
            api_version,
            ..self.access()?
        })
    }

    /// Checks everything that can be checked without a request.
    pub(crate) fn access(&self) -> Result<Access, Report> {
        let cloud = match self.cloud.unwrap_or_default() {
            CloudName::Public => Cloud::Public,
            CloudName::Usgov => Cloud::UsGov,
            CloudName::China => Cloud::China,
        };
        let given = match &self.arm_endpoint {
            Some(url) => Some(url.clone()),
            None => variable(ENDPOINT)?,
        };
        if let (Some(_), None, Some(url)) = (self.cloud, &self.arm_endpoint, &given)
            && url.parse() != Ok(Endpoint::cloud(cloud))
        {
            return Err(Report::usage(format!(
                "`--cloud` and the variable {ENDPOINT} name two endpoints"
            ))
            .help(format!(
                "unset {ENDPOINT}, or give the endpoint as well with `--arm-endpoint`"
            )));
        }
        let endpoint = match given {
            Some(url) => url.parse::<Endpoint>().map_err(|e| {
                Report::usage(e).help("give ARM's address as `https://HOST`, or `http://127.0.0.1:PORT` for a sandbox")
            })?,
            None => Endpoint::cloud(cloud),
        };
        Ok(Access {
            credential: self.credential(&endpoint)?,
            endpoint,
            cloud,
            api_version: self.api_version(),
            operation_timeout: Duration::from_secs(self.operation_timeout),
        })
    }

    fn credential(&self, endpoint: &Endpoint) -> Result<Credential, Report> {
        if let Some(token) = variable(TOKEN)? {
            let token = token.trim();
            if token.is_empty() || !token.chars().all(|c| c.is_ascii_graphic()) {
                return Err(Report::usage(format!("{TOKEN} holds no bearer token"))
                    .help("put the bare token into it, without `Bearer` and without quotes"));
            }
            return Ok(Credential::Token(Secret::new(token)));
        }
        Ok(match self.auth {
            Some(mode) => Credential::Mode(mode),
            // A sandbox takes any token, and has no business with a real one.
            None if endpoint.is_loopback() => Credential::MadeUp,
            None => Credential::Mode(AuthMode::default()),
        })
    }
}

impl Access {
    /// Access to a sandbox of our own.
    pub(crate) fn to_sandbox(url: &str) -> Result<Self, Report> {
        Ok(Self {
            endpoint: url.parse::<Endpoint>().map_err(Report::usage)?,
            cloud: Cloud::Public,
            api_version: ApiVersion::default(),
            credential: Credential::MadeUp,
            operation_timeout: Duration::from_secs(OPERATION_TIMEOUT),
        })
    }

    /// The same access, at another version.
    pub(crate) fn at(self, api_version: ApiVersion) -> Self {
        Self {
            api_version,
            ..self
        }
    }

    /// Makes a client that is watched by somebody else as well.
    pub(crate) fn open_watched(
        &self,
        listener: &Arc<dyn Listener>,
        summary: &Arc<Summary>,
        by: Arc<dyn Observer>,
    ) -> Result<Arm, Report> {
        let watch = Watch::new(Arc::clone(listener), Arc::clone(summary));
        let builder = self.builder(listener, summary)?;
        Ok(builder.observer(Arc::new(watch.beside(by))).build()?)
    }

    /// Makes the client; nothing is sent yet.
    pub(crate) fn open(
        &self,
        listener: &Arc<dyn Listener>,
        summary: &Arc<Summary>,
    ) -> Result<Arm, Report> {
        Ok(self.builder(listener, summary)?.build()?)
    }

    /// Makes a client that soon gives up, for who wants to hear just that.
    pub(crate) fn open_impatient(&self) -> Result<Arm, Report> {
        let retries = RetryPolicy {
            tries: 3,
            busy_tries: 3,
            total: Duration::from_secs(20),
            throttled: Duration::from_secs(20),
            ..RetryPolicy::default()
        };
        let silent: Arc<dyn Listener> = Arc::new(());
        let builder = self.builder(&silent, &Arc::new(Summary::default()))?;
        Ok(builder.retries(retries).build()?)
    }

    /// Makes a client that is patient but for being told that something is
    /// busy, of which it tells at once.
    pub(crate) fn open_keen(
        &self,
        listener: &Arc<dyn Listener>,
        summary: &Arc<Summary>,
    ) -> Result<Arm, Report> {
        let retries = RetryPolicy {
            busy_tries: 1,
            ..RetryPolicy::default()
        };
        let builder = self.builder(listener, summary)?;
        Ok(builder.retries(retries).build()?)
    }

    /// How the caller signs in.
    pub(crate) fn credential(&self) -> doctor::Credential {
        let (name, renews) = match &self.credential {
            Credential::MadeUp => ("a token for sandboxes".to_owned(), true),
            Credential::Token(_) => (format!("the token in {TOKEN}"), false),
            Credential::Mode(mode) => (format!("`--auth {}`", mode.as_str()), true),
        };
        doctor::Credential { name, renews }
    }

    /// The version that requests are sent with.
    pub(crate) fn api_version(&self) -> ApiVersion {
        self.api_version
    }

    fn builder(
        &self,
        listener: &Arc<dyn Listener>,
        summary: &Arc<Summary>,
    ) -> Result<ArmBuilder, Report> {
        let http = http_client(&self.endpoint)?;
        let tokens: Arc<dyn Tokens> = match &self.credential {
            Credential::MadeUp => Arc::new(FixedToken::new(Secret::new("sandbox"))),
            Credential::Token(token) => Arc::new(FixedToken::new(token.clone())),
            Credential::Mode(mode) => tokens(*mode, self.cloud, &self.endpoint, &http),
        };
        let watch = Watch::new(Arc::clone(listener), Arc::clone(summary));
        Ok(Arm::builder(self.endpoint.clone(), tokens)
            .http(http)
            .api_version(self.api_version.to_string())
            .patience(self.operation_timeout)
            .observer(Arc::new(watch)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_older_is_read_than_is_written() {
        let args = |read: Option<&str>, written: Option<&str>| {
            let access = AccessArgs {
                api_version: written.map(|v| v.parse().unwrap()),
                ..AccessArgs::default()
            };
            let read_version = read.map(|v| v.parse().unwrap());
            ReadArgs { read_version }.versions(&access)
        };
        let newest = ApiVersion::default().newest_known();
        assert_eq!(args(None, None).unwrap()[0], newest);
        assert_eq!(
            args(None, None).unwrap().last(),
            Some(&ApiVersion::default())
        );
        assert_eq!(args(Some("2024-05-01"), None).unwrap().len(), 1);
        assert_eq!(args(None, Some("2030-01-01")).unwrap().len(), 1);
        assert!(args(Some("2024-05-01"), Some("2024-06-01-preview")).is_err());
    }

    #[test]
    fn a_plan_is_not_written_at_an_older_version() {
        let access = |given: Option<&str>| {
            let access = AccessArgs {
                arm_endpoint: Some("http://127.0.0.1:1".to_owned()),
                api_version: given.map(|v| v.parse().unwrap()),
                ..AccessArgs::default()
            };
            let planned = "2024-10-01-preview".parse().unwrap();
            access
                .access_for(planned)
                .map(|a| a.api_version.to_string())
        };
        assert_eq!(access(None).unwrap(), "2024-10-01-preview");
        let newer = "2025-03-01-preview";
        assert_eq!(access(Some(newer)).unwrap(), newer);
        assert!(access(Some("2024-05-01")).is_err());
    }
}
