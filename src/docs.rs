//! Tables of the documentation that are made from the code's own tables, so
//! that they can't go out of date.

use std::fmt::Write as _;

use crate::arm::{ArmError, Refusal};
use crate::catalog::{Access, Home, Kind, kinds};
use crate::plan::Severity;
use crate::plan::codes::{CODES, code};
use crate::plan::folder;
use crate::words::WORDS;

/// The table of kinds: what is migrated and what is not.
pub fn coverage() -> String {
    let mut out = String::from("| what | moved | how |\n|---|---|---|\n");
    for kind in kinds() {
        let (moved, how) = match kind.home {
            Home::Workspace => ("yes", moved(kind)),
            Home::Service => (
                "stays, referred to",
                "a workspace may name it at service level".to_owned(),
            ),
            Home::Stays(name) => (
                "stays",
                format!("goes on working from the service level; finding `{name}`"),
            ),
            Home::ByChoice(choice) => (
                "stays, or by choice",
                format!(
                    "goes on working from the service level (finding `{}`); `--with-service-scope \
                     {}` copies it to the workspace{}: {}",
                    choice.stays,
                    choice.word,
                    match choice.acts_twice {
                        true => " of another service",
                        false => "",
                    },
                    moved(kind)
                ),
            ),
            Home::Nowhere(name) => ("no", format!("no workspace has it; finding `{name}`")),
        };
        let _ = writeln!(out, "| {} | {moved} | {how} |", kind.plural);
    }
    out
}

fn moved(kind: &Kind) -> String {
    let mut parts = Vec::new();
    match kind.access {
        Access::Document => parts.push("text byte for byte, names rewritten".to_owned()),
        Access::Link => parts.push("as a link between copies".to_owned()),
        Access::Membership => parts.push("by name".to_owned()),
        Access::Entity => parts.push("every writable property".to_owned()),
    }
    if kind.revisions {
        parts.push("all revisions, the same one current".to_owned());
    }
    if let Some(secret) = kind.secret {
        let chosen = secret.members.iter().all(|m| !kind.carries(m));
        parts.push(match chosen {
            true => format!(
                "keys new within a service, carried into another (`{}`)",
                secret.action
            ),
            false => format!("secrets read with `{}` when applied", secret.action),
        });
    }
    if let Some(upload) = kind.upload {
        parts.push(format!(
            "uploaded ones from the PFX that the migration file names, into `{}` and `{}`",
            upload.content, upload.password
        ));
    }
    let uploaded = |name: &str| {
        kind.upload
            .is_some_and(|u| [u.content, u.password].contains(&name))
    };
    let names: Vec<String> = (kind.not_carried.iter())
        .filter(|(name, _)| !uploaded(name))
        .map(|(name, _)| format!("`{name}`"))
        .collect();
    if !names.is_empty() {
        parts.push(format!("without {}", names.join(", ")));
    }
    if !kind.effects.is_empty() {
        parts.push("what the service adds on its own is used or removed".to_owned());
    }
    parts.join("; ")
}

/// The page with an entry for each code.
pub fn findings_page() -> String {
    let mut out = String::from(
        "# Findings\n\nWhat `plan` says before anything is written. A blocker would fail, or silently change what an API does: \
         `apply` refuses a plan that has one, unless it is accepted with `--allow CODE` or `allow: [CODE]` in the plan. \
         A warning is something that someone should look at; a note is good to know.\n",
    );
    for severity in [Severity::Blocker, Severity::Warning, Severity::Note] {
        let _ = write!(out, "\n## {}s\n", capital(severity.as_str()));
        for code in CODES.iter().filter(|c| c.severity == severity) {
            let _ = write!(
                out,
                "\n### `{}`\n\n{}\n\n**What to do:** {}\n",
                code.code, code.meaning, code.help
            );
        }
    }
    out
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters
        .next()
        .map(|c| c.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

/// What ARM and the service say where they refuse, with what it means.
const REFUSALS: &[(u16, &str, &str)] = &[
    (
        400,
        "ValidationError",
        "the service does not take the body; its message, or the details, say which field",
    ),
    (
        400,
        "MethodNotAllowedInPricingTier",
        "workspaces, or something in them, are not for this tier",
    ),
    (
        400,
        "InvalidApiVersionParameter",
        "the service does not know the api-version, or no longer",
    ),
    (
        401,
        "ExpiredAuthenticationToken",
        "the token has ended, and no other was to be had",
    ),
    (
        401,
        "InvalidAuthenticationToken",
        "the token is of another tenant, another cloud, or no token",
    ),
    (
        403,
        "AuthorizationFailed",
        "a right is missing; the message names the action and the scope",
    ),
    (
        403,
        "LinkedAuthorizationFailed",
        "a body holds the id of something in Azure, such as a Key Vault or Application Insights",
    ),
    (
        404,
        "SubscriptionNotFound",
        "it is not there for who signed in",
    ),
    (404, "ResourceGroupNotFound", "it is not there"),
    (
        404,
        "ResourceNotFound",
        "the service, the workspace, or what a body names is not there",
    ),
    (
        409,
        "Conflict",
        "the API is being written by somebody else, or two things are made under one name",
    ),
    (
        412,
        "PreconditionFailed",
        "it was changed between the look at it and the write",
    ),
    (413, "RequestContentTooLarge", "the body is too large"),
    (
        422,
        "ManagementApiRequestFailed",
        "the service's own management endpoint is not reached: rules of its virtual network",
    ),
    (
        429,
        "SubscriptionRequestsThrottled",
        "ARM's limit is used up, by this run or by others",
    ),
    (
        500,
        "InternalServerError",
        "trouble of the service; also its answer for what a tier or a workspace lacks",
    ),
    (503, "ServiceUnavailable", "trouble that passes"),
];

/// The table of refusals: what each means, whether the same request would be refused
/// again as it stands, and what the program says to do.
pub fn refusals() -> String {
    let mut out = String::from(
        "| status | code | means | for good | what the program says |\n|---|---|---|---|---|\n",
    );
    for (status, code, meaning) in REFUSALS {
        let error = ArmError::Refused(Box::new(Refusal {
            status: *status,
            code: (*code).to_owned(),
            ..Refusal::default()
        }));
        let for_good = match error.permanent() {
            true => "yes",
            false => "no",
        };
        let help = error.help().unwrap_or_else(|| "–".to_owned());
        let _ = writeln!(
            out,
            "| {status} | `{code}` | {meaning} | {for_good} | {help} |"
        );
    }
    out
}

/// The table of what is believed of a service, and of a plan's folder.
pub fn limits() -> String {
    use crate::arm::limits as arm;
    let mib = |bytes: u64| format!("{} MiB", bytes >> 20);
    let rows = [
        (
            "one answer, after decompression",
            mib(arm::ANSWER_BYTES as u64),
        ),
        ("values in one answer", arm::ANSWER_VALUES.to_string()),
        ("levels of its JSON", arm::JSON_DEPTH.to_string()),
        ("pages of a list", arm::LIST_PAGES.to_string()),
        ("empty pages in a row", arm::LIST_EMPTY_PAGES.to_string()),
        ("items of a list", arm::LIST_ITEMS.to_string()),
        ("all pages of a list", mib(arm::LIST_BYTES as u64)),
        ("time for a list", format!("{} s", arm::LIST_TIME.as_secs())),
        ("answers to one crawl", arm::CRAWL_ANSWERS.to_string()),
        ("all answers to one crawl", mib(arm::CRAWL_BYTES)),
        ("rounds of a crawl", arm::CRAWL_ROUNDS.to_string()),
        (
            "characters of an error's message, and of each detail",
            arm::MESSAGE.to_string(),
        ),
        ("details of an error", arm::DETAILS.to_string()),
        (
            "characters of a code or correlation id",
            arm::WORD.to_string(),
        ),
        ("bytes of an ETag", arm::ETAG.to_string()),
        (
            "wait that a Retry-After can ask for",
            format!("{} s", arm::RETRY_AFTER.as_secs()),
        ),
        (
            "pause between looks at a long-running operation",
            format!("{} s", arm::POLL_PAUSE.as_secs()),
        ),
        (
            "time for a long-running operation, unless told otherwise",
            format!("{} s", arm::PATIENCE.as_secs()),
        ),
        ("`plan.yaml`", mib(folder::MOST_PLAN)),
        ("one body or policy", mib(folder::MOST_BODY)),
        ("a PFX to be uploaded", mib(crate::apply::MOST_PFX)),
        ("steps of a plan", folder::MOST_STEPS.to_string()),
    ];
    let mut out = String::from("| what | at most |\n|---|---|\n");
    for (what, most) in rows {
        let _ = writeln!(out, "| {what} | {most} |");
    }
    out
}

/// The page with the words that messages and help use.
pub fn glossary() -> String {
    let mut out = String::from(
        "# Words\n\nWhat `apim-migrate help words` tells as well.\n\n| word | meaning |\n|---|---|\n",
    );
    for (word, meaning) in WORDS {
        let _ = writeln!(out, "| {word} | {meaning} |");
    }
    out
}

/// Whether every finding that the catalog names is in the table of codes.
pub fn is_complete() -> bool {
    kinds().iter().all(|k| {
        let incomplete = k.incomplete.is_none_or(|i| code(i.remark.code).is_some());
        let home = match k.home {
            Home::Nowhere(name) | Home::Stays(name) => code(name).is_some(),
            Home::ByChoice(choice) => code(choice.stays).is_some(),
            Home::Workspace | Home::Service => true,
        };
        let remarks = k.remarks.iter().all(|r| code(r.code).is_some());
        incomplete && remarks && home
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::Switches;
    use crate::traits::Traits;

    /// Compares a part of a file with what it should be; writes it when
    /// `UPDATE_DOCS` is set.
    fn check(file: &str, mark: Option<&str>, wanted: &str) {
        let path = format!("{}/{file}", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let whole = match mark {
            None => wanted.to_owned(),
            Some(mark) => {
                let (begin, end) = (format!("<!-- {mark} -->\n"), format!("<!-- /{mark} -->"));
                let start = text.find(&begin).expect("the mark is there") + begin.len();
                let stop = text.find(&end).expect("the closing mark is there");
                format!("{}{wanted}{}", &text[..start], &text[stop..])
            }
        };
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(&path, &whole).unwrap();
        }
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            text == whole,
            "{file} is out of date: run the tests with UPDATE_DOCS=1"
        );
    }

    #[test]
    fn the_tables_of_the_documentation_are_true() {
        assert!(is_complete());
        check("docs/coverage.md", Some("coverage"), &coverage());
        check("docs/fidelity.md", Some("switches"), &Switches::table());
        check("docs/fidelity.md", Some("traits"), &Traits::table());
        check("SECURITY.md", Some("limits"), &limits());
        check("docs/troubleshooting.md", Some("refusals"), &refusals());
        check("docs/findings.md", None, &findings_page());
        check("docs/glossary.md", None, &glossary());
    }
}
