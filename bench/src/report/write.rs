//! Collects figures and writes them out.

use std::path::Path;

use super::{Figure, chart, markdown};
use crate::machine;

/// A picture that a detail shows.
#[derive(Debug)]
pub(crate) struct Drawing {
    /// Its name beside the page.
    pub(crate) file: &'static str,
    pub(crate) svg: String,
}

/// The whole report.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// The figures, in the order they were measured.
    pub(crate) figures: Vec<Figure>,
    /// Requests a second of everything that answered the JSON echo, for the chart.
    pub(crate) echo: Vec<(String, f64)>,
    /// Tables of details: a title and Markdown below it.
    pub(crate) details: Vec<(String, String)>,
    /// Pictures the details show.
    pub(crate) drawings: Vec<Drawing>,
    /// How it was measured, and on what.
    pub(crate) setting: Vec<String>,
    /// What is missing, and why.
    pub(crate) notes: Vec<String>,
}

impl Report {
    /// Adds a figure and says it.
    pub(crate) fn add(&mut self, figure: Figure) {
        machine::say(&format!("  {}", markdown::line(&figure)));
        self.figures.push(figure);
    }

    /// Writes `report.json` into `json_dir`, `RESULTS.md` and its chart into `markdown_dir`.
    pub(crate) fn write(&self, json_dir: &Path, markdown_dir: &Path) -> anyhow::Result<()> {
        std::fs::create_dir_all(json_dir)?;
        std::fs::create_dir_all(markdown_dir)?;
        let json = serde_json::to_string_pretty(&self.figures)?;
        std::fs::write(json_dir.join("report.json"), json + "\n")?;
        if !self.echo.is_empty() {
            std::fs::write(markdown_dir.join("results.svg"), chart::svg(&self.echo))?;
        }
        for drawing in &self.drawings {
            std::fs::write(markdown_dir.join(drawing.file), &drawing.svg)?;
        }
        std::fs::write(markdown_dir.join("RESULTS.md"), markdown::document(self))?;
        machine::say(&format!(
            "wrote {} and {}",
            json_dir.join("report.json").display(),
            markdown_dir.join("RESULTS.md").display()
        ));
        Ok(())
    }
}
