//! `nil rm`: removes functions, after asking.

use std::io::{self, IsTerminal as _, Write as _};

use nil_client::Client;
use nil_core::FunctionRef;
use serde_json::json;

use crate::{cli::RmArgs, failure::Failure, output::Output};

pub(super) async fn run(args: &RmArgs, client: &Client, output: &Output) -> Result<(), Failure> {
    if !args.yes {
        confirm(&args.functions).await?;
    }
    let mut removed = Vec::new();
    let mut kept = Vec::new();
    for function in &args.functions {
        match client.delete(function).await {
            Ok(()) => {
                output.note(&format!("removed {function}"));
                removed.push(function.to_string());
            }
            Err(error) => kept.push((function.to_string(), error)),
        }
    }
    if output.is_json() {
        let kept: Vec<_> =
            kept.iter().map(|(name, error)| json!({ "name": name, "error": error.to_string() })).collect();
        output.json(&json!({ "removed": removed, "kept": kept }))?;
    }
    match kept.pop() {
        Some((_, error)) if args.functions.len() == 1 => Err(error.into()),
        Some(last) => {
            kept.push(last);
            kept.iter().for_each(|(name, error)| output.error(&format!("{name}: {error}")));
            Err(Failure::local(format!("functions not removed: {} of {}", kept.len(), args.functions.len())))
        }
        None => Ok(()),
    }
}

/// Asks on the terminal; without one there is nobody to ask.
async fn confirm(functions: &[FunctionRef]) -> Result<(), Failure> {
    if !io::stdin().is_terminal() {
        return Err(Failure::usage("nobody is there to confirm the removal", "add --yes"));
    }
    let names: Vec<_> = functions.iter().map(ToString::to_string).collect();
    let question = format!("remove {} with all versions and executions? [y/N] ", names.join(", "));
    let answer = tokio::task::spawn_blocking(move || {
        // Locked for the question only: an interrupt is reported on stderr while we still wait for the answer.
        io::stderr().lock().write_all(question.as_bytes())?;
        let mut answer = String::new();
        io::stdin().read_line(&mut answer).map(|_| answer)
    });
    let answer = answer
        .await
        .map_err(io::Error::other)
        .flatten()
        .map_err(|error| Failure::local(format!("cannot read the answer: {error}")))?;
    match answer.trim().to_ascii_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => Err(Failure::local("nothing was removed")),
    }
}
