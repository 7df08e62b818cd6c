//! `nil rm`: removes functions, after asking.

use nil_client::Client;
use serde_json::json;

use crate::{
    cli::RmArgs,
    failure::Failure,
    output::{Output, confirm},
};

pub(super) async fn run(args: &RmArgs, client: &Client, output: &Output) -> Result<(), Failure> {
    if !args.yes {
        let names: Vec<_> = args.functions.iter().map(ToString::to_string).collect();
        let question = format!("remove {} with all versions and executions?", names.join(", "));
        confirm(&question, "the removal", "nothing was removed").await?;
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
