//! Stores every source, waits for the compiler, shows what it says.

use std::{path::PathBuf, time::Duration};

use nil_api::FunctionDetail;
use nil_client::{Client, ClientError};
use nil_core::{Abi, FunctionRef, FunctionSettings, FunctionStatus};
use serde::Serialize;

use super::{
    store::{Action, store},
    targets::{Target, Wanted, resolve},
    wish::{Settings, Wish},
};
use crate::{
    cli::DeployArgs,
    commands::project::{self, Planned, plan},
    failure::Failure,
    output::{Output, Progress, bytes, escape_lines, examples, millis},
};

/// One deployment as `-o json` prints it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::commands) struct Deployed {
    file: String,
    name: String,
    /// Absent when the server refused it.
    action: Option<Action>,
    /// The function as it is now.
    function: Option<FunctionDetail>,
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
    let deployments = deploy_all(&wishes, client, &Deployment { patience, compare }, output).await?;
    match deployments.as_slice() {
        several if output.is_json() => output.json(&several)?,
        [only] => only.hint_at_first_call(output),
        _ => {}
    }
    if compare && deployments.iter().all(|deployed| deployed.action == Some(Action::Unchanged)) {
        output.note("nothing changed: the server has all of it");
    }
    conclude(deployments, output)
}

/// What is to be there, and whether it comes from a project, which says all of it.
fn wishes(args: &DeployArgs) -> Result<(Vec<Wish>, bool), Failure> {
    let here = [PathBuf::from(".")];
    let files = if args.files.is_empty() { &here[..] } else { args.files.as_slice() };
    if let [only] = files
        && project::is_project(only)
    {
        let flags = args.name.is_some() || args.language.is_some() || args.description.is_some();
        if flags || args.settings.given() != FunctionSettings::default() {
            let message = "a project says names, languages, descriptions and settings itself";
            return Err(Failure::usage(message, format!("change them in {}", project::MANIFEST)));
        }
        return Ok((project::load(only)?.wishes, true));
    }
    if args.files.is_empty() {
        let message = format!("no file was given, and there is no {} here", project::MANIFEST);
        return Err(Failure::usage(message, "name a source file or a folder"));
    }
    let wish = |target| Wish {
        target,
        description: args.description.clone(),
        settings: Settings::Over(args.settings.given()),
        examples: None,
    };
    let sources = Wanted { files, name: args.name.as_ref(), language: args.language };
    Ok((resolve(&sources)?.into_iter().map(wish).collect(), false))
}

/// What is to be there for these paths, without any flag.
///
/// # Errors
/// [`Failure::Usage`] for what cannot be read or understood.
pub(in crate::commands) fn wishes_of(paths: &[PathBuf]) -> Result<Vec<Wish>, Failure> {
    if let [only] = paths
        && project::is_project(only)
    {
        return Ok(project::load(only)?.wishes);
    }
    let sources = Wanted { files: paths, name: None, language: None };
    let wish = |target| Wish {
        target,
        description: None,
        settings: Settings::Over(FunctionSettings::default()),
        examples: None,
    };
    Ok(resolve(&sources)?.into_iter().map(wish).collect())
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
        let stored = if how.compare { store_changed(client, wish).await } else { store(client, wish).await };
        drop(progress);
        deployments.push(Deployed::from(&wish.target, stored)?);
    }
    for (wish, deployed) in wishes.iter().zip(&mut deployments) {
        let unfinished = deployed.function.as_ref().is_some_and(|function| !function.status.is_terminal());
        if let Some(patience) = how.patience.filter(|_| unfinished) {
            wait(client, patience, deployed, output).await?;
        }
        if !output.is_json() {
            show(&wish.target, deployed, output)?;
        }
    }
    Ok(deployments)
}

/// Stores a function unless the server has exactly this.
async fn store_changed(client: &Client, wish: &Wish) -> Result<(Action, FunctionDetail), ClientError> {
    let plan = plan(client, wish).await?;
    match (plan.action, plan.before) {
        (Planned::Nothing, Some(before)) => Ok((Action::Unchanged, *before)),
        _ => {
            let (action, after) = store(client, wish).await?;
            // Examples and the description make no version, and are a change all the same.
            Ok((if action == Action::Unchanged { Action::Updated } else { action }, after))
        }
    }
}

impl Deployed {
    /// A server that is gone fails the whole command: the other sources would only say the same.
    fn from(target: &Target, stored: Result<(Action, FunctionDetail), ClientError>) -> Result<Self, ClientError> {
        let (file, name) = (target.shown_as.clone(), target.name.to_string());
        match stored {
            Ok((action, function)) => {
                Ok(Self { file, name, action: Some(action), function: Some(function), error: None, failure: None })
            }
            Err(error @ ClientError::Problem { .. }) => {
                let text = error.to_string();
                Ok(Self { file, name, action: None, function: None, error: Some(text), failure: Some(error) })
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
