//! Columns of text.

use std::fmt;

/// Rows of cells that are printed below each other.
pub(super) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(super) fn new(head: &[&str]) -> Self {
        Self {
            rows: vec![head.iter().map(|&cell| cell.to_owned()).collect()],
        }
    }

    /// As many cells as the head has.
    pub(super) fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    fn widths(&self) -> Vec<usize> {
        let mut widths = Vec::new();
        for row in &self.rows {
            widths.resize(widths.len().max(row.len()), 0);
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.chars().count());
            }
        }
        widths
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widths = self.widths();
        for row in &self.rows {
            for (place, (cell, width)) in row.iter().zip(&widths).enumerate() {
                if place + 1 < row.len() {
                    write!(f, "{cell:width$}  ")?;
                } else {
                    // Nothing follows that would have to be aligned.
                    writeln!(f, "{cell}")?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let mut table = Table::new(&["A", "LONG", "B"]);
        table.row(["ä", "x", "1"].map(str::to_owned).to_vec());
        table.row(["abc", "yy", "2"].map(str::to_owned).to_vec());
        assert_eq!(
            table.to_string(),
            "A    LONG  B\nä    x     1\nabc  yy    2\n"
        );
    }
}
