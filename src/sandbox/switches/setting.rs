//! What one switch can be set to.

/// Something that a switch holds, in words.
pub(super) trait Setting: Sized {
    /// What a person writes, or nothing when it is none of the settings.
    fn read(text: &str) -> Option<Self>;

    /// What is written for this one.
    fn word(&self) -> String;

    /// What can be written, for tables.
    fn words() -> String;
}

impl Setting for bool {
    fn read(text: &str) -> Option<Self> {
        match text {
            "true" | "on" | "yes" | "1" => Some(true),
            "false" | "off" | "no" | "0" => Some(false),
            _ => None,
        }
    }

    fn word(&self) -> String {
        self.to_string()
    }

    fn words() -> String {
        "`true`, `false`".to_owned()
    }
}

impl Setting for u64 {
    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }

    fn word(&self) -> String {
        self.to_string()
    }

    fn words() -> String {
        "a number".to_owned()
    }
}

impl Setting for String {
    fn read(text: &str) -> Option<Self> {
        Some(text.to_owned())
    }

    fn word(&self) -> String {
        self.clone()
    }

    fn words() -> String {
        "any text".to_owned()
    }
}

/// Declares types whose values are words.
macro_rules! choices {
    ($($(#[$about:meta])* $name:ident { $($(#[$what:meta])* $value:ident = $word:literal,)+ })+) => {$(
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name {
            $($(#[$what])* $value,)+
        }

        impl Setting for $name {
            fn read(text: &str) -> Option<Self> {
                match text {
                    $($word => Some(Self::$value),)+
                    _ => None,
                }
            }

            fn word(&self) -> String {
                match self {
                    $(Self::$value => $word.to_owned(),)+
                }
            }

            fn words() -> String {
                [$(concat!("`", $word, "`")),+].join(", ")
            }
        }
    )+};
}

choices! {
    /// Whether paths of APIs must differ between the service and its workspaces.
    PathScope {
        /// They must differ where two scopes are served by the same gateway.
        Gateway = "gateway",
        /// They must differ over the whole service.
        Service = "service",
        /// They must differ within one scope only.
        Scope = "scope",
    }

    /// In which case names are shown, and whether it matters.
    NameCase {
        /// As they were made; they are found in any case.
        Stored = "stored",
        /// In lower case, in ids as well; they are found in any case.
        Lower = "lower",
        /// In upper case, in ids as well; they are found in any case.
        Upper = "upper",
        /// As they were made; nothing is found in another case.
        Sensitive = "sensitive",
    }

    /// What is said to a name that another scope of the service has.
    NameClash {
        /// 400.
        Refused = "refused",
        /// 409.
        Conflict = "conflict",
        /// Nothing: each scope has its own names.
        Allowed = "allowed",
    }

    /// How a long-running request is answered.
    AsyncShape {
        /// As the api-version of the request does.
        Version = "version",
        /// Either way, depending on the resource's path.
        Both = "both",
        /// `202` and a `Location` to poll.
        Old = "old",
        /// `201` or `200`, with a status document to poll.
        New = "new",
    }

    /// What a `201` shows of a resource that is still being made.
    AsyncBody {
        /// `{"ProvisioningState": "InProgress"}` and nothing else.
        Stub = "stub",
        /// The whole resource, with `provisioningState: "InProgress"`.
        Whole = "whole",
    }

    /// What the list of all policies is like.
    PolicyList {
        /// It names every policy of the service.
        Whole = "whole",
        /// It leaves out every third of operations.
        Partial = "partial",
        /// It names one of each operation.
        Excess = "excess",
        /// It names none.
        Empty = "empty",
        /// It is refused, as where the tier has no such list.
        Refused = "refused",
    }

    /// Where the status document of a long-running request is.
    PollUrl {
        /// At the resource's own URL from 2023-05-01-preview on, before that as `tenant`.
        Version = "version",
        /// At `tenant/operationResults`.
        Tenant = "tenant",
    }

    /// What the status document looks like.
    PollDocument {
        /// `status`, and `error` where it failed.
        Bare = "bare",
        /// `status` alone, whatever happened.
        Mute = "mute",
        /// Both within `properties`.
        Nested = "nested",
        /// `{"value": []}`.
        Empty = "empty",
        /// With id, name and times beside them.
        Whole = "whole",
    }

    /// What a long-running PUT of something that is there is answered with.
    AsyncUpdate {
        /// `200` and a status document.
        Poll = "poll",
        /// `200`, done.
        Done = "done",
        /// `202` and a `Location`.
        Accepted = "accepted",
    }

    /// What becomes of a PUT of `x;rev=N` in a workspace that has no `x`.
    FirstPut {
        /// It makes `x` with revision N, which is current.
        Current = "current",
        /// It makes `x` with revision 1.
        One = "one",
        /// It is refused.
        Refused = "refused",
    }

    /// How many writes an API takes at a time.
    OneWriter {
        /// One.
        All = "true",
        /// Of itself and its revisions one, and nothing beside it; what stands below
        /// is written side by side.
        Own = "own",
        /// Any number.
        Never = "false",
    }

    /// How a list says that nothing follows.
    ListEnd {
        /// Without `nextLink`, or with null in lists by tag and of revisions.
        Recorded = "recorded",
        /// With an empty `nextLink`, as samples have it.
        Empty = "empty",
    }

    /// What null does in the PUT of a revision that is made from another.
    RevisionNull {
        /// It clears what the source has.
        Clears = "clears",
        /// The source's value stays.
        Keeps = "keeps",
    }

    /// When two operations of an API have the same URL template.
    SameTemplate {
        /// When they are spelled alike, but for case and slashes at the ends.
        Names = "names",
        /// When they are spelled alike.
        Case = "case",
        /// When they differ in names of parameters alone.
        Shape = "shape",
        /// Never: as many as one likes may have it.
        Never = "never",
    }
}
