//! What `--version` tells.

use apim_migrate::catalog::ApiVersion;
use apim_migrate::plan::folder::VERSION;

/// What the program was built of.
const BUILT_OF: &str = env!("APIM_MIGRATE_BUILT_OF");

/// The version with all that a report of a bug should name.
pub(super) fn long() -> String {
    let commit = match BUILT_OF {
        "" => "unknown",
        commit => commit,
    };
    let written = ApiVersion::WRITTEN;
    format!(
        "{}\ncommit: {commit}\napi-version: {written} (written), {} (the newest that is read)\n\
         plan format: {VERSION}",
        env!("CARGO_PKG_VERSION"),
        written.newest_known(),
    )
}
