//! A list to choose from: which keys do what, and what is shown. Pure.

use std::collections::BTreeSet;

use apim_migrate::progress::fit;
use apim_migrate::secret::plain;
use console::Key;

use super::offer::{COLUMNS, LEAST, Offer};
use crate::cli::ui::table::Table;

/// Lines beside those of the list: the question, help, headings, counts.
const FRAME: usize = 5;

const HELP: [&str; 2] = [
    "space chooses; \u{2192} all, \u{2190} none; enter goes on, esc leaves",
    "type to search: words, tag:…, product:…, commas between",
];

/// How it ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum End {
    /// With these.
    Chosen(Vec<usize>),
    /// Without an answer.
    Left,
}

/// A list, what is searched for in it, and what was chosen.
pub(super) struct Picker<'o> {
    offers: &'o [Offer],
    question: &'static str,
    query: String,
    /// What the search leaves, by its place among all.
    shown: Vec<usize>,
    chosen: BTreeSet<usize>,
    /// The place of the cursor, among what is shown.
    at: usize,
    /// Whether it was to end with nothing chosen.
    nothing: bool,
}

impl<'o> Picker<'o> {
    pub(super) fn new(question: &'static str, offers: &'o [Offer]) -> Self {
        Self {
            offers,
            question,
            query: String::new(),
            shown: (0..offers.len()).collect(),
            chosen: BTreeSet::new(),
            at: 0,
            nothing: false,
        }
    }

    /// Takes a key, with so many lines of the list on the screen.
    pub(super) fn press(&mut self, key: &Key, page: usize) -> Option<End> {
        let last = self.shown.len().saturating_sub(1);
        self.nothing = false;
        match key {
            // Nothing is no answer.
            Key::Enter if self.chosen.is_empty() => self.nothing = true,
            Key::Enter => return Some(End::Chosen(self.chosen.iter().copied().collect())),
            Key::Escape | Key::CtrlC => return Some(End::Left),
            Key::ArrowUp => self.at = self.at.checked_sub(1).unwrap_or(last),
            Key::ArrowDown => self.at = if self.at >= last { 0 } else { self.at + 1 },
            Key::PageUp => self.at = self.at.saturating_sub(page.max(1)),
            Key::PageDown => self.at = (self.at + page.max(1)).min(last),
            Key::Home => self.at = 0,
            Key::End => self.at = last,
            // Behind a comma another word begins.
            Key::Char(' ') if !self.query.ends_with(',') => {
                if let Some(offer) = self.shown.get(self.at)
                    && !self.chosen.remove(offer)
                {
                    self.chosen.insert(*offer);
                }
            }
            Key::ArrowRight => self.chosen.extend(&self.shown),
            Key::ArrowLeft => self.chosen.retain(|offer| !self.shown.contains(offer)),
            Key::Backspace => {
                self.query.pop();
                self.search();
            }
            Key::Char(c) if !c.is_control() => {
                self.query.push(*c);
                self.search();
            }
            _ => {}
        }
        None
    }

    fn search(&mut self) {
        let offers = self.offers.iter().enumerate();
        let found = offers.filter(|(_, offer)| offer.is_found(&self.query));
        self.shown = found.map(|(at, _)| at).collect();
        self.at = 0;
    }

    /// How many lines of the list fit a screen.
    pub(super) fn page(height: usize) -> usize {
        height.saturating_sub(FRAME + 1).clamp(3, 30)
    }

    /// What is shown, line by line.
    pub(super) fn screen(&self, width: usize, height: usize) -> Vec<String> {
        // A line that is full is broken by some terminals.
        let width = width.saturating_sub(1);
        let table = Table::of(&COLUMNS, self.offers.iter().map(|o| o.cells().to_vec()))
            .within(width.saturating_sub(MARK), |at| LEAST[at]);
        let mut lines = vec![
            format!("{} {}", self.question, plain(&self.query)),
            HELP[0].to_owned(),
            HELP[1].to_owned(),
            format!("{:MARK$}{}", "", table.line(COLUMNS)),
        ];
        lines.extend(self.rows(&table, Self::page(height)));
        let (chosen, all) = (self.chosen.len(), self.offers.len());
        lines.push(match self.nothing {
            true => "nothing is chosen yet: space chooses where > stands".to_owned(),
            false => format!("{chosen} of {all} chosen, {} shown", self.shown.len()),
        });
        lines.iter().map(|line| fit(line, width)).collect()
    }

    /// The part of the list around the cursor, by version set.
    fn rows(&self, table: &Table, page: usize) -> Vec<String> {
        let mut rows = Vec::new();
        let mut cursor = 0;
        let mut group: Option<&str> = None;
        for (at, &offer) in self.shown.iter().enumerate() {
            let of = self.offers[offer].set.as_deref();
            if of != group {
                let name = of.unwrap_or("without a version set");
                rows.push(format!("{:MARK$}{}:", "", plain(name)));
                group = of;
            }
            if at == self.at {
                cursor = rows.len();
            }
            let sign = if at == self.at { '>' } else { ' ' };
            let mark = if self.chosen.contains(&offer) {
                'x'
            } else {
                ' '
            };
            rows.push(format!(
                "{sign} [{mark}] {}",
                table.line(self.offers[offer].cells())
            ));
        }
        if rows.is_empty() {
            rows.push(format!("{:MARK$}nothing is like that", ""));
        }
        let from = (cursor + 1 + page / 2).min(rows.len()).saturating_sub(page);
        rows.into_iter().skip(from).take(page).collect()
    }
}

/// How wide the marks before a row are.
const MARK: usize = 6;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::ask::offer::tests::some;

    fn typed(picker: &mut Picker<'_>, keys: &str) {
        for key in keys.chars() {
            assert_eq!(picker.press(&Key::Char(key), 9), None);
        }
    }

    #[test]
    fn what_is_chosen_stays_chosen_while_another_search_goes_on() {
        let offers = some();
        let mut picker = Picker::new("Which APIs?", &offers);
        typed(&mut picker, "tag:fin");
        picker.press(&Key::ArrowRight, 9);
        for _ in 0..7 {
            picker.press(&Key::Backspace, 9);
        }
        typed(&mut picker, "orders,v1");
        typed(&mut picker, " ");
        assert!(
            picker
                .screen(100, 20)
                .concat()
                .contains("2 of 4 chosen, 1 shown")
        );
        let chosen = picker.press(&Key::Enter, 9);
        assert_eq!(chosen, Some(End::Chosen(vec![0, 3])));
        assert_eq!(picker.press(&Key::Escape, 9), Some(End::Left));
    }

    #[test]
    fn a_blank_behind_a_comma_is_typed_and_nothing_is_no_answer() {
        let offers = some();
        let mut picker = Picker::new("Which APIs?", &offers);
        typed(&mut picker, "product:start, v1");
        assert!(
            picker
                .screen(100, 20)
                .concat()
                .contains("0 of 4 chosen, 1 shown")
        );
        assert_eq!(picker.press(&Key::Enter, 9), None);
        assert!(
            picker
                .screen(100, 20)
                .concat()
                .contains("nothing is chosen yet")
        );
        typed(&mut picker, " ");
        assert_eq!(picker.press(&Key::Enter, 9), Some(End::Chosen(vec![0])));
    }

    #[test]
    fn the_cursor_stays_in_the_list() {
        let offers = some();
        let mut picker = Picker::new("?", &offers);
        picker.press(&Key::ArrowUp, 9);
        assert_eq!(picker.at, 3);
        picker.press(&Key::ArrowDown, 9);
        assert_eq!(picker.at, 0);
        picker.press(&Key::PageDown, 9);
        assert_eq!(picker.at, 3);
        typed(&mut picker, "nothing");
        for key in [
            Key::ArrowUp,
            Key::ArrowDown,
            Key::PageDown,
            Key::End,
            Key::Char(' '),
        ] {
            picker.press(&key, 9);
        }
        assert_eq!((picker.at, picker.chosen.len()), (0, 0));
        assert!(
            picker
                .screen(60, 9)
                .concat()
                .contains("nothing is like that")
        );
    }

    #[test]
    fn versions_stand_together_and_all_lines_fit() {
        let offers = some();
        let picker = Picker::new("Which APIs?", &offers);
        let shown = picker.screen(100, 30).join("\n");
        insta::assert_snapshot!(shown);
        for width in [0, 20, 60, 80, 120] {
            for line in picker.screen(width, 30) {
                assert!(line.chars().count() < width.max(2), "{width}: {line}");
            }
        }
        // The list is as long as the screen lets it be, with the cursor in it.
        assert_eq!(picker.screen(80, 8).len(), FRAME + 3);
    }
}
