//! Compile errors as people read them: the message, the place, the line with the culprit underlined.

use std::{env, io, path::Path};

use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteDiagnostic, NamedSource, Report};
use nil_core::{Diagnostic, Severity, SourceFiles, escape_control};
use terminal_size::{Width, terminal_size_of};

use super::{Output, escape_lines, printer::Stream};

/// More than this scrolls the first one, which usually causes the rest, out of sight.
const MOST_SHOWN: usize = 20;

/// Lines longer than this are machine-made; showing one would bury the message. In characters.
const LONGEST_LINE: usize = 300;

/// The source that diagnostics are about, and what the person calls it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sources<'a> {
    /// The name the compiler knows the source by, such as `index.ts`.
    pub(crate) entry_file: &'a str,
    /// The name to show: the path as the person typed it.
    pub(crate) shown_as: &'a str,
    /// Its text.
    pub(crate) text: &'a str,
    /// The files beside it.
    pub(crate) files: &'a SourceFiles,
}

impl Sources<'_> {
    /// All diagnostics for stderr.
    pub(crate) fn render_for_stderr(&self, diagnostics: &[Diagnostic], output: &Output) -> String {
        let width = terminal_size_of(io::stderr()).map(|(Width(columns), _)| columns);
        self.render(diagnostics, output.stderr(), width)
    }

    /// All diagnostics for stdout.
    pub(crate) fn render_for_stdout(&self, diagnostics: &[Diagnostic], output: &Output) -> String {
        let width = terminal_size_of(io::stdout()).map(|(Width(columns), _)| columns);
        self.render(diagnostics, output.stdout(), width)
    }

    pub(super) fn render(&self, diagnostics: &[Diagnostic], stream: Stream, width: Option<u16>) -> String {
        // Away from a terminal the width is fixed, so that logs do not depend on who reads them.
        let width = if stream.terminal { width.map_or(100, usize::from).clamp(40, 140) } else { 100 };
        let handler = GraphicalReportHandler::new_themed(theme(stream))
            .with_width(width)
            .with_links(false)
            .without_primary_span_start()
            .without_syntax_highlighting();
        let mut out = String::new();
        for diagnostic in diagnostics.iter().take(MOST_SHOWN) {
            let report = self.report(diagnostic);
            if handler.render_report(&mut out, report.as_ref()).is_err() {
                // A snippet that cannot be drawn must not swallow the message.
                out.push_str(&escape_lines(&nil_core::render_plain(std::slice::from_ref(diagnostic))));
                out.push('\n');
            }
        }
        if let Some(more) = diagnostics.len().checked_sub(MOST_SHOWN).filter(|&more| more > 0) {
            out.push_str(&format!("… and {more} more; `-o json` has all\n"));
        }
        out
    }

    fn report(&self, diagnostic: &Diagnostic) -> Report {
        let (word, severity) = match diagnostic.severity {
            Severity::Error => ("error", miette::Severity::Error),
            Severity::Warning => ("warning", miette::Severity::Warning),
            Severity::Info => ("info", miette::Severity::Advice),
        };
        let code = diagnostic.code.as_deref().map(|code| format!(" {}", escape_control(code))).unwrap_or_default();
        let message = format!("{word}{code}: {}", escape_lines(&diagnostic.message));
        let place = self.place(diagnostic);
        match self.span(diagnostic) {
            Some((source, start, length)) => Report::new(
                MietteDiagnostic::new(message)
                    .with_severity(severity)
                    .with_label(LabeledSpan::new(None, start, length)),
            )
            .with_source_code(NamedSource::new(place.unwrap_or_default(), source)),
            None => {
                let message = place.map_or_else(|| message.clone(), |place| format!("{message}\nat {place}"));
                Report::new(MietteDiagnostic::new(message).with_severity(severity))
            }
        }
    }

    /// `file:line:column`, as editors and terminals link it.
    fn place(&self, diagnostic: &Diagnostic) -> Option<String> {
        let file = match &diagnostic.file {
            Some(file) if file != self.entry_file => escape_control(&self.shown(file)),
            None if diagnostic.line.is_none() => return None,
            _ => escape_control(self.shown_as),
        };
        Some([diagnostic.line, diagnostic.column].into_iter().flatten().fold(file, |place, n| format!("{place}:{n}")))
    }

    /// A file beside the entry file as the person would type it; the compiler's own files as they are.
    fn shown(&self, file: &str) -> String {
        match Path::new(self.shown_as).parent() {
            Some(folder) if self.files.get(file).is_some() => folder.join(file).display().to_string(),
            _ => file.to_owned(),
        }
    }

    /// The text to draw and which bytes of it to underline; none where the place is not in these sources.
    fn span(&self, diagnostic: &Diagnostic) -> Option<(String, usize, usize)> {
        let text = match diagnostic.file.as_deref() {
            Some(file) if file != self.entry_file => self.files.get(file)?,
            _ => self.text,
        };
        let mut text = drawable(text);
        let index = usize::try_from(diagnostic.line?).ok()?.checked_sub(1)?;
        let lines: Vec<&str> = text.split('\n').collect();
        let line = *lines.get(index)?;
        let neighbours = &lines[index.saturating_sub(1)..lines.len().min(index + 2)];
        if neighbours.iter().any(|line| line.chars().count() > LONGEST_LINE) {
            return None;
        }
        let line_start: usize = lines[..index].iter().map(|line| line.len() + 1).sum();
        let start = byte_of_column(line, diagnostic.column.unwrap_or(1));
        let end = match (diagnostic.end_line, diagnostic.end_column) {
            (Some(end_line), _) if Some(end_line) > diagnostic.line => line.trim_end().len(),
            (_, Some(column)) => byte_of_column(line, column),
            _ => start + word_length(&line[start..]),
        };
        let Some(first) = line[start..].chars().next() else {
            // Something is missing at the end of the line: a space that can be underlined stands for it.
            text.insert(line_start + start, ' ');
            return Some((text, line_start + start, 1));
        };
        Some((text, line_start + start, end.saturating_sub(start).max(first.len_utf8())))
    }
}

fn theme(stream: Stream) -> GraphicalTheme {
    let unicode = !stream.terminal || terminal_shows_unicode();
    match (unicode, stream.color) {
        (true, true) => GraphicalTheme::unicode(),
        (true, false) => GraphicalTheme::unicode_nocolor(),
        (false, true) => GraphicalTheme::ascii(),
        (false, false) => GraphicalTheme::none(),
    }
}

/// Unless the locale or the terminal says otherwise: containers often have no locale at all.
fn terminal_shows_unicode() -> bool {
    let locale =
        ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(|name| env::var(name).ok().filter(|v| !v.is_empty()));
    let utf8 = locale.is_none_or(|locale| {
        let locale = locale.to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    });
    utf8 && env::var_os("TERM").is_none_or(|term| term != "linux" && term != "dumb")
}

/// The source with one harmless character in place of each that is not, so that columns stay where they are.
fn drawable(source: &str) -> String {
    source
        .replace("\r\n", "\n")
        .chars()
        .map(|c| match c {
            '\n' | '\t' => c,
            c if escape_control(c.encode_utf8(&mut [0; 4])).starts_with('\\') && c != '\\' => '\u{fffd}',
            c => c,
        })
        .collect()
}

/// The byte offset of a column, which counts characters from 1; the end of the line for columns behind it.
fn byte_of_column(line: &str, column: u32) -> usize {
    let index = usize::try_from(column).unwrap_or(usize::MAX).saturating_sub(1);
    line.char_indices().nth(index).map_or(line.len(), |(offset, _)| offset)
}

/// The bytes of the identifier or number at the start of a text.
fn word_length(text: &str) -> usize {
    text.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$')).unwrap_or(text.len())
}
