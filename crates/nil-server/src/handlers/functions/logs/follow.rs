//! Lines as they are written: the newest ones first of all, then those of every execution that ends.
//!
//! Events say which executions ended and whether they wrote something; the lines are read from the record. So a
//! server hears of executions of others, and a flood of lines goes through no notification.

use std::collections::{HashSet, VecDeque};

use axum::response::{Response, sse::Event};
use futures_util::stream;
use nil_api::{LaggedEvent, LogEntry};
use nil_core::{ExecutionId, FunctionId};
use nil_store::LogRange;

use super::list::{entries, newest_lines};
use crate::{
    app::App,
    events::{Heard, Subscription},
    http::{ApiError, sse_event, sse_response},
};

/// Executions whose lines are read at once.
const READ_AT_ONCE: usize = 50;

/// Executions looked at when a stream goes on where another broke.
const RESUMED: i64 = 200;

struct Follow {
    app: App,
    function: FunctionId,
    subscription: Subscription,
    /// To be told next.
    ready: VecDeque<Event>,
    /// Told before the first event was looked at; they may be announced again.
    told: HashSet<ExecutionId>,
}

pub(super) async fn follow(
    app: App,
    function: FunctionId,
    limit: usize,
    behind: Option<ExecutionId>,
) -> Result<Response, ApiError> {
    // Before the lines that are there are read, so that none falls in between.
    let subscription = app.events().subscribe()?;
    let lines = match behind {
        Some(last) => {
            let range = LogRange { newer_than: Some(last), up_to: None, limit: RESUMED };
            let executions = app.store().logged_executions(function, range).await?;
            executions.iter().rev().flat_map(entries).collect()
        }
        None => {
            let (mut lines, _) = newest_lines(&app, function, limit, None).await?;
            lines.reverse();
            lines
        }
    };
    let told = lines.iter().map(|line: &LogEntry| line.execution_id).collect();
    let ready = lines.iter().map(log_event).collect();
    let follow = Follow { app, function, subscription, ready, told };
    Ok(sse_response(stream::unfold(follow, next)))
}

fn log_event(line: &LogEntry) -> Event {
    sse_event("log", line).id(line.execution_id.to_string())
}

async fn next(mut follow: Follow) -> Option<(Event, Follow)> {
    loop {
        if let Some(event) = follow.ready.pop_front() {
            return Some((event, follow));
        }
        let first = follow.subscription.next().await?;
        let mut ended = Vec::new();
        let mut missed = follow.take(first, &mut ended);
        // What has come in the meantime shares one look at the record.
        while missed.is_none() && ended.len() < READ_AT_ONCE {
            let Some(heard) = follow.subscription.next_now() else { break };
            missed = follow.take(heard, &mut ended);
        }
        if !ended.is_empty() {
            match follow.app.store().logs_of(&ended).await {
                Ok(executions) => {
                    follow.ready.extend(executions.iter().flat_map(entries).map(|line| log_event(&line)));
                    // In a rush records are set aside and become rows later.
                    if executions.len() < ended.len() {
                        missed = Some(missed.unwrap_or(0) + (ended.len() - executions.len()) as u64);
                    }
                }
                Err(error) => {
                    tracing::debug!(%error, "could not read logs that are followed");
                    missed = Some(missed.unwrap_or(0) + ended.len() as u64);
                }
            }
        }
        follow.ready.extend(missed.map(|missed| sse_event("lagged", &LaggedEvent { missed })));
    }
}

impl Follow {
    /// Notes an execution whose lines are to be told; or how many events were missed.
    fn take(&mut self, heard: Heard, ended: &mut Vec<ExecutionId>) -> Option<u64> {
        match heard {
            Heard::Execution { event, has_logs: true } if event.function_id == self.function => {
                if !self.told.remove(&event.execution_id) {
                    ended.push(event.execution_id);
                }
                None
            }
            Heard::Lagged(missed) => Some(missed),
            Heard::Execution { .. } | Heard::Function(_) => None,
        }
    }
}
