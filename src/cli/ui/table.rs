//! Columns that line up, and fit a terminal.

use apim_migrate::progress::fit;
use unicode_width::UnicodeWidthStr;

/// Between columns.
const GAP: usize = 2;

/// Widths of columns.
pub(crate) struct Table {
    widths: Vec<usize>,
}

impl Table {
    /// As wide as what stands in them, headings first.
    pub(crate) fn of(headings: &[&str], rows: impl Iterator<Item = Vec<String>>) -> Self {
        let mut widths: Vec<usize> = headings.iter().map(|heading| heading.width()).collect();
        for row in rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.width());
            }
        }
        Self { widths }
    }

    /// The widest cut until all fit, but for the least that each keeps.
    pub(crate) fn within(mut self, width: usize, least: impl Fn(usize) -> usize) -> Self {
        let room = width.saturating_sub(GAP * self.widths.len().saturating_sub(1));
        while self.widths.iter().sum::<usize>() > room {
            let can = (self.widths.iter_mut().enumerate()).filter(|(at, w)| **w > least(*at));
            match can.max_by_key(|(_, w)| **w) {
                Some((_, widest)) => *widest -= 1,
                None => break,
            }
        }
        self
    }

    /// A row, cut where it has to be.
    pub(crate) fn line<S: AsRef<str>>(&self, cells: impl IntoIterator<Item = S>) -> String {
        let mut out = String::new();
        for (cell, &width) in cells.into_iter().zip(&self.widths) {
            let cell = fit(cell.as_ref(), width);
            let room = width - cell.width().min(width) + GAP;
            out.push_str(&cell);
            out.extend(std::iter::repeat_n(' ', room));
        }
        out.trim_end().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_widest_columns_are_cut_until_all_fit() {
        let rows = [["orders", "a long display name"], ["wide \u{8a9e}", "x"]];
        let rows = || rows.iter().map(|row| row.map(str::to_owned).to_vec());
        let table = Table::of(&["name", "display name"], rows()).within(20, |_| 4);
        let lines: Vec<String> = rows().map(|row| table.line(row)).collect();
        assert_eq!(lines, ["orders   a long dis…", "wide \u{8a9e}  x"]);
        // There is a least that is kept.
        let table = Table::of(&["name", "display name"], rows()).within(3, |_| 4);
        assert_eq!(table.line(["orders", "abcdef"]), "ord…  abc…");
    }
}
