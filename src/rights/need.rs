//! What is needed, and how much.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::permission::Known;
use super::place::{Place, Places};
use super::right::Right;

/// How much a right is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Weight {
    /// A request that is sure to be sent is refused without it.
    Must,
    /// Only some services or some ways ask for it.
    May,
}

/// A right at a place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Need {
    /// How much it is needed.
    pub weight: Weight,
    /// Where.
    pub place: Place,
    /// The right.
    pub right: Right,
}

/// Everything that something needs, each right once at each place.
#[derive(Debug, Clone)]
pub struct Needs {
    places: Places,
    all: BTreeMap<(Place, Right), Weight>,
}

impl Needs {
    /// Begins with nothing.
    pub fn new(places: &Places) -> Self {
        Self {
            places: places.clone(),
            all: BTreeMap::new(),
        }
    }

    /// Where things are needed.
    pub fn places(&self) -> &Places {
        &self.places
    }

    /// Adds a right that is sure to be needed.
    pub fn must(&mut self, place: Place, right: Right) {
        self.all
            .insert((self.places.settle(place), right), Weight::Must);
    }

    /// Adds a right that may be needed.
    pub fn may(&mut self, place: Place, right: Right) {
        self.all
            .entry((self.places.settle(place), right))
            .or_insert(Weight::May);
    }

    /// All of them, by place and name.
    pub fn iter(&self) -> impl Iterator<Item = Need> + '_ {
        self.all.iter().map(|((place, right), weight)| Need {
            weight: *weight,
            place: *place,
            right: right.clone(),
        })
    }

    /// How many there are at a place.
    pub fn count(&self, place: Place) -> usize {
        self.all.keys().filter(|(at, _)| *at == place).count()
    }

    /// What is not given, of what is known.
    pub fn missing<'n>(&'n self, known: &'n Known) -> impl Iterator<Item = Need> + 'n {
        self.iter().filter(|need| {
            let held = known.get(&need.place);
            held.is_some_and(|held| !held.allow(&need.right))
        })
    }
}
