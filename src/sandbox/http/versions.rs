//! Which api-versions there are, and which of them a service takes.

use super::call::Call;
use super::reply::Refusal;
use super::routes::Route;
use crate::sandbox::access::roles;
use crate::sandbox::store::Service;
use crate::secret::plain;

const VERSIONS: &[&str] = &[
    "2017-03-01",
    "2018-01-01",
    "2019-01-01",
    "2019-12-01",
    "2020-06-01-preview",
    "2020-12-01",
    "2021-08-01",
    "2022-08-01",
    "2022-09-01-preview",
    "2023-03-01-preview",
    "2023-05-01-preview",
    "2023-09-01-preview",
    "2024-05-01",
    "2024-06-01-preview",
    "2024-10-01-preview",
    "2025-03-01-preview",
    "2025-09-01-preview",
];

/// Whether a path is another provider's, or ARM's own: these have versions of
/// their own.
fn is_of_others(path: &str) -> bool {
    roles::concerns(path) || path.eq_ignore_ascii_case("/subscriptions")
}

/// Refuses, as ARM does, a request without a version or with one that is none.
pub(crate) fn known(call: &Call) -> Result<(), Refusal> {
    match call.version() {
        "" => Err(Refusal::arm(
            400,
            "MissingApiVersionParameter",
            "The api-version query parameter (?api-version=) is required for all requests.",
        )),
        version if !is_of_others(&call.path) && !VERSIONS.contains(&version) => Err(Refusal::arm(
            400,
            "InvalidApiVersionParameter",
            format!(
                "The api-version '{}' is invalid. The supported versions are '{}'.",
                plain(version),
                VERSIONS.join(",")
            ),
        )),
        _ => Ok(()),
    }
}

/// Refuses, as a service does, a version below the oldest that it takes.
pub(crate) fn taken(service: &Service, route: &Route, call: &Call) -> Result<(), Refusal> {
    let least = service.switches.min_api_version.as_str();
    if *route == Route::Service || call.is_since(least) {
        return Ok(());
    }
    let supported: Vec<&str> = VERSIONS.iter().copied().filter(|v| *v >= least).collect();
    Err(Refusal::invalid(format!(
        "API version query parameter is not specified or was specified incorrectly.  Supported versions: {}  Example query param format: api-version=SupportedVersion",
        supported.join(",")
    )))
}
