//! What a question can be answered with.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::de::{Error as _, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::catalog::{Kind, kind, kinds};

/// The word for what nobody has found out.
const UNKNOWN: &str = "unknown";

/// An answer as it stands in a file and in tables.
pub(super) trait Answer: Default {
    /// Whether it says something.
    fn is_known(&self) -> bool;

    /// As YAML, from behind the colon on.
    fn yaml(&self) -> String;

    /// What it can be, for tables.
    fn words() -> String;
}

/// Declares answers that are words.
macro_rules! answers {
    ($($(#[doc = $about:literal])+ $name:ident {
        $($(#[doc = $what:literal])+ $value:ident = $word:literal,)+
    })+) => {$(
        $(#[doc = $about])+
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        pub enum $name {
            /// Nobody has found out.
            #[default]
            #[serde(rename = "unknown")]
            Unknown,
            $($(#[doc = $what])+ #[serde(rename = $word)] $value,)+
        }

        impl Answer for $name {
            fn is_known(&self) -> bool {
                *self != Self::Unknown
            }

            fn yaml(&self) -> String {
                match self {
                    Self::Unknown => format!(" {UNKNOWN}"),
                    $(Self::$value => concat!(" ", $word).to_owned(),)+
                }
            }

            fn words() -> String {
                [$(concat!("`", $word, "`")),+].join(", ")
            }
        }
    )+};
}

answers! {
    /// Whether something that one scope has is free in another one.
    Scope {
        /// Each scope has its own.
        Free = "free",
        /// One has it, and no other can.
        Taken = "taken",
    }

    /// What becomes of an unknown `{{name}}`.
    Braces {
        /// The document is refused.
        Checked = "checked",
        /// The document is taken as it is.
        Ignored = "ignored",
    }

    /// What a first `PUT apis/x;rev=4` makes.
    FirstRevision {
        /// Revision 4, as it was asked for.
        Asked = "asked",
        /// Revision 1.
        One = "one",
        /// Nothing: it is refused.
        Refused = "refused",
    }

    /// How the making of a named value is answered.
    LongRunning {
        /// With a status document to poll.
        Document = "document",
        /// With a `Location` alone.
        Location = "location",
        /// At once.
        AtOnce = "atOnce",
    }

    /// What the first answer to a long-running request shows.
    FirstAnswer {
        /// The resource.
        Whole = "whole",
        /// That it is being made, and no more.
        Stub = "stub",
        /// Nothing.
        Empty = "empty",
    }

    /// Where the end of a long-running request is told.
    PollUrl {
        /// At the resource's own address.
        Resource = "resource",
        /// At `tenant/operationResults`.
        Tenant = "tenant",
        /// Somewhere else.
        Other = "other",
        /// Nowhere that the caller may read.
        Forbidden = "forbidden",
    }

    /// What a status document looks like.
    PollDocument {
        /// `status`, and `error` where it failed.
        Bare = "bare",
        /// `status` alone, whatever happened.
        Mute = "mute",
        /// Both within `properties`.
        Nested = "nested",
        /// Without a status.
        Empty = "empty",
        /// With id, name or times beside them.
        Whole = "whole",
    }

    /// How many writers an API takes at once.
    Writers {
        /// One: others hear that it is busy.
        One = "one",
        /// Several.
        Several = "several",
    }
}

/// A number, where it is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count(pub Option<u64>);

impl Answer for Count {
    fn is_known(&self) -> bool {
        self.0.is_some()
    }

    fn yaml(&self) -> String {
        match self.0 {
            Some(number) => format!(" {number}"),
            None => format!(" {UNKNOWN}"),
        }
    }

    fn words() -> String {
        "a number".to_owned()
    }
}

impl Serialize for Count {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Some(number) => serializer.serialize_u64(number),
            None => serializer.serialize_str(UNKNOWN),
        }
    }
}

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Number;
        impl Visitor<'_> for Number {
            type Value = Count;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "a number or `{UNKNOWN}`")
            }

            fn visit_u64<E>(self, number: u64) -> Result<Count, E> {
                Ok(Count(Some(number)))
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Count, E> {
                match text {
                    UNKNOWN => Ok(Count(None)),
                    other => Err(E::invalid_value(serde::de::Unexpected::Str(other), &self)),
                }
            }
        }
        deserializer.deserialize_any(Number)
    }
}

/// An answer for each kind that was asked for, by its name in plans.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct ByKind(BTreeMap<&'static str, Scope>);

impl ByKind {
    /// Notes what is known of a kind.
    pub fn note(&mut self, kind: &'static Kind, answer: Scope) {
        self.0.insert(kind.name, answer);
    }

    /// Whether what one scope has is free in another, as far as is known: for a
    /// kind that was not asked for, where all that were say so, since the rule
    /// is told as one for all [service contract, 7.2].
    pub fn is_free(&self, kind: &Kind) -> bool {
        match self.0.get(kind.name) {
            Some(Scope::Unknown) | None => {
                let mut known = self.0.values().filter(|a| a.is_known()).peekable();
                known.peek().is_some() && known.all(|a| *a == Scope::Free)
            }
            Some(answer) => *answer == Scope::Free,
        }
    }
}

impl Answer for ByKind {
    fn is_known(&self) -> bool {
        self.0.values().any(Answer::is_known)
    }

    fn yaml(&self) -> String {
        if self.0.is_empty() {
            return " {}".to_owned();
        }
        let mut out = String::new();
        for (kind, answer) in &self.0 {
            let _ = write!(out, "\n    {kind}:{}", answer.yaml());
        }
        out
    }

    fn words() -> String {
        format!("by kind: {}", Scope::words())
    }
}

impl<'de> Deserialize<'de> for ByKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut known = BTreeMap::new();
        for (name, answer) in BTreeMap::<String, Scope>::deserialize(deserializer)? {
            let Some(kind) = kind(&name).filter(|kind| kind.trial.is_some()) else {
                let asked = kinds().iter().filter(|kind| kind.trial.is_some());
                let asked: Vec<&str> = asked.map(|kind| kind.name).collect();
                return Err(D::Error::custom(format!(
                    "`{name}` is not a kind that is asked for; there are {}",
                    asked.join(", ")
                )));
            };
            known.insert(kind.name, answer);
        }
        Ok(Self(known))
    }
}
