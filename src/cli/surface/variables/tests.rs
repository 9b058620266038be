use super::*;
use clap::Args;

use crate::cli::service::selection::SelectionArgs;
use crate::cli::surface::command;

fn run(args: &[&str], set: &[(&str, &str)]) -> Result<ArgMatches, String> {
    let args: Vec<OsString> = (["apim-migrate"].iter().chain(args))
        .map(OsString::from)
        .collect();
    let read = |name: &str| {
        let found = set.iter().find(|(known, _)| *known == name)?;
        Some(OsString::from(found.1))
    };
    parsed(&command(), &args, &read).map_err(|error| error.to_string())
}

fn below(matches: &ArgMatches) -> &ArgMatches {
    matches.subcommand().unwrap().1
}

#[test]
fn what_is_typed_wins_over_its_own_variable_and_that_over_the_one_for_all() {
    let number = |args: &[&str], set: &[(&str, &str)]| {
        let matches = run(args, set).unwrap();
        below(&matches)
            .get_one::<std::num::NonZeroUsize>("concurrency")
            .unwrap()
            .get()
    };
    let both = [
        ("APIM_MIGRATE_CONCURRENCY", "3"),
        ("APIM_MIGRATE_APPLY_CONCURRENCY", "4"),
    ];
    assert_eq!(number(&["apply", "p"], &both), 4);
    assert_eq!(number(&["rollback", "p"], &both), 3);
    assert_eq!(number(&["apply", "p", "--concurrency", "5"], &both), 5);
    assert_eq!(
        number(&["apply", "p"], &[("APIM_MIGRATE_CONCURRENCY", "")]),
        16
    );
}

#[test]
fn lists_are_separated_by_commas_and_switches_take_yes_and_no() {
    let set = [
        ("APIM_MIGRATE_API", "a,b"),
        ("APIM_MIGRATE_FORCE", "yes"),
        ("APIM_MIGRATE_ALL", "0"),
    ];
    let matches = run(&["plan", "--workspace", "w"], &set).unwrap();
    let plan = below(&matches);
    let apis: Vec<&String> = plan.get_many("apis").unwrap().collect();
    assert_eq!(apis, ["a", "b"]);
    assert_eq!(
        (plan.get_flag("force"), plan.get_flag("all")),
        (true, false)
    );
}

#[test]
fn what_a_command_must_be_told_may_be_a_variable() {
    let set = [("APIM_MIGRATE_WORKSPACE_CREATE_DISPLAY_NAME", "W")];
    run(&["workspace", "create", "w"], &set).unwrap();
    assert!(run(&["workspace", "create", "w"], &[]).is_err());
}

#[test]
fn a_variable_that_does_not_go_with_what_was_typed_is_passed_over() {
    let id = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ApiManagement/service/n";
    let set = [
        ("APIM_MIGRATE_SERVICE", id),
        ("APIM_MIGRATE_OUTPUT", "text"),
        ("APIM_MIGRATE_QUIET", "1"),
    ];
    let matches = run(&["list", "apis", "-n", "x", "--json", "-v"], &set).unwrap();
    let list = below(&matches);
    assert!(!list.contains_id("service") && list.get_flag("json") && !list.get_flag("quiet"));
    run(&["plan", "--from", "s.json", "--all"], &set).unwrap();
    // One that means something only beside another one does no harm.
    run(
        &["doctor"],
        &[("APIM_MIGRATE_YES", "true"), ("APIM_MIGRATE_OUT", "x")],
    )
    .unwrap();
}

#[test]
fn a_variable_does_not_widen_a_selection_that_was_typed() {
    let set = [
        ("APIM_MIGRATE_ALL", "1"),
        ("APIM_MIGRATE_TAG", "t"),
        ("APIM_MIGRATE_EXCLUDE", "x"),
    ];
    let matches = run(&["plan", "--api", "orders"], &set).unwrap();
    let plan = below(&matches);
    assert!(!plan.get_flag("all") && !plan.contains_id("tags"));
    assert!(plan.contains_id("exclude"));
    // Where nothing is typed, all that is set counts.
    let matches = run(&["plan"], &set).unwrap();
    assert!(below(&matches).get_flag("all") && below(&matches).contains_id("tags"));
}

/// Variables whose flags are the same thing, and told in other words.
const SAME: &[&str] = &[
    "APIM_MIGRATE_CONCURRENCY",
    "APIM_MIGRATE_DRY_RUN",
    "APIM_MIGRATE_FROM",
    "APIM_MIGRATE_ROLE",
    "APIM_MIGRATE_SERVICE_ROLE",
    "APIM_MIGRATE_YES",
];

#[test]
fn flags_that_share_a_variable_are_the_same_thing() {
    fn walk<'a>(
        command: &'a Command,
        path: &mut Vec<String>,
        all: &mut BTreeMap<String, Vec<(String, &'a Arg)>>,
    ) {
        for (arg, flag) in flags(command) {
            let name = names(path, flag).pop().unwrap();
            all.entry(name).or_default().push((path.join(" "), arg));
        }
        for sub in command.get_subcommands() {
            path.push(sub.get_name().to_owned());
            walk(sub, path, all);
            path.pop();
        }
    }
    let command = command();
    let mut all = BTreeMap::new();
    walk(&command, &mut Vec::new(), &mut all);
    for (name, flags) in all {
        let same = SAME.contains(&name.as_str());
        let thing = |arg: &Arg| {
            let words = arg.get_possible_values().into_iter();
            let words: Vec<_> = words.map(|word| word.get_name().to_owned()).collect();
            let told = arg.get_help().map(ToString::to_string);
            let value = arg.get_value_names().map(<[_]>::to_vec);
            (words, value, told.filter(|_| !same))
        };
        let (first, arg) = &flags[0];
        for (of, other) in &flags[1..] {
            assert_eq!(thing(arg), thing(other), "{name} of {first} and of {of}");
        }
    }
}

#[test]
fn a_value_that_can_not_be_used_is_told_with_its_variable() {
    let error = run(&["apply", "p"], &[("APIM_MIGRATE_CONCURRENCY", "many")]).unwrap_err();
    assert!(error.contains("'many' for '--concurrency <N>'"), "{error}");
    assert!(
        error.contains("the variable APIM_MIGRATE_CONCURRENCY"),
        "{error}"
    );
    assert!(run(&["apply", "p"], &[("APIM_MIGRATE_YES", "perhaps")]).is_err());
}

#[test]
fn no_two_flags_share_a_variable_by_accident() {
    let command = command();
    let mut own: Vec<String> = Vec::new();
    for variable in variables(&command) {
        for of in &variable.commands {
            let path: Vec<String> = of.split(' ').map(str::to_owned).collect();
            let flag = variable.flag.trim_start_matches("--");
            own.push(names(&path, flag).remove(0));
        }
    }
    let all = variables(&command);
    let of_all = all.iter().filter(|v| !own.contains(&v.name)).count();
    own.sort();
    assert!(own.windows(2).all(|pair| pair[0] != pair[1]));
    assert_eq!(of_all + NOT_ALONE.len(), all.len());
    assert!(all.iter().any(|v| v.name == "APIM_MIGRATE_SANDBOX_TOKEN"));
    assert!(!all.iter().any(|v| v.name == "APIM_MIGRATE_TOKEN"));
}

#[test]
fn every_flag_that_is_named_here_is_one_and_each_that_selects_is_named() {
    let command = command();
    let has = |command: &Command, flag: &str| flags(command).any(|(_, one)| one == flag);
    for (of, flag) in NOT_ALONE {
        assert!(
            has(command.find_subcommand(of).unwrap(), flag),
            "{of} {flag}"
        );
    }
    // What takes away or adds to a selection is none.
    let beside = [
        "exclude",
        "whole-version-sets",
        "without",
        "with-service-scope",
    ];
    let selection = SelectionArgs::augment_args(Command::new("selection"));
    let mut all: Vec<&str> = flags(&selection).map(|(_, flag)| flag).collect();
    all.sort_unstable();
    let mut named = [SELECTING, &beside].concat();
    named.sort_unstable();
    assert_eq!(all, named);
}
