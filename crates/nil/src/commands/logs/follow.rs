//! `nil logs -f`: lines as they are written, over broken connections.

use std::time::Duration;

use nil_api::LogEntry;
use nil_client::{Client, ClientError, LogStream, Logged};
use nil_core::{ExecutionId, LogLine};

use super::log_line;
use crate::{
    cli::LogsArgs,
    failure::Failure,
    output::{Output, Tone, moment},
};

/// Pause before a broken stream is opened again.
const PAUSE: Duration = Duration::from_secs(1);

/// Lines a server gives at once at the most.
const MOST_LINES: u32 = 1_000;

pub(super) async fn follow(args: &LogsArgs, client: &Client, output: &Output) -> Result<(), Failure> {
    let limit = args.limit.min(MOST_LINES);
    // The first time, what is wrong is said at once: a misspelt name would be waited for in vain.
    let mut stream = client.follow_logs(&args.function, limit, None).await?;
    let mut last = None;
    loop {
        match print(&mut stream, &mut last, output).await {
            Err(Broken::Output(failure)) => return Err(failure),
            Ok(()) => output.note("the server ended the stream; waiting for it"),
            Err(Broken::Stream(error)) => output.note(&format!("{error}; trying again")),
        }
        stream = loop {
            tokio::time::sleep(PAUSE).await;
            // Without a line there is no place to go on from; those of the meantime are the newest ones.
            match client.follow_logs(&args.function, limit, last).await {
                Ok(stream) => break stream,
                Err(error @ ClientError::Problem { .. })
                    if error.problem_kind() != Some(nil_api::ProblemKind::Unavailable) =>
                {
                    return Err(error.into());
                }
                Err(_) => {}
            }
        };
    }
}

enum Broken {
    Stream(ClientError),
    Output(Failure),
}

async fn print(stream: &mut LogStream, last: &mut Option<ExecutionId>, output: &Output) -> Result<(), Broken> {
    while let Some(logged) = stream.next().await.map_err(Broken::Stream)? {
        match logged {
            Logged::Line(line) => {
                // Executions that ran side by side may end in another order than they began.
                *last = (*last).max(Some(line.execution_id));
                let shown = if output.is_json() { output.json(&line) } else { output.line(&text(&line, output)) };
                shown.map_err(Broken::Output)?;
            }
            Logged::Missed => output.note("some lines may have been missed; `nil logs` without -f has them"),
        }
    }
    Ok(())
}

fn text(entry: &LogEntry, output: &Output) -> String {
    let color = output.stdout().color;
    let line = LogLine { at_us: 0, level: entry.level, stream: entry.stream, message: entry.text.clone() };
    let prefix = Tone::Dim.paint(&format!("{} {}", moment(entry.at), entry.execution_id), color);
    format!("{prefix} {}", log_line(&line, color))
}
