//! The recipes for pipelines: their own shell steps, run in clones of a repository
//! as a pipeline would, against the sandbox.
#![cfg(unix)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_yaml::Value;

use crate::common::migration::Migration;
use crate::common::{Output, TOOLS, has, program};

/// A shell step of a recipe.
struct Step {
    name: String,
    script: String,
    env: BTreeMap<String, String>,
}

/// The shell steps of a stage of a recipe, but for the one that gets the program.
fn steps(file: &str, stage: usize) -> Vec<Step> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("docs/ci")
        .join(file);
    let recipe: Value = serde_yaml::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let all = match recipe.get("stages") {
        None => recipe["jobs"]
            .as_mapping()
            .unwrap()
            .values()
            .next()
            .unwrap()["steps"]
            .clone(),
        Some(stages) => {
            let job = &stages[stage]["jobs"][0];
            let deployed = &job["strategy"]["runOnce"]["deploy"]["steps"];
            match deployed.is_null() {
                true => job["steps"].clone(),
                false => deployed.clone(),
            }
        }
    };
    let common = variables(recipe.get("env").or_else(|| recipe.get("variables")));
    let step = |step: &Value| {
        let script = ["run", "bash"].iter().find_map(|key| step.get(*key));
        let script = script.or_else(|| step.get("inputs")?.get("inlineScript"))?;
        let name = step.get("name").or_else(|| step.get("displayName"))?;
        let mut env = common.clone();
        env.extend(variables(step.get("env")));
        Some(Step {
            name: name.as_str()?.to_owned(),
            script: script.as_str()?.to_owned(),
            env,
        })
    };
    let steps = all.as_sequence().unwrap().iter().filter_map(step);
    steps.filter(|s| s.name != "Install").collect()
}

fn variables(block: Option<&Value>) -> BTreeMap<String, String> {
    let pairs = block.and_then(Value::as_mapping).into_iter().flatten();
    let text = |v: &Value| v.as_str().unwrap().to_owned();
    pairs
        .map(|(name, value)| (text(name), text(value)))
        .collect()
}

/// A repository with a migration file and the plan made of it.
struct Repository {
    m: Migration,
    clones: usize,
}

impl Repository {
    /// None where a recipe's tools are absent.
    fn new() -> Option<Self> {
        if !has(&["bash", "find", "git", "jq", "tar"]) {
            return None;
        }
        let m = Migration::contoso(&[]);
        let repository = Self { m, clones: 0 };
        for tool in ["gh", "curl"] {
            // What it was given and told, instead of doing it.
            let script =
                "#!/bin/sh\necho \"${0##*/} $*\" >> \"$CALLS\"\n[ -t 0 ] || cat > /dev/null\n";
            let path = repository.m.env.write(&format!("bin/{tool}"), script);
            use std::os::unix::fs::PermissionsExt as _;
            fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        repository.m.env.write(
            "work/migration.yaml",
            "version: 1\nworkspace: billing\nselect:\n  apis: [invoices]\n",
        );
        let work = repository.m.env.path("work");
        let script = "git init -q . && git symbolic-ref HEAD refs/heads/main && git init -q --bare ../origin.git && git remote add origin ../origin.git\n\
            apim-migrate plan -f migration.yaml -q\n\
            printf 'journal.jsonl\\n.sent.jsonl\\n.replaced.jsonl\\n.verified.json\\n.lock\\n' > .gitignore\n\
            git add . && git commit -q -m plan && git push -q origin main";
        repository.shell(&work, script, &BTreeMap::new()).exits(0);
        Some(repository)
    }

    /// A clone as pipelines have it: shallow, and of one branch.
    fn clone(&mut self) -> PathBuf {
        self.clones += 1;
        let name = format!("clone-{}", self.clones);
        let script = format!("git clone -q --depth 1 -b main \"file://$PWD/origin.git\" {name}");
        self.shell(self.m.env.dir(), &script, &BTreeMap::new())
            .exits(0);
        self.m.env.path(&name)
    }

    /// Runs a script of a pipeline in a folder.
    fn shell(&self, dir: &Path, script: &str, env: &BTreeMap<String, String>) -> Output {
        let here = |name: &str| self.m.env.path(name).display().to_string();
        let own = program().parent().unwrap().display();
        let mut command: Command = self.m.env.command(&[]);
        let known: Vec<_> = command
            .get_envs()
            .filter_map(|(k, v)| Some((k.to_owned(), v?.to_owned())))
            .collect();
        command = Command::new("bash");
        command
            .args(["-e", "-c", script])
            .current_dir(dir)
            .env_clear()
            .envs(known)
            .envs(env)
            .env("PATH", format!("{}:{own}:{TOOLS}", here("bin")))
            .env("CALLS", here("calls"))
            .env("GITHUB_STEP_SUMMARY", here("summary"))
            .env("SYSTEM_PULLREQUEST_PULLREQUESTID", "7")
            .env("SYSTEM_COLLECTIONURI", "https://dev.example/")
            .env("SYSTEM_TEAMPROJECTID", "project")
            .env("BUILD_REPOSITORY_ID", "repository")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .stdin(Stdio::null());
        for who in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{who}_NAME"), "tests");
            command.env(format!("GIT_{who}_EMAIL"), "tests@example.com");
        }
        Output::of(command.output().unwrap())
    }

    /// Runs the steps of a recipe, one after the other, in a clone of its own.
    fn run(&mut self, file: &str, stage: usize) -> PathBuf {
        let dir = self.clone();
        let steps = steps(file, stage);
        assert!(steps.len() > 3, "{file}: {}", steps.len());
        for step in steps {
            let said = self.shell(&dir, &step.script, &step.env);
            assert_eq!(said.code, 0, "{file}, {}:\n{said}", step.name);
        }
        dir
    }

    fn calls(&self) -> String {
        self.m.env.read("calls")
    }
}

fn followed(plan: (&str, usize), apply: (&str, usize), report: &str, comment: &str) {
    let Some(mut repository) = Repository::new() else {
        return;
    };
    let dir = repository.run(plan.0, plan.1);
    let text = fs::read_to_string(dir.join(report)).unwrap();
    assert!(text.contains("invoices-in-billing"), "{text}");
    assert!(
        repository.calls().contains(comment),
        "{}",
        repository.calls()
    );
    assert_eq!(
        repository.m.count("PUT"),
        0,
        "a pull request writes nothing"
    );

    let dir = repository.run(apply.0, apply.1);
    assert!(dir.join("cut-over.md").is_file());
    let written = repository.m.count("PUT");
    assert!(written > 0);

    // The journal was kept: a clone of its own knows what was done.
    repository.run(apply.0, apply.1);
    assert_eq!(repository.m.count("PUT"), written);
    let dir = repository.run(plan.0, plan.1);
    let status = repository.shell(&dir, "apim-migrate status plans/billing", &BTreeMap::new());
    status.exits(0).says("verify plans/billing");
}

#[test]
fn the_workflows_for_github_work() {
    let (plan, apply) = (("github-plan.yml", 0), ("github-apply.yml", 0));
    followed(plan, apply, "report.md", "gh pr comment");
}

#[test]
fn the_pipeline_for_azure_works() {
    let file = "azure-pipelines.yml";
    followed(
        (file, 0),
        (file, 1),
        "out/report.md",
        "pullRequests/7/threads",
    );
}

#[test]
fn a_journal_that_comes_with_a_pull_request_is_refused() {
    let Some(repository) = Repository::new() else {
        return;
    };
    let work = repository.m.env.path("work");
    let forged = "echo '{}' > plans/billing/journal.jsonl && git add -f plans";
    repository.shell(&work, forged, &BTreeMap::new()).exits(0);
    let is_refused = |file: &str| {
        let steps = steps(file, 0);
        let looks = steps
            .iter()
            .find(|s| s.script.contains("git ls-files"))
            .unwrap();
        repository
            .shell(&work, &looks.script, &looks.env)
            .exits(1)
            .says("remove plans/billing/journal.jsonl");
    };
    is_refused("github-plan.yml");
    is_refused("azure-pipelines.yml");
}

#[test]
fn what_stopped_before_the_end_is_run_again() {
    let Some(repository) = Repository::new() else {
        return;
    };
    let work = repository.m.env.path("work");
    let script = "#!/bin/sh\necho \"apim-migrate $*\" >> \"$CALLS\"\nexit 4\n";
    let path = repository.m.env.write("bin/apim-migrate", script);
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    for (file, stage) in [("github-apply.yml", 0), ("azure-pipelines.yml", 1)] {
        let before = fs::read_to_string(repository.m.env.path("calls")).unwrap_or_default();
        let steps = steps(file, stage);
        let apply = steps.iter().find(|s| s.name == "Apply").unwrap();
        let mut env = apply.env.clone();
        env.insert("PAUSE".to_owned(), "0".to_owned());
        repository.shell(&work, &apply.script, &env).exits(4);
        let calls = repository.calls().lines().count() - before.lines().count();
        assert_eq!(calls, 3, "{file}");
    }
}

/// The jobs of the recipes: a file, and a stage in it.
const PLACES: [(&str, usize); 4] = [
    ("github-plan.yml", 0),
    ("github-apply.yml", 0),
    ("azure-pipelines.yml", 0),
    ("azure-pipelines.yml", 1),
];

/// The step of a job with this name.
fn step((file, stage): (&str, usize), name: &str) -> Step {
    let mut steps = steps(file, stage).into_iter();
    steps.find(|s| s.name == name).unwrap()
}

/// Puts a journal of another plan on the branch of journals.
fn other_journal(repository: &Repository) {
    let script = "git checkout -q --orphan journals && git rm -rfq --cached . && \
        mkdir -p plans/other && echo other > plans/other/journal.jsonl && \
        git add -f plans/other && git commit -q -m other && git push -q origin journals && \
        git checkout -qf main";
    let work = repository.m.env.path("work");
    repository.shell(&work, script, &BTreeMap::new()).exits(0);
}

#[test]
fn a_journal_that_cannot_be_fetched_ends_the_job() {
    let Some(mut repository) = Repository::new() else {
        return;
    };
    let dir = repository.clone();
    let fetched = |repository: &Repository, before: &str, place| {
        let step = step(place, "Fetch the journal");
        repository.shell(&dir, &format!("{before}{}", step.script), &step.env)
    };
    for place in PLACES {
        fetched(&repository, "", place).exits(0);
    }
    other_journal(&repository);
    let broken = "git() { if [ \"$1\" = fetch ]; then return 128; fi; command git \"$@\"; }\n";
    let away = "git remote set-url origin ../nowhere.git\n";
    let back = "git remote set-url origin \"file://$PWD/../origin.git\"\n";
    for place in PLACES {
        fetched(&repository, broken, place).exits(128);
        fetched(&repository, away, place).exits(128);
        fetched(&repository, back, place).exits(0);
        let journal = dir.join("plans/other/journal.jsonl");
        assert_eq!(fs::read_to_string(&journal).unwrap(), "other\n");
        fs::remove_file(journal).unwrap();
    }
}

#[test]
fn a_journal_is_kept_beside_those_that_are_there() {
    let Some(mut repository) = Repository::new() else {
        return;
    };
    other_journal(&repository);
    let kept = "git ls-tree -r --name-only journals; git rev-list --count journals";
    let origin = repository.m.env.path("origin.git");
    for (at, place) in [PLACES[1], PLACES[3]].into_iter().enumerate() {
        // Nothing of that branch has been fetched.
        let dir = repository.clone();
        let step = step(place, "Keep the journal");
        repository.shell(&dir, &step.script, &step.env).exits(0);
        fs::write(dir.join("plans/billing/journal.jsonl"), at.to_string()).unwrap();
        repository.shell(&dir, &step.script, &step.env).exits(0);
        let count = 3 + 2 * at;
        let said = repository.shell(&origin, kept, &BTreeMap::new()).exits(0);
        assert_eq!(
            said.stdout,
            format!("plans/billing/journal.jsonl\nplans/other/journal.jsonl\n{count}\n")
        );
    }
}
