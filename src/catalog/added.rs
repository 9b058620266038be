//! What adding a kind takes, for tests: one row more than the table has.

use std::cell::Cell;

use super::member::m;
use super::row::ROW;
use super::rows::backends::BACKEND;
use super::table;
use super::{Choice, Display, Form, Home, Kind, Reference};

thread_local! {
    static KINDS: Cell<Option<&'static [&'static Kind]>> = const { Cell::new(None) };
}

pub(super) fn kinds() -> Option<&'static [&'static Kind]> {
    KINDS.get()
}

/// Does something in this thread while the table has one row more.
pub(crate) fn with<T>(row: &'static Kind, work: impl FnOnce() -> T) -> T {
    let more: Vec<&Kind> = table::kinds().iter().copied().chain([row]).collect();
    let before = KINDS.replace(Some(more.leak()));
    let done = work();
    KINDS.set(before);
    done
}

/// The row of a kind that no version of the service has.
pub(crate) static WIDGET: Kind = Kind {
    name: "widget",
    plural: "widgets",
    pattern: "widgets",
    home: Home::ByChoice(Choice {
        word: "widgets",
        stays: "service-diagnostics-stay",
        acts_twice: false,
    }),
    members: &[m("displayName"), m("colour"), m("backend")],
    display: Some(Display {
        property: "displayName",
        limit: 100,
        plain: false,
        unique: true,
    }),
    references: &[Reference {
        pointer: "backend",
        to: &[&BACKEND],
        form: Form::Name,
    }],
    ..ROW
};
