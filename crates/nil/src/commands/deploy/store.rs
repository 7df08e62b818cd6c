//! Brings one source onto the server, as a new function or as a new version of an old one.

use nil_api::{CreateFunction, FunctionDetail, ProblemKind, UpdateFunction};
use nil_client::{Client, ClientError};
use nil_core::{FunctionRef, FunctionSettings};
use serde::Serialize;

use super::wish::Wish;

/// Somebody may create or remove the function between two of our requests; more often than this is no accident.
const TRIES: usize = 3;

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

/// Stores a function. What is not given stays as it is.
///
/// # Errors
/// [`ClientError`].
pub(super) async fn store(client: &Client, wish: &Wish) -> Result<(Action, FunctionDetail), ClientError> {
    let function = FunctionRef::Name(wish.target.name.clone());
    let mut tries = 0;
    loop {
        tries += 1;
        let stored = match client.get(&function).await {
            Ok(before) => update(client, &before, wish).await,
            Err(error) if is(&error, ProblemKind::NotFound) => create(client, wish).await,
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

async fn create(client: &Client, wish: &Wish) -> Result<(Action, FunctionDetail), ClientError> {
    let target = &wish.target;
    let created = client
        .create(&CreateFunction {
            name: target.name.to_string(),
            description: wish.description.clone(),
            language: target.language.to_string(),
            source: target.source(),
            wasm_base64: target.wasm_base64(),
            files: target.files().filter(|files| !files.is_empty()).map(|files| files.iter().collect()),
            settings: wish.settings.to_send(&FunctionSettings::default()),
            examples: wish.examples.clone(),
            environments: wish.environment_names(),
        })
        .await?;
    Ok((Action::Created, client.get(&FunctionRef::Id(created.id)).await?))
}

async fn update(
    client: &Client,
    before: &FunctionDetail,
    wish: &Wish,
) -> Result<(Action, FunctionDetail), ClientError> {
    let target = &wish.target;
    let change = UpdateFunction {
        name: None,
        description: wish.description.clone(),
        language: Some(target.language.to_string()),
        source: target.source(),
        wasm_base64: target.wasm_base64(),
        // Said even if there are none: a file that is gone from the folder must go from the function.
        files: target
            .files()
            .filter(|files| !files.is_empty() || !before.files.is_empty())
            .map(|files| files.iter().collect()),
        settings: wish.settings.to_send(&before.settings),
        examples: wish.examples.clone(),
        environments: wish.environment_names().filter(|names| !same_environments(names, &before.environments)),
    };
    let after = client.update(&FunctionRef::Id(before.id), &change).await?;
    let action = if after.version == before.version { Action::Unchanged } else { Action::Updated };
    Ok((action, after))
}

/// The order counts, upper and lower case do not.
pub(in crate::commands) fn same_environments(left: &[String], right: &[String]) -> bool {
    left.len() == right.len() && left.iter().zip(right).all(|(left, right)| left.eq_ignore_ascii_case(right))
}
