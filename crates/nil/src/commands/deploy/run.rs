//! Stores every source, waits for the compiler, shows what it says.

use std::time::Duration;

use nil_api::FunctionDetail;
use nil_client::{Client, ClientError};
use nil_core::{Abi, FunctionRef, FunctionStatus};
use serde::Serialize;

use super::{
    store::{Action, store},
    targets::{Target, Wanted, resolve},
};
use crate::{
    cli::DeployArgs,
    failure::Failure,
    output::{Output, Progress, bytes, escape_lines, millis},
};

/// One deployment as `-o json` prints it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Deployed {
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

pub(in crate::commands) async fn run(args: &DeployArgs, client: &Client, output: &Output) -> Result<(), Failure> {
    let targets = resolve(&Wanted { files: &args.files, name: args.name.as_ref(), language: args.language })?;
    let mut deployments = Vec::new();
    // All are stored before the first is waited for: compilers take them side by side.
    for target in &targets {
        let progress = Progress::start(output, &format!("{}: sending", target.name));
        let stored = store(client, target, args.description.as_deref(), &args.settings).await;
        drop(progress);
        deployments.push(Deployed::from(target, stored)?);
    }
    for (target, deployed) in targets.iter().zip(&mut deployments) {
        if !args.no_wait && deployed.function.as_ref().is_some_and(|function| !function.status.is_terminal()) {
            wait(client, args, deployed, output).await?;
        }
        if !output.is_json() {
            show(target, deployed, output)?;
        }
    }
    match deployments.as_slice() {
        several if output.is_json() => output.json(&several)?,
        [only] => only.hint_at_first_call(output),
        _ => {}
    }
    conclude(deployments, output)
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
        if self.action == Some(Action::Created) && function.status == FunctionStatus::Ready {
            output.hint(&first_call(function));
        }
    }

    fn status(&self) -> Option<FunctionStatus> {
        self.function.as_ref().map(|function| function.status)
    }
}

async fn wait(client: &Client, args: &DeployArgs, deployed: &mut Deployed, output: &Output) -> Result<(), ClientError> {
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
    let patience = Duration::from_secs(args.wait_s);
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
    if let (FunctionStatus::Failed, Some(live)) = (function.status, function.live_version) {
        output.note(&format!("v{live} still answers calls"));
    }
    Ok(())
}

fn first_call(function: &FunctionDetail) -> String {
    let input = match function.abi {
        Some(Abi::Scalar) => r#"{"args":[1,2]}"#,
        Some(_) | None => "{}",
    };
    format!("nil invoke {} '{input}'", function.name)
}

/// A source that does not compile outweighs one that the server refused: it has an exit code of its own.
fn conclude(mut deployments: Vec<Deployed>, output: &Output) -> Result<(), Failure> {
    let total = deployments.len();
    if let [only] = deployments.as_mut_slice() {
        return match (only.failure.take(), only.status()) {
            (Some(error), _) => Err(error.into()),
            (None, Some(FunctionStatus::Failed)) => {
                Err(Failure::CompileFailed { message: format!("`{}` does not compile", only.name) })
            }
            (None, _) => Ok(()),
        };
    }
    let broken = deployments.iter().filter(|deployed| deployed.status() == Some(FunctionStatus::Failed)).count();
    let refused: Vec<_> =
        deployments.iter().filter_map(|deployed| Some((&deployed.name, deployed.error.as_ref()?))).collect();
    for (name, error) in &refused {
        output.error(&format!("{name}: {error}"));
    }
    match (broken, refused.len()) {
        (0, 0) => Ok(()),
        (0, refused) => Err(Failure::local(format!("functions not deployed: {refused} of {total}"))),
        (broken, _) => {
            Err(Failure::CompileFailed { message: format!("functions that do not compile: {broken} of {total}") })
        }
    }
}
