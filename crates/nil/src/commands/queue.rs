//! `nil queue`: what waits for a compiler, what was given up, and what to do with that.

use chrono::Utc;
use nil_api::QueueReport;
use nil_client::{Client, Requeued};
use nil_core::escape_control;
use serde_json::json;

use crate::{
    cli::{QueueAction, QueueArgs},
    failure::Failure,
    output::{Output, Table, ago, first_line, millis},
};

pub(super) async fn run(args: &QueueArgs, client: &Client, output: &Output) -> Result<(), Failure> {
    match args.action {
        None => show(&client.queue().await?, output),
        Some(QueueAction::Requeue { id }) => match client.requeue(id).await? {
            Requeued::Queued => done(id, "requeued", "is queued again", output),
            Requeued::Obsolete => done(id, "obsolete", "is removed: its version is gone or was built since", output),
        },
        Some(QueueAction::Discard { id }) => {
            client.discard(id).await?;
            done(id, "discarded", "is removed", output)
        }
    }
}

fn done(id: i64, result: &str, words: &str, output: &Output) -> Result<(), Failure> {
    output.note(&format!("dead letter {id} {words}"));
    if output.is_json() { output.json(&json!({ "id": id, "result": result })) } else { Ok(()) }
}

fn show(report: &QueueReport, output: &Output) -> Result<(), Failure> {
    if output.is_json() {
        return output.json(report);
    }
    let color = output.stdout().color;
    let backlog = &report.compilation;
    let oldest = backlog.oldest_ms.map(|ms| format!(", the oldest for {}", millis(ms))).unwrap_or_default();
    output.line(&format!("{} waiting, {} with a compiler{oldest}", backlog.queued, backlog.leased))?;
    if !backlog.functions.is_empty() {
        let mut table = Table::new(&["JOBS", "TRIES", "FUNCTION"]);
        for function in &backlog.functions {
            table.row([
                function.jobs.to_string(),
                function.attempts.to_string(),
                escape_control(&function.function_name),
            ]);
        }
        output.data(&format!("\n{}", table.render(color)))?;
    }
    if report.dead_letters.is_empty() {
        return Ok(());
    }
    let now = Utc::now();
    let mut table = Table::new(&["DEAD LETTER", "FUNCTION", "TRIES", "GIVEN UP", "LAST ERROR"]);
    for letter in &report.dead_letters {
        table.row([
            letter.id.to_string(),
            escape_control(&letter.function_name),
            letter.attempts.to_string(),
            ago(letter.parked_at, now),
            first_line(&letter.last_error),
        ]);
    }
    output.data(&format!("\n{}", table.render(color)))?;
    output.hint("`nil queue requeue ID` gives a dead letter its tries back, `nil queue discard ID` drops it");
    Ok(())
}
