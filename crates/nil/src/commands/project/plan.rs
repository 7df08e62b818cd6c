//! What a deploy would change: each function as it is to be against what the server has.

use std::collections::BTreeMap;

use nil_api::{ExampleBody, ExampleEntry, FunctionDetail, ProblemKind};
use nil_client::{Client, ClientError};
use nil_core::{ContentDiff, FileChange, FunctionRef, FunctionSettings, Language, VersionContent, same_json};
use serde::Serialize;

use super::schedules::{self, ScheduleChange};
use crate::commands::deploy::{Settings, Wish, same_environments};

/// What would become of one function.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename = "function", rename_all = "camelCase")]
pub(in crate::commands) struct Plan {
    /// The function.
    pub(in crate::commands) name: String,
    /// What would be done.
    pub(in crate::commands) action: Planned,
    /// Files and settings that differ.
    #[serde(flatten)]
    pub(in crate::commands) content: ContentDiff,
    /// Whether what it is for differs.
    pub(in crate::commands) description: bool,
    /// Examples that differ, by name.
    pub(in crate::commands) examples: Vec<ExampleChange>,
    /// Its environments, if others are to be.
    pub(in crate::commands) environments: Option<EnvironmentsChange>,
    /// Schedules that differ.
    pub(in crate::commands) schedules: Vec<ScheduleChange>,
    /// The function as the server has it.
    #[serde(skip)]
    pub(in crate::commands) before: Option<Box<FunctionDetail>>,
}

impl Plan {
    /// Whether the function itself differs: everything but its schedules, which are stored apart from it.
    pub(in crate::commands) fn changes_function(&self) -> bool {
        let content = !self.content.is_empty() || self.description || !self.examples.is_empty();
        self.before.is_none() || content || self.environments.is_some()
    }
}

/// What would be done about a function or an environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(in crate::commands) enum Planned {
    /// It is new.
    Create,
    /// It differs.
    Update,
    /// The server has exactly this.
    Nothing,
    /// An environment that a function is to have, and that nobody says anything about: a deploy refuses.
    Missing,
}

/// The environments of a function.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(in crate::commands) struct EnvironmentsChange {
    /// Those it has.
    pub(in crate::commands) from: Vec<String>,
    /// Those it is to have.
    pub(in crate::commands) to: Vec<String>,
}

/// An example that differs.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::commands) struct ExampleChange {
    /// Its name.
    pub(in crate::commands) name: String,
    /// What happens to it.
    pub(in crate::commands) status: FileChange,
}

/// Compares a function with what the server has. Nothing is changed.
///
/// # Errors
/// [`ClientError`].
pub(in crate::commands) async fn plan(client: &Client, wish: &Wish) -> Result<Plan, ClientError> {
    let function = FunctionRef::Name(wish.target.name.clone());
    let before = match client.get(&function).await {
        Ok(before) => Some(before),
        Err(error) if error.problem_kind() == Some(ProblemKind::NotFound) => None,
        Err(error) => return Err(error),
    };
    let content = content(before.as_ref(), wish);
    let description = wish.description.is_some()
        && wish.description.as_ref() != before.as_ref().and_then(|before| before.description.as_ref());
    let examples = match (&wish.examples, &before) {
        (None, _) => Vec::new(),
        (Some(wanted), None) => changes(wanted, &[]),
        (Some(wanted), Some(_)) => changes(wanted, &client.examples(&function).await?),
    };
    let schedules = match (&wish.schedules, &before) {
        (None, _) => Vec::new(),
        (Some(wanted), None) => schedules::changes(wanted, &[]),
        (Some(wanted), Some(_)) => schedules::changes(wanted, &client.schedules(&function).await?),
    };
    let environments = environments(wish, before.as_ref());
    let name = wish.target.name.to_string();
    let mut plan = Plan {
        name,
        action: Planned::Nothing,
        content,
        description,
        examples,
        environments,
        schedules,
        before: before.map(Box::new),
    };
    if plan.before.is_none() {
        plan.action = Planned::Create;
    } else if plan.changes_function() || !plan.schedules.is_empty() {
        plan.action = Planned::Update;
    }
    Ok(plan)
}

fn environments(wish: &Wish, before: Option<&FunctionDetail>) -> Option<EnvironmentsChange> {
    let to: Vec<String> = wish.environments.as_ref()?.iter().map(ToString::to_string).collect();
    let from = before.map(|before| before.environments.clone()).unwrap_or_default();
    (!same_environments(&from, &to)).then_some(EnvironmentsChange { from, to })
}

fn content(before: Option<&FunctionDetail>, wish: &Wish) -> ContentDiff {
    let settings = match (&wish.settings, before) {
        (Settings::Exactly(settings), _) => settings.clone(),
        (Settings::Over(_), Some(before)) => before.settings.clone(),
        (Settings::Over(_), None) => FunctionSettings::default(),
    };
    let old = before.map(|before| VersionContent {
        language: before.language,
        source: &before.source,
        files: &before.files,
        module: (before.language == Language::Wasm).then(|| digest_of(&before.source_digest)),
        settings: &before.settings,
    });
    ContentDiff::between(old.as_ref(), &wish.target.content(&settings))
}

/// Hexadecimal as the API writes it; anything else is no module of ours.
fn digest_of(text: &str) -> [u8; 32] {
    let mut digest = [0; 32];
    for (byte, at) in digest.iter_mut().zip((0..).step_by(2)) {
        *byte = text.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok()).unwrap_or_default();
    }
    digest
}

fn changes(wanted: &BTreeMap<String, ExampleBody>, there: &[ExampleEntry]) -> Vec<ExampleChange> {
    let there: BTreeMap<&str, &ExampleEntry> = there.iter().map(|entry| (entry.name.as_str(), entry)).collect();
    let mut changes = Vec::new();
    for (name, body) in wanted {
        let status = match there.get(name.as_str()) {
            None => FileChange::Added,
            Some(entry)
                if same_json(entry.input.get(), body.input.get())
                    && same_json(entry.output.get(), body.output.get()) =>
            {
                continue;
            }
            Some(_) => FileChange::Changed,
        };
        changes.push(ExampleChange { name: name.clone(), status });
    }
    let gone = there.keys().filter(|name| !wanted.contains_key(**name));
    changes.extend(gone.map(|name| ExampleChange { name: (*name).to_owned(), status: FileChange::Removed }));
    changes
}
