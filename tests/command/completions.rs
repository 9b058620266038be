//! The scripts for shells, tried in the shells that are installed.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::common::{Env, program};

/// Where shells are looked for.
const PLACES: &[&str] = &["/usr/bin", "/bin", "/usr/local/bin", "/opt/homebrew/bin"];

/// A shell, and what makes it say what it would offer for a line.
struct Shell {
    name: &'static str,
    /// Reads the script in `$script`, and offers for the words that follow.
    asks: &'static str,
}

const SHELLS: &[Shell] = &[
    Shell {
        name: "bash",
        // As the shell calls it: the command, the word, the one before it.
        asks: r#"source "$script"
            COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
            found=$(complete -p apim-migrate); found=${found##*-F }; found=${found%% *}
            "$found" apim-migrate "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
            printf '%s\n' "${COMPREPLY[@]}""#,
    },
    Shell {
        name: "zsh",
        // Completion works where a line is typed only: the tab is followed by a
        // key that tells what became of the line.
        asks: r#"zmodload zsh/zpty
            zpty inner zsh -f -i
            zpty -w inner 'PS1=; autoload -Uz compinit; compinit -u -D'
            zpty -w inner "source $script"
            zpty -w inner 'tell() { BUFFER="print -r -- LINE:${(qq)BUFFER}"; zle accept-line }'
            zpty -w inner 'zle -N tell; bindkey "^X" tell'
            zpty -w -n inner "$*"$'\t\030'
            while zpty -r inner line; do
                [[ $line == LINE:* ]] && { print -r -- "$line"; break }
            done
            zpty -d inner"#,
    },
    Shell {
        name: "fish",
        asks: r#"source $script; complete --do-complete "$argv""#,
    },
];

fn find(name: &str) -> Option<PathBuf> {
    let all = PLACES.iter().map(|place| PathBuf::from(place).join(name));
    all.into_iter().find(|path| path.exists())
}

impl Shell {
    /// What is offered for a line whose last word is being typed.
    fn offers(&self, env: &Env, words: &[&str]) -> Option<String> {
        let shell = find(self.name)?;
        let script = env.run(&["completions", self.name]).exits(0).stdout;
        let script = env.write(&format!("scripts/_apim-migrate.{}", self.name), &script);
        let bin = program().parent().unwrap();
        let path = format!("{}:{}", bin.display(), PLACES.join(":"));
        let mut command = Command::new(shell);
        match self.name {
            "bash" => command
                .args(["--norc", "-c", self.asks, "bash"])
                .args(words),
            "zsh" => command.args(["-f", "-c", self.asks, "zsh"]).args(words),
            _ => command
                .args(["--no-config", "-c", self.asks])
                .arg(words.join(" ")),
        };
        let output = (command.current_dir(env.dir()).env_clear())
            .env("HOME", env.dir())
            .env("PATH", path)
            .env("TERM", "dumb")
            .env("COLUMNS", "200")
            .env("script", script)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        Some(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

#[test]
fn shells_complete_commands_flags_and_values() {
    let env = Env::new();
    for shell in SHELLS {
        for (line, expected) in [
            ("apim-migrate ver", "verify"),
            ("apim-migrate plan --work", "--workspace"),
            ("apim-migrate apply p --on-conflict sk", "skip"),
            (
                "apim-migrate plan --allow self-hosted-g",
                "self-hosted-gateway",
            ),
            ("apim-migrate plan --without prod", "products"),
            ("apim-migrate workspace gra", "grant"),
            (
                "apim-migrate workspace grant w --role api-d",
                "api-developer",
            ),
            ("apim-migrate workspace grant w --princ", "--principal"),
        ] {
            let words: Vec<&str> = line.split(' ').collect();
            match shell.offers(&env, &words) {
                None => eprintln!("skipped: {} is not installed", shell.name),
                Some(said) => assert!(said.contains(expected), "{}: {line}\n{said}", shell.name),
            }
        }
    }
}
