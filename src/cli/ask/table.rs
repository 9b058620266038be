//! Columns that fit a terminal.

use apim_migrate::progress::fit;
use unicode_width::UnicodeWidthStr;

use super::offer::{COLUMNS, Offer};

/// Between columns.
const GAP: usize = 2;

/// What each column keeps where there is little room: a terminal of 60 columns.
const LEAST: [usize; COLUMNS.len()] = [12, 6, 4, 4, 4, 6, 5];

/// Widths of columns.
pub(super) struct Table {
    widths: [usize; COLUMNS.len()],
}

impl Table {
    /// As wide as what stands in them, the widest cut until all fit.
    pub(super) fn of(offers: &[Offer], width: usize) -> Self {
        let mut widths = COLUMNS.map(str::len);
        for offer in offers {
            for (width, cell) in widths.iter_mut().zip(offer.cells()) {
                *width = (*width).max(cell.width());
            }
        }
        let room = width.saturating_sub(GAP * (widths.len() - 1));
        while widths.iter().sum::<usize>() > room {
            let can = widths
                .iter_mut()
                .zip(LEAST)
                .filter(|(w, least)| **w > *least);
            match can.max_by_key(|(w, _)| **w) {
                Some((widest, _)) => *widest -= 1,
                None => break,
            }
        }
        Self { widths }
    }

    pub(super) fn heading(&self) -> String {
        self.line(COLUMNS.map(str::to_owned))
    }

    pub(super) fn row(&self, offer: &Offer) -> String {
        self.line(offer.cells())
    }

    fn line(&self, cells: [String; COLUMNS.len()]) -> String {
        let mut out = String::new();
        for (cell, width) in cells.iter().zip(self.widths) {
            let cell = fit(cell, width);
            let room = width - cell.width().min(width) + GAP;
            out.push_str(&cell);
            out.extend(std::iter::repeat_n(' ', room));
        }
        out.trim_end().to_owned()
    }
}
