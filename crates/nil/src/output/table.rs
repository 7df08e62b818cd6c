//! Plain aligned columns: readable in a terminal, in a log and by `awk`.

use super::paint::Tone;

/// Between columns; two, so that a single space inside a cell does not look like a border.
const GAP: &str = "  ";

/// Rows under a heading.
#[derive(Debug)]
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these headings and no rows.
    pub(crate) fn new(headings: &[&str]) -> Self {
        Self { rows: vec![headings.iter().map(|&heading| heading.to_owned()).collect()] }
    }

    /// Adds a row; free text belongs in the last cell, which is not padded.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// The whole table, with a line feed at the end.
    pub(crate) fn render(&self, color: bool) -> String {
        let mut out = String::new();
        let widths = widths(&self.rows);
        for (index, row) in self.rows.iter().enumerate() {
            let line = line(row, &widths);
            out.push_str(&if index == 0 { Tone::Strong.paint(&line, color) } else { line });
            out.push('\n');
        }
        out
    }
}

/// `name  value` lines, aligned, with a line feed at the end. A value of several lines is indented under itself.
pub(crate) fn fields(pairs: &[(&str, String)], color: bool) -> String {
    let width = pairs.iter().map(|(name, _)| name.chars().count()).max().unwrap_or_default();
    let mut out = String::new();
    for (name, value) in pairs {
        let indented = value.replace('\n', &format!("\n{}{GAP}", " ".repeat(width)));
        out.push_str(&format!("{}{GAP}{indented}\n", Tone::Dim.paint(&format!("{name:width$}"), color)));
    }
    out
}

fn widths(rows: &[Vec<String>]) -> Vec<usize> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or_default()
    };
    (0..columns).map(width).collect()
}

fn line(cells: &[String], widths: &[usize]) -> String {
    let padded: Vec<_> = cells.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
    padded.join(GAP).trim_end().to_owned()
}
