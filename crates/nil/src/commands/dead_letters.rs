//! `nil dead-letters`: executions that failed for good, and what to do with them.

use chrono::Utc;
use nil_client::Client;
use nil_core::{ExecutionId, FunctionRef};
use serde_json::json;

use crate::{
    cli::{DeadLettersAction, DeadLettersArgs},
    failure::Failure,
    output::{Output, Table, ago, first_line},
};

pub(super) async fn run(args: DeadLettersArgs, client: &Client, output: &Output) -> Result<(), Failure> {
    match args.action {
        DeadLettersAction::List { function, limit } => list(function.as_ref(), limit, client, output).await,
        DeadLettersAction::Requeue { ids } => {
            for id in &ids {
                client.requeue_execution(*id).await?;
                output.note(&format!("{id} is queued again"));
            }
            done(&ids, "requeued", output)
        }
        DeadLettersAction::Discard { ids } => {
            for id in &ids {
                client.discard_execution(*id).await?;
                output.note(&format!("{id} is no dead letter any more"));
            }
            done(&ids, "discarded", output)
        }
    }
}

fn done(ids: &[ExecutionId], result: &str, output: &Output) -> Result<(), Failure> {
    if output.is_json() { output.json(&json!({ "ids": ids, "result": result })) } else { Ok(()) }
}

async fn list(
    function: Option<&FunctionRef>,
    limit: u32,
    client: &Client,
    output: &Output,
) -> Result<(), Failure> {
    let letters = client.dead_executions(function, limit).await?;
    if output.is_json() {
        return output.json(&letters);
    }
    if letters.is_empty() {
        output.note("no dead letters");
        return Ok(());
    }
    let now = Utc::now();
    let mut table = Table::new(&["EXECUTION", "FUNCTION", "ATTEMPTS", "GIVEN UP", "LAST ERROR"]);
    for letter in letters {
        table.row([
            letter.execution_id.to_string(),
            letter.function_name.to_string(),
            letter.attempts.to_string(),
            ago(letter.dead_at, now),
            letter.error_message.as_deref().map(first_line).unwrap_or_default(),
        ]);
    }
    output.data(&table.render(output.stdout().color))?;
    output.hint("`nil executions show ID` shows all attempts, `nil dead-letters requeue ID` runs one again");
    Ok(())
}
