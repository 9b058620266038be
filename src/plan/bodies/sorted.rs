//! Bodies as JSON whose members are in order, whatever map holds them: which one
//! `serde_json` has is for everybody who builds with it to say.

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

/// Something that is written with its members in order.
#[derive(Clone, Copy)]
pub(in crate::plan) enum Sorted<'v> {
    /// Any value.
    Value(&'v Value),
    /// The members of an object.
    Members(&'v Map<String, Value>),
}

impl Serialize for Sorted<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match *self {
            Sorted::Members(members) | Sorted::Value(Value::Object(members)) => {
                let mut members: Vec<(&String, &Value)> = members.iter().collect();
                members.sort_unstable_by_key(|(name, _)| *name);
                let members = members.into_iter();
                to.collect_map(members.map(|(name, value)| (name, Sorted::Value(value))))
            }
            Sorted::Value(Value::Array(items)) => to.collect_seq(items.iter().map(Sorted::Value)),
            Sorted::Value(plain) => plain.serialize(to),
        }
    }
}
