//! What a compiler or validator says about a source, in a form every surface can render.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The version cannot be built.
    Error,
    /// Built, but worth a look.
    Warning,
    /// A remark.
    Info,
}

/// One message about one place in a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// The file, as the user named it; absent when the message is about the whole function.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Line, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// Column in characters, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
    /// Last line, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_line: Option<u32>,
    /// Column behind the last character, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_column: Option<u32>,
    /// The compiler's own code, such as `TS2322`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What is wrong, and what to do about it where that is known.
    pub message: String,
}

impl Diagnostic {
    /// An error about the whole function.
    #[must_use]
    pub fn error(message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            file: None,
            line: None,
            column: None,
            end_line: None,
            end_column: None,
            code: None,
            message: message.into(),
        }
    }
}

/// The plain text of `compileError`: one line a diagnostic, `file:line:column: severity code: message`.
#[must_use]
pub fn render_plain(diagnostics: &[Diagnostic]) -> String {
    let mut text = String::new();
    for diagnostic in diagnostics {
        if !text.is_empty() {
            text.push('\n');
        }
        if let Some(file) = &diagnostic.file {
            text.push_str(file);
            if let Some(line) = diagnostic.line {
                let _ = write!(text, ":{line}");
                if let Some(column) = diagnostic.column {
                    let _ = write!(text, ":{column}");
                }
            }
            text.push_str(": ");
        }
        text.push_str(match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "info",
        });
        if let Some(code) = &diagnostic.code {
            let _ = write!(text, " {code}");
        }
        let _ = write!(text, ": {}", diagnostic.message);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_names_the_place_first() {
        let mut diagnostic = Diagnostic::error("Type 'i32' is not assignable to type 'string'.");
        diagnostic.file = Some("index.ts".to_owned());
        diagnostic.line = Some(3);
        diagnostic.column = Some(10);
        diagnostic.code = Some("TS2322".to_owned());
        assert_eq!(
            render_plain(&[diagnostic, Diagnostic::error("no `handle`")]),
            "index.ts:3:10: error TS2322: Type 'i32' is not assignable to type 'string'.\nerror: no `handle`"
        );
    }
}
