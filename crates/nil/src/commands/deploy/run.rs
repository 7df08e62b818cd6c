//! Stores every source, waits for the compiler, shows what it says.

use std::time::Duration;

use nil_api::FunctionDetail;
use nil_client::{Client, ClientError};
use nil_core::{Abi, FileChange, FunctionRef, FunctionStatus};
use serde::Serialize;

use super::{
    environments::{DeployedEnvironment, deploy_environments},
    intent::wishes,
    schedules,
    store::{Action, store},
    targets::Target,
    wish::Wish,
};
use crate::{
    cli::DeployArgs,
    commands::project::{ScheduleChange, plan},
    failure::Failure,
    output::{Output, Progress, bytes, escape_lines, examples, millis},
};

/// One deployment as `-o json` prints it.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename = "function", rename_all = "camelCase")]
pub(in crate::commands) struct Deployed {
    file: String,
    name: String,
    /// Absent when the server refused it.
    action: Option<Action>,
    /// The function as it is now.
    function: Option<FunctionDetail>,
    /// Its schedules that were made, changed or removed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    schedules: Vec<ScheduleChange>,
    /// Why the server refused it or the wait for it ended; a compile error is in `function`.
    error: Option<String>,
    #[serde(skip)]
    failure: Option<ClientError>,
}

/// How to deploy.
#[derive(Debug, Clone, Copy)]
pub(in crate::commands) struct Deployment {
    /// How long to wait for compilers; none does not wait.
    pub(in crate::commands) patience: Option<Duration>,
    /// Whether to compare first, and to leave alone what is as it should be.
    pub(in crate::commands) compare: bool,
}

pub(in crate::commands) async fn run(args: &DeployArgs, client: &Client, output: &Output) -> Result<(), Failure> {
    let (wishes, compare) = wishes(args)?;
    let patience = (!args.no_wait).then(|| Duration::from_secs(args.wait_s));
    let environments = deploy_environments(&wishes, client, output).await?;
    let deployments = deploy_all(&wishes.functions, client, &Deployment { patience, compare }, output).await?;
    print_json(&environments, &deployments, output)?;
    if let [only] = deployments.as_slice() {
        only.hint_at_first_call(output);
    }
    let same = environments.iter().all(|environment| environment.action == Action::Unchanged)
        && deployments.iter().all(|deployed| deployed.action == Some(Action::Unchanged));
    if compare && same {
        output.note("nothing changed: the server has all of it");
    }
    conclude(deployments, output)
}

/// What was deployed, for programs; nothing for people, who have seen it.
pub(in crate::commands) fn print_json(
    environments: &[DeployedEnvironment],
    functions: &[Deployed],
    output: &Output,
) -> Result<(), Failure> {
    #[derive(Serialize)]
    #[serde(untagged)]
    enum Entry<'a> {
        Environment(&'a DeployedEnvironment),
        Function(&'a Deployed),
    }
    if !output.is_json() {
        return Ok(());
    }
    let environments = environments.iter().map(Entry::Environment);
    output.json(&environments.chain(functions.iter().map(Entry::Function)).collect::<Vec<_>>())
}

/// Stores every function, waits for the compilers and shows what they say.
///
/// # Errors
/// [`Failure`] when the server is gone; what it refuses of one function is in the result.
pub(in crate::commands) async fn deploy_all(
    wishes: &[Wish],
    client: &Client,
    how: &Deployment,
    output: &Output,
) -> Result<Vec<Deployed>, Failure> {
    let mut deployments = Vec::new();
    // All are stored before the first is waited for: compilers take them side by side.
    for wish in wishes {
        let progress = Progress::start(output, &format!("{}: sending", wish.target.name));
        let stored = if how.compare { store_changed(client, wish).await } else { store_all(client, wish).await };
        drop(progress);
        deployments.push(Deployed::from(&wish.target, stored)?);
    }
    for (wish, deployed) in wishes.iter().zip(&mut deployments) {
        let unfinished = deployed.function.as_ref().is_some_and(|function| !function.status.is_terminal());
        if let Some(patience) = how.patience.filter(|_| unfinished) {
            wait(client, patience, deployed, output).await?;
        }
        let waiting = reschedule(client, wish, deployed).await?;
        if !output.is_json() {
            show(&wish.target, deployed, output)?;
            show_schedules(deployed, waiting, output);
        }
    }
    Ok(deployments)
}

/// What the server has now, and what is left to do about schedules.
type Stored = (Action, FunctionDetail, Vec<ScheduleChange>);

async fn store_all(client: &Client, wish: &Wish) -> Result<Stored, ClientError> {
    let (action, function) = store(client, wish).await?;
    Ok((action, function, Vec::new()))
}

/// Stores a function unless the server has exactly this, and could build it.
async fn store_changed(client: &Client, wish: &Wish) -> Result<Stored, ClientError> {
    let plan = plan(client, wish).await?;
    let differs = plan.changes_function();
    match plan.before {
        Some(before) if !differs && before.status != FunctionStatus::Failed => {
            Ok((Action::Unchanged, *before, plan.schedules))
        }
        _ => {
            let (action, after) = store(client, wish).await?;
            // Examples, environments and the description make no version, and are a change all the same.
            let action = if action == Action::Unchanged { Action::Updated } else { action };
            Ok((action, after, plan.schedules))
        }
    }
}

/// Brings the schedules onto the server, unless the version they are meant for cannot be called: then they stay as they
/// were, like the version before it. Whether that is so.
async fn reschedule(client: &Client, wish: &Wish, deployed: &mut Deployed) -> Result<bool, ClientError> {
    let changes = std::mem::take(&mut deployed.schedules);
    let Some(function) = deployed.function.as_ref().filter(|_| !changes.is_empty()) else { return Ok(false) };
    if deployed.error.is_some() || function.status == FunctionStatus::Failed || is_held_back(function) {
        return Ok(true);
    }
    let wanted = wish.schedules.as_deref().unwrap_or_default();
    match schedules::apply(client, &FunctionRef::Id(function.id), wanted, &changes).await {
        Ok(()) => {
            deployed.schedules = changes;
            if deployed.action == Some(Action::Unchanged) {
                deployed.action = Some(Action::Updated);
            }
        }
        Err(error @ ClientError::Problem { .. }) => {
            deployed.error = Some(error.to_string());
            deployed.failure = Some(error);
        }
        Err(error) => return Err(error),
    }
    Ok(false)
}

impl Deployed {
    /// A server that is gone fails the whole command: the other sources would only say the same.
    fn from(target: &Target, stored: Result<Stored, ClientError>) -> Result<Self, ClientError> {
        let (file, name) = (target.shown_as.clone(), target.name.to_string());
        match stored {
            Ok((action, function, schedules)) => Ok(Self {
                file,
                name,
                action: Some(action),
                function: Some(function),
                schedules,
                error: None,
                failure: None,
            }),
            Err(error @ ClientError::Problem { .. }) => {
                let text = error.to_string();
                let (error, failure) = (Some(text), Some(error));
                Ok(Self { file, name, action: None, function: None, schedules: Vec::new(), error, failure })
            }
            Err(error) => Err(error),
        }
    }

    /// For a function that was not there before, and alone: with many, everybody knows.
    fn hint_at_first_call(&self, output: &Output) {
        let Some(function) = &self.function else { return };
        if self.action == Some(Action::Created) && function.live_version.is_some() {
            output.hint(&first_call(function));
        }
    }

    fn status(&self) -> Option<FunctionStatus> {
        self.function.as_ref().map(|function| function.status)
    }
}

async fn wait(
    client: &Client,
    patience: Duration,
    deployed: &mut Deployed,
    output: &Output,
) -> Result<(), ClientError> {
    let Some(function) = &deployed.function else { return Ok(()) };
    let title = format!("{} v{}", function.name, function.version);
    let progress = Progress::start(output, &format!("{title}: waiting for a compiler"));
    let mut last = FunctionStatus::Pending;
    let on_status = |status| {
        if status == FunctionStatus::Compiling && last != status {
            progress.say(&format!("{title}: compiling"));
            if !output.stderr().terminal {
                output.note(&format!("{title}: compiling"));
            }
        }
        last = status;
    };
    match client.wait_until_built(&FunctionRef::Name(function.name.clone()), patience, on_status).await {
        Ok(built) => deployed.function = Some(built),
        Err(error @ (ClientError::NotBuilt { .. } | ClientError::Problem { .. })) => {
            deployed.error = Some(error.to_string());
            deployed.failure = Some(error);
        }
        Err(error) => return Err(error),
    }
    Ok(())
}

/// One line on stdout, and what the compiler has to say on stderr.
fn show(target: &Target, deployed: &Deployed, output: &Output) -> Result<(), Failure> {
    let (Some(function), Some(action)) = (&deployed.function, deployed.action) else {
        return Ok(());
    };
    target.say_guess(function.status == FunctionStatus::Failed, output);
    if !function.diagnostics.is_empty() {
        output.say(&target.sources().render_for_stderr(&function.diagnostics, output));
    } else if let Some(error) = &function.compile_error {
        output.say(&escape_lines(error));
    }
    let mut line = vec![function.name.to_string(), format!("v{}", function.version), function.status.to_string()];
    if action == Action::Unchanged {
        line.push("unchanged".to_owned());
    } else {
        line.extend(function.build_ms.map(millis));
    }
    line.extend(function.wasm_bytes.map(|size| bytes(size.unsigned_abs())));
    output.line(&line.join("  "))?;
    show_gate(function, output);
    match (function.status, function.live_version) {
        (FunctionStatus::Failed, Some(live)) => output.note(&format!("v{live} still answers calls")),
        (FunctionStatus::Ready, Some(live)) if live != function.version => {
            output.note(&format!("v{live} answers calls"));
        }
        _ => {}
    }
    Ok(())
}

fn show_schedules(deployed: &Deployed, waiting: bool, output: &Output) {
    let name = &deployed.name;
    for change in &deployed.schedules {
        let word = match change.status {
            FileChange::Added => "new",
            FileChange::Changed => "changed",
            FileChange::Removed => "gone",
        };
        output.note(&format!("{name}: schedule {}: {word}", change.name));
    }
    if waiting {
        output.note(&format!("{name}: its schedules stay as they were"));
    }
}

/// What kept a version from going live.
fn show_gate(function: &FunctionDetail, output: &Output) {
    if let Some(gate) = function.gate.as_ref().filter(|_| is_held_back(function)) {
        let failed: Vec<_> = gate.examples.iter().filter(|example| !example.passed).cloned().collect();
        output.say(examples(&failed, output.stderr().color).trim_end());
    }
}

fn is_held_back(function: &FunctionDetail) -> bool {
    let failed = function.gate.as_ref().is_some_and(|gate| !gate.passed);
    failed && function.live_version != Some(function.version)
}

fn first_call(function: &FunctionDetail) -> String {
    let input = match function.abi {
        Some(Abi::Scalar) => r#"{"args":[1,2]}"#,
        Some(_) | None => "{}",
    };
    format!("nil invoke {} '{input}'", function.name)
}

/// A source that does not compile outweighs one that the server refused: it has an exit code of its own.
pub(in crate::commands) fn conclude(mut deployments: Vec<Deployed>, output: &Output) -> Result<(), Failure> {
    let total = deployments.len();
    if let [only] = deployments.as_mut_slice() {
        return match (only.failure.take(), only.status()) {
            (Some(error), _) => Err(error.into()),
            (None, Some(FunctionStatus::Failed)) => {
                Err(Failure::CompileFailed { message: format!("`{}` does not compile", only.name) })
            }
            (None, Some(_)) if only.function.as_ref().is_some_and(is_held_back) => Err(Failure::ExamplesFailed {
                message: format!("`{}` does not pass its examples and is not live", only.name),
            }),
            (None, _) => Ok(()),
        };
    }
    let broken = deployments.iter().filter(|deployed| deployed.status() == Some(FunctionStatus::Failed)).count();
    let refused: Vec<_> =
        deployments.iter().filter_map(|deployed| Some((&deployed.name, deployed.error.as_ref()?))).collect();
    for (name, error) in &refused {
        output.error(&format!("{name}: {error}"));
    }
    let held_back = deployments.iter().filter(|deployed| deployed.function.as_ref().is_some_and(is_held_back)).count();
    match (broken, refused.len()) {
        (0, 0) if held_back > 0 => Err(Failure::ExamplesFailed {
            message: format!("functions that do not pass their examples: {held_back} of {total}"),
        }),
        (0, 0) => Ok(()),
        (0, refused) => Err(Failure::local(format!("functions not deployed: {refused} of {total}"))),
        (broken, _) => {
            Err(Failure::CompileFailed { message: format!("functions that do not compile: {broken} of {total}") })
        }
    }
}
