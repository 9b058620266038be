//! An example for each command, as its help shows it.

/// A command by its words, and its examples: what is typed, and what for.
type Examples = (
    &'static [&'static str],
    &'static [(&'static str, &'static str)],
);

const EXAMPLES: &[Examples] = &[
    (
        &[],
        &[
            ("demo", "see a whole migration on this machine"),
            (
                "plan --workspace billing --api 'orders*'",
                "what would be copied",
            ),
            ("apply plans/billing", "copy it"),
            ("verify plans/billing", "compare"),
        ],
    ),
    (
        &["plan"],
        &[
            (
                "plan --workspace billing --api orders-v1 --api invoices",
                "two APIs and what they need",
            ),
            (
                "plan --workspace billing --product starter --allow self-hosted-gateway",
                "all APIs of a product",
            ),
            ("plan -f migration.yaml", "as a file says"),
        ],
    ),
    (
        &["validate"],
        &[
            ("validate plans/billing", "after an edit"),
            ("validate migration.yaml", "before planning"),
        ],
    ),
    (
        &["rehearse"],
        &[
            (
                "rehearse plans/billing",
                "what would fail, how long it takes",
            ),
            (
                "rehearse plans/billing --from contoso.json",
                "without a request",
            ),
        ],
    ),
    (
        &["show"],
        &[
            ("show plans/billing", "in brief"),
            (
                "show plans/billing --format html --out billing.html",
                "for a browser",
            ),
            (
                "show plans/billing --diff --api orders-v1",
                "what is rewritten",
            ),
        ],
    ),
    (
        &["explain"],
        &[
            (
                "explain plans/billing namedValues/db-key",
                "why it comes along",
            ),
            (
                "explain subscription-covers-all-apis",
                "what a finding means",
            ),
        ],
    ),
    (
        &["apply"],
        &[
            (
                "apply plans/billing --dry-run",
                "each request, and none is sent",
            ),
            ("apply plans/billing", "asks, then copies"),
            ("apply plans/billing --yes --output json", "in a pipeline"),
        ],
    ),
    (
        &["status"],
        &[
            ("status plans/billing", "how far it is"),
            ("status plans/billing --watch", "until the run ends"),
        ],
    ),
    (
        &["verify"],
        &[(
            "verify plans/billing",
            "exits with 5 where something differs",
        )],
    ),
    (
        &["rollback"],
        &[
            ("rollback plans/billing --dry-run", "what would be deleted"),
            ("rollback plans/billing", "asks, then deletes"),
        ],
    ),
    (
        &["list"],
        &[
            ("list apis -g rg -n contoso", "names for --api"),
            ("list workspaces --output json", "for a script"),
        ],
    ),
    (
        &["assess"],
        &[
            ("assess", "which APIs can move"),
            (
                "assess --workspaces 3 --save migrations",
                "a migration file for each",
            ),
        ],
    ),
    (
        &["doctor"],
        &[
            ("doctor --workspace billing", "before planning"),
            ("doctor plans/billing", "before applying"),
            (
                "doctor --probe",
                "ask the service what nobody outside knows",
            ),
        ],
    ),
    (
        &["snapshot"],
        &[(
            "snapshot --all -o contoso.json",
            "the whole service, without secrets",
        )],
    ),
    (
        &["schema"],
        &[
            ("schema migration > migration.schema.json", "for an editor"),
            ("schema output", "what --output json prints"),
        ],
    ),
    (
        &["workspace"],
        &[("workspace show billing", "what serves it, what is in it")],
    ),
    (
        &["workspace", "create"],
        &[(
            "workspace create billing --display-name Billing",
            "safe to repeat",
        )],
    ),
    (
        &["workspace", "show"],
        &[("workspace show billing --access", "who may do what")],
    ),
    (
        &["workspace", "grant"],
        &[(
            "workspace grant billing --role api-developer --principal 1d9a0a9e-6c6e-4a7b-9f52-52b1a4f0c0de",
            "",
        )],
    ),
    (
        &["workspace", "revoke"],
        &[(
            "workspace revoke billing --principal 1d9a0a9e-6c6e-4a7b-9f52-52b1a4f0c0de",
            "all of its roles",
        )],
    ),
    (
        &["policy"],
        &[("policy references policies/orders.xml", "what it names")],
    ),
    (
        &["policy", "references"],
        &[(
            "policy references policies/orders.xml --output json",
            "for a script",
        )],
    ),
    (
        &["sandbox"],
        &[
            ("sandbox", "the Contoso sample on port 8040"),
            (
                "sandbox --seed contoso.json --arm-limits",
                "a copy of a service, as slow as ARM",
            ),
        ],
    ),
    (&["demo"], &[("demo --dir plans/demo", "keeps the plan")]),
    (
        &["completions"],
        &[
            (
                "completions bash > ~/.local/share/bash-completion/completions/apim-migrate",
                "",
            ),
            ("completions zsh > \"${fpath[1]}/_apim-migrate\"", ""),
            (
                "completions fish > ~/.config/fish/completions/apim-migrate.fish",
                "",
            ),
        ],
    ),
    (
        &["man"],
        &[("man man1", "a page for each command, into a folder")],
    ),
    (
        &["help"],
        &[
            ("help environment", "variables"),
            ("help workspace grant", "a command"),
        ],
    ),
];

/// Where the second column begins, at the latest.
const WIDEST: usize = 60;

/// The examples of a command as its help shows them; nothing where it has none.
pub(super) fn text(command: &[&str]) -> String {
    let found = EXAMPLES.iter().find(|(path, _)| *path == command);
    let lines = found.map(|(_, examples)| *examples).unwrap_or_default();
    let fits = |typed: &str| typed.len() <= WIDEST;
    let widths = lines.iter().filter(|(typed, _)| fits(typed));
    let width = widths.map(|(typed, _)| typed.len()).max().unwrap_or(0);
    let mut out = String::new();
    for (typed, why) in lines {
        if out.is_empty() {
            out.push_str(if lines.len() == 1 {
                "Example:"
            } else {
                "Examples:"
            });
        }
        let pad = if fits(typed) && !why.is_empty() {
            width
        } else {
            0
        };
        let line = format!("\n  apim-migrate {typed:pad$}   {why}");
        out.push_str(line.trim_end());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::surface::command;
    use clap::Command;

    fn commands(command: &Command, above: &[String], all: &mut Vec<Vec<String>>) {
        for sub in command.get_subcommands() {
            let path = [above, &[sub.get_name().to_owned()]].concat();
            commands(sub, &path, all);
            all.push(path);
        }
    }

    #[test]
    fn every_command_says_what_it_does_what_each_argument_is_and_has_an_example() {
        let mut all = Vec::new();
        commands(&command(), &[], &mut all);
        for path in &all {
            let path: Vec<&str> = path.iter().map(String::as_str).collect();
            assert!(!text(&path).is_empty(), "{path:?}");
            let root = command();
            let found = (path.iter()).try_fold(&root, |above, name| above.find_subcommand(name));
            let found = found.unwrap();
            assert!(found.get_about().is_some(), "{path:?}");
            for arg in found.get_arguments() {
                assert!(arg.get_help().is_some(), "{path:?} {}", arg.get_id());
            }
        }
        for (path, _) in EXAMPLES {
            let known = path.is_empty() || all.iter().any(|one| one == path);
            assert!(known, "there is no command {path:?}");
        }
    }

    #[test]
    fn every_example_is_taken_as_it_stands() {
        for (path, examples) in EXAMPLES {
            for (typed, _) in *examples {
                let typed = typed.split(" > ").next().unwrap().replace('\'', "");
                let words = std::iter::once("apim-migrate").chain(typed.split(' '));
                let parsed = command().try_get_matches_from(words);
                assert!(parsed.is_ok(), "{path:?}: {typed}: {}", parsed.unwrap_err());
            }
        }
    }
}
