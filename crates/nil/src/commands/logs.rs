//! `nil logs`: what the newest executions wrote, oldest first, as a log file would have it; with `-f` as it is written.

mod follow;

use nil_api::ExecutionDetail;
use nil_client::{Client, ClientError};
use nil_core::{LogLevel, LogLine, escape_control};

use crate::{
    cli::LogsArgs,
    failure::Failure,
    output::{Output, Tone, bytes, first_line, moment},
};

pub(super) async fn run(args: &LogsArgs, client: &Client, output: &Output) -> Result<(), Failure> {
    if args.follow {
        return follow::follow(args, client, output).await;
    }
    if args.build {
        return build(args, client, output).await;
    }
    let mut details = Vec::new();
    for execution in client.executions(&args.function, args.limit).await?.into_iter().rev() {
        match client.execution(execution.id).await {
            Ok(detail) => details.push(detail),
            // Removed between the list and now.
            Err(error) if error.problem_kind() == Some(nil_api::ProblemKind::NotFound) => {}
            Err(error) => return Err(ClientError::into(error)),
        }
    }
    if output.is_json() {
        return output.json(&details);
    }
    let mut lines = 0;
    for detail in &details {
        for line in execution_lines(detail, output.stdout().color) {
            output.line(&line)?;
            lines += 1;
        }
    }
    match (lines, details.len()) {
        (0, 0) => output.note(&format!("`{}` was never executed", args.function)),
        (0, executions) => {
            output.note(&format!("the newest executions of `{}` wrote nothing ({executions})", args.function))
        }
        _ => {}
    }
    Ok(())
}

/// What was said while the newest version was built.
async fn build(args: &LogsArgs, client: &Client, output: &Output) -> Result<(), Failure> {
    let version = client.get(&args.function).await?.version;
    let log = client.build_log(&args.function, version).await?;
    if output.is_json() {
        return output.json(&log);
    }
    let color = output.stdout().color;
    for line in &log.lines {
        let time = Tone::Dim.paint(&format!("{} v{version}", moment(line.at)), color);
        output.line(&format!("{time} {:8}  {}", line.stream.as_str(), escape_control(&line.text)))?;
    }
    Ok(())
}

/// `time execution level message`, and why it failed if it did.
fn execution_lines(execution: &ExecutionDetail, color: bool) -> Vec<String> {
    let started = execution.started_at.unwrap_or(execution.created_at);
    let prefix = |at_us: u64| {
        let at = i64::try_from(at_us).map_or(started, |us| started + chrono::TimeDelta::microseconds(us));
        Tone::Dim.paint(&format!("{} {}", moment(at), execution.id), color)
    };
    let mut lines: Vec<_> =
        execution.logs.iter().map(|line| format!("{} {}", prefix(line.at_us), log_line(line, color))).collect();
    let end = prefix(execution.receipt.duration_us);
    if execution.receipt.log_bytes_dropped > 0 {
        lines.push(format!("{end} … {} more were cut off", bytes(execution.receipt.log_bytes_dropped)));
    }
    if let Some(message) = &execution.error_message {
        lines.push(format!("{end} {}  {}", Tone::Bad.paint("failed", color), first_line(message)));
    }
    lines
}

/// `level message`, padded so that messages line up.
pub(super) fn log_line(line: &LogLine, color: bool) -> String {
    let (level, tone) = match line.level {
        LogLevel::Debug => ("debug ", Some(Tone::Dim)),
        LogLevel::Info => ("info  ", None),
        LogLevel::Log => ("log   ", None),
        LogLevel::Warn => ("warn  ", Some(Tone::Warning)),
        LogLevel::Error => ("error ", Some(Tone::Bad)),
    };
    let level = tone.map_or_else(|| level.to_owned(), |tone| tone.paint(level, color));
    format!("{level}  {}", escape_control(&line.message))
}
