//! What words mean in this program, in its messages and in its documentation:
//! the one place that explains them.

/// Words with their meanings, in the order of the alphabet.
pub const WORDS: &[(&str, &str)] = &[
    (
        "adopted",
        "what came of a step whose target stood there already, just as planned: nothing was sent, and \
        `rollback` leaves it, since this plan did not make it",
    ),
    (
        "allowed",
        "a blocker that was accepted with `--allow CODE`: the plan can be applied, and what has no \
        counterpart in a workspace is left out",
    ),
    (
        "batch",
        "one of several plans into the same workspace, each with its own folder",
    ),
    (
        "blocker",
        "a finding that `apply` refuses: it would fail, or silently change what an API does",
    ),
    (
        "branch",
        "what `--without` leaves out of what comes along: `products` is the products of the selected \
        APIs with all that comes along for them",
    ),
    (
        "comes along",
        "is copied since something selected needs it or owns it",
    ),
    (
        "conflict",
        "something stands where a step would write, is not this plan's and differs from it",
    ),
    (
        "copy",
        "what a step makes in the workspace; the source stays as it is",
    ),
    ("create", "the action of a step that makes a copy"),
    (
        "drift",
        "the source is not any more what it was when the plan was made",
    ),
    (
        "finding",
        "what a person should know of a plan: a blocker, a warning or a note, with a stable code",
    ),
    (
        "for",
        "in a list of steps: what names the thing and so brings it along, `because` in plan.yaml",
    ),
    (
        "foretold",
        "what requests are to come and how long they take at least, told before they are sent: `forecast` in JSON",
    ),
    (
        "journal",
        "the file that says what was sent and what came of it; `apply` goes on by it",
    ),
    (
        "kept",
        "an edit of the plan's folder that planning again has left as it was; for `rollback`, what it \
        leaves since somebody else changed it or needs it",
    ),
    (
        "left",
        "what this plan made and does not name any more; `apply --prune` deletes it",
    ),
    (
        "plan",
        "the folder that says what is copied, under which name, in which order",
    ),
    ("prune", "to delete what is left"),
    ("reads", "requests that only look: GET and HEAD"),
    (
        "rehearse",
        "to apply a plan on the sandbox, loaded with what the services hold",
    ),
    (
        "reuse",
        "the action of a step that makes nothing: what serves is in the workspace already",
    ),
    ("sandbox", "the simulated service in this program"),
    ("selection", "the APIs that were asked for"),
    (
        "set up",
        "to make the workspace and give people their roles, before the steps",
    ),
    (
        "snapshot",
        "a file with what a service holds, without secrets",
    ),
    ("source", "the service that is read, and what stands there"),
    (
        "step",
        "one resource of a plan, with its action and what has to be done before it",
    ),
    (
        "target",
        "the workspace that is written into, and a place in it",
    ),
    (
        "tidy",
        "the action of a step that removes what the service adds on its own beside a copy, such as the \
        subscription that a new product gets",
    ),
    ("traits", "what `doctor --probe` found out about a service"),
];

#[cfg(test)]
mod tests {
    use super::WORDS;

    #[test]
    fn words_are_in_order_and_each_is_explained_once() {
        assert!(WORDS.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }
}
