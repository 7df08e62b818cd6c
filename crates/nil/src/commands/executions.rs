//! `nil executions`: what ran, and one run in full.

use chrono::Utc;
use nil_api::{ExecutionDetail, ExecutionSummary};
use nil_client::Client;
use nil_core::{ExecutionId, FunctionRef};

use super::logs::log_line;
use crate::{
    cli::{ExecutionsAction, ExecutionsArgs},
    failure::Failure,
    output::{Output, Table, Tone, ago, bytes, escape_lines, fields, first_line, micros, moment},
};

pub(super) async fn run(args: &ExecutionsArgs, client: &Client, output: &Output) -> Result<(), Failure> {
    match (&args.action, &args.function) {
        (Some(ExecutionsAction::Show { id }), _) => show(*id, client, output).await,
        (None, Some(function)) => list(function, args.limit, client, output).await,
        (None, None) => Err(Failure::usage("no function was named", "nil executions NAME")),
    }
}

async fn list(function: &FunctionRef, limit: u32, client: &Client, output: &Output) -> Result<(), Failure> {
    let executions = client.executions(function, limit).await?;
    if output.is_json() {
        return output.json(&executions);
    }
    if executions.is_empty() {
        output.note(&format!("`{function}` was never executed"));
        return Ok(());
    }
    let now = Utc::now();
    let mut table = Table::new(&["ID", "STATUS", "VERSION", "STARTED", "DURATION", "ERROR"]);
    for execution in executions {
        let ExecutionSummary { id, status, version, duration_us, error_message, started_at, .. } = execution;
        table.row([
            id.to_string(),
            status.to_string(),
            format!("v{version}"),
            started_at.map_or_else(|| "-".to_owned(), |time| ago(time, now)),
            duration_us.map_or_else(|| "-".to_owned(), |us| micros(us.unsigned_abs())),
            error_message.as_deref().map(first_line).unwrap_or_default(),
        ]);
    }
    output.data(&table.render(output.stdout().color))
}

async fn show(id: ExecutionId, client: &Client, output: &Output) -> Result<(), Failure> {
    let execution = client.execution(id).await?;
    if output.is_json() {
        return output.json(&execution);
    }
    let color = output.stdout().color;
    output.data(&fields(&facts(&execution), color))?;
    for (title, json) in [("input", &execution.input), ("output", &execution.output)] {
        if let Some(json) = json {
            output.line(&format!("\n{}", Tone::Strong.paint(title, color)))?;
            output.json_text(json.get())?;
        }
    }
    if !execution.logs.is_empty() {
        output.line(&format!("\n{}", Tone::Strong.paint("logs", color)))?;
        for line in &execution.logs {
            output.line(&log_line(line, color))?;
        }
    }
    Ok(())
}

fn facts(execution: &ExecutionDetail) -> Vec<(&'static str, String)> {
    let receipt = &execution.receipt;
    let started = execution.started_at.map(|time| format!("{} ({})", moment(time), ago(time, Utc::now())));
    let mut facts = vec![
        ("id", execution.id.to_string()),
        ("function", execution.function_id.to_string()),
        ("version", format!("v{}", execution.version)),
        ("status", execution.status.to_string()),
    ];
    facts.extend(execution.error_message.as_deref().map(|message| ("error", escape_lines(message))));
    facts.extend(execution.error_kind.as_deref().map(|kind| ("kind", escape_lines(kind))));
    facts.extend(started.map(|started| ("started", started)));
    facts.extend([
        ("duration", format!("{}{}", micros(receipt.duration_us), if receipt.cold { ", cold" } else { "" })),
        ("CPU", micros(receipt.cpu_us)),
        ("memory", bytes(receipt.peak_memory_bytes)),
        ("sizes", format!("{} in, {} out", bytes(receipt.input_bytes), bytes(receipt.output_bytes))),
    ]);
    if receipt.log_bytes_dropped > 0 {
        facts.push(("logs cut", bytes(receipt.log_bytes_dropped)));
    }
    facts
}
