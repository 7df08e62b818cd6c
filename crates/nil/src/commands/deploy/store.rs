//! Brings one source onto the server, as a new function or as a new version of an old one.

use nil_api::{CreateFunction, FunctionDetail, ProblemKind, UpdateFunction};
use nil_client::{Client, ClientError};
use nil_core::{FunctionRef, FunctionSettings};
use serde::Serialize;

use super::targets::Target;
use crate::cli::SettingsArgs;

/// Somebody may create or remove the function between two of our requests; more often than this is no accident.
const TRIES: usize = 3;

const MIB: u64 = 1024 * 1024;

/// What became of the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Action {
    /// A function of this name is new.
    Created,
    /// The function has a new version.
    Updated,
    /// The server has exactly this already.
    Unchanged,
}

/// Stores the source. Settings and description that are not given stay as they are.
///
/// # Errors
/// [`ClientError`].
pub(super) async fn store(
    client: &Client,
    target: &Target,
    description: Option<&str>,
    settings: &SettingsArgs,
) -> Result<(Action, FunctionDetail), ClientError> {
    let function = FunctionRef::Name(target.name.clone());
    let mut tries = 0;
    loop {
        tries += 1;
        let stored = match client.get(&function).await {
            Ok(before) => update(client, &before, target, description, settings).await,
            Err(error) if is(&error, ProblemKind::NotFound) => create(client, target, description, settings).await,
            Err(error) => Err(error),
        };
        match stored {
            Err(error)
                if tries < TRIES && (is(&error, ProblemKind::NameTaken) || is(&error, ProblemKind::NotFound)) => {}
            stored => return stored,
        }
    }
}

fn is(error: &ClientError, kind: ProblemKind) -> bool {
    error.problem_kind() == Some(kind)
}

async fn create(
    client: &Client,
    target: &Target,
    description: Option<&str>,
    settings: &SettingsArgs,
) -> Result<(Action, FunctionDetail), ClientError> {
    let created = client
        .create(&CreateFunction {
            name: target.name.to_string(),
            description: description.map(str::to_owned),
            language: target.language.to_string(),
            source: target.source(),
            wasm_base64: target.wasm_base64(),
            files: target.files().filter(|files| !files.is_empty()).map(|files| files.iter().collect()),
            settings: over(settings, FunctionSettings::default()),
        })
        .await?;
    Ok((Action::Created, client.get(&FunctionRef::Id(created.id)).await?))
}

async fn update(
    client: &Client,
    before: &FunctionDetail,
    target: &Target,
    description: Option<&str>,
    settings: &SettingsArgs,
) -> Result<(Action, FunctionDetail), ClientError> {
    let change = UpdateFunction {
        name: None,
        description: description.map(str::to_owned),
        language: Some(target.language.to_string()),
        source: target.source(),
        wasm_base64: target.wasm_base64(),
        // Said even if there are none: a file that is gone from the folder must go from the function.
        files: target
            .files()
            .filter(|files| !files.is_empty() || !before.files.is_empty())
            .map(|files| files.iter().collect()),
        settings: over(settings, before.settings.clone()),
    };
    let after = client.update(&FunctionRef::Id(before.id), &change).await?;
    let action = if after.version == before.version { Action::Unchanged } else { Action::Updated };
    Ok((action, after))
}

/// The given settings over the ones there are; none if none were given.
fn over(given: &SettingsArgs, mut settings: FunctionSettings) -> Option<FunctionSettings> {
    let memory_limit_bytes = given.memory_mib.map(|mib| mib.saturating_mul(MIB));
    let fields = [
        (&mut settings.timeout_ms, given.timeout_ms),
        (&mut settings.memory_limit_bytes, memory_limit_bytes),
        (&mut settings.output_limit_bytes, given.output_bytes),
        (&mut settings.log_limit_bytes, given.log_bytes),
        (&mut settings.record_percent, given.record_percent),
    ];
    let mut changed = false;
    for (field, given) in fields {
        changed |= given.is_some();
        *field = given.or(*field);
    }
    changed.then_some(settings)
}
