//! Messages with places, in the form every surface renders.

use nil_core::{Diagnostic, Severity};
use oxc::{
    diagnostics::{OxcDiagnostic, Severity as OxcSeverity},
    span::Span,
};

/// Bytes of a source that a message is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct At {
    start: usize,
    end: usize,
}

impl From<Span> for At {
    fn from(span: Span) -> Self {
        Self { start: span.start as usize, end: span.end as usize }
    }
}

impl At {
    /// The first character.
    pub(super) const START: Self = Self { start: 0, end: 0 };

    /// An error here.
    pub(super) fn diagnostic(self, path: &str, source: &str, code: &str, message: String) -> Diagnostic {
        let (line, column) = place(source, self.start);
        let (end_line, end_column) = place(source, self.end.max(self.start));
        Diagnostic {
            severity: Severity::Error,
            file: Some(path.to_owned()),
            line: Some(line),
            column: Some(column),
            end_line: Some(end_line),
            end_column: Some(end_column),
            code: Some(code.to_owned()),
            message,
        }
    }
}

/// Line and column, in characters, both from 1.
fn place(source: &str, offset: usize) -> (u32, u32) {
    let offset = (0..=offset.min(source.len())).rev().find(|at| source.is_char_boundary(*at)).unwrap_or(0);
    let before = &source[..offset];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX))
}

/// What the parser says, errors only: its warnings are about style.
pub(super) fn errors<'a>(
    path: &str,
    source: &str,
    found: impl IntoIterator<Item = &'a OxcDiagnostic>,
) -> Vec<Diagnostic> {
    found
        .into_iter()
        .filter(|found| found.severity == OxcSeverity::Error)
        .map(|found| {
            let at = found.labels.iter().next().map_or(At::START, |label| At {
                start: label.offset() as usize,
                end: (label.offset() + label.len()) as usize,
            });
            let help = found.help.as_deref().map(|help| format!("; {help}")).unwrap_or_default();
            let code = match (&found.code.scope, &found.code.number) {
                (Some(scope), Some(number)) => format!("{scope}{number}"),
                _ => "NIL200".to_owned(),
            };
            at.diagnostic(path, source, &code, format!("{}{help}", found.message))
        })
        .collect()
}
