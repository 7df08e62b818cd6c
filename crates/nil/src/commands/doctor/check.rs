//! One thing that was looked at.

use serde::Serialize;

use crate::output::{Tone, escape_lines};

/// How it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Health {
    /// It works.
    Ok,
    /// It does not have to work here, or will once it is needed.
    Note,
    /// It does not work.
    Failed,
}

/// What was looked at and what came of it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Check {
    name: String,
    health: Health,
    detail: String,
    hint: Option<String>,
}

impl Check {
    pub(super) fn ok(name: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { name: name.into(), health: Health::Ok, detail: detail.into(), hint: None }
    }

    pub(super) fn note(name: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { name: name.into(), health: Health::Note, detail: detail.into(), hint: None }
    }

    pub(super) fn failed(name: impl Into<String>, detail: impl Into<String>, hint: Option<String>) -> Self {
        Self { name: name.into(), health: Health::Failed, detail: detail.into(), hint }
    }

    pub(super) fn has_failed(&self) -> bool {
        self.health == Health::Failed
    }

    /// `state  name  detail`, with the hint under it.
    pub(super) fn line(&self, name_width: usize, color: bool) -> String {
        let (word, tone) = match self.health {
            Health::Ok => ("ok    ", Tone::Good),
            Health::Note => ("note  ", Tone::Warning),
            Health::Failed => ("failed", Tone::Bad),
        };
        // Under the detail: the width of the state, the name and the gaps between them.
        let indent = format!("\n{}", " ".repeat(6 + 2 + name_width + 2));
        let detail = escape_lines(&self.detail).replace('\n', &indent);
        let hint = self.hint.as_deref().map(|hint| format!("{indent}hint: {}", escape_lines(hint))).unwrap_or_default();
        format!("{}  {:name_width$}  {detail}{hint}", tone.paint(word, color), self.name)
    }

    pub(super) fn name_width(checks: &[Self]) -> usize {
        checks.iter().map(|check| check.name.chars().count()).max().unwrap_or_default()
    }
}
