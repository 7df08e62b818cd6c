//! What functions wrote, and what was said while they were built.

use nil_api::{BuildLog, LogEntry};
use nil_core::{ExecutionId, FunctionRef};
use reqwest::Method;

use crate::{client::Client, error::ClientError, events::Frames};

/// Lines of a function as they are written.
#[derive(Debug)]
pub struct LogStream {
    frames: Frames,
}

/// What a stream of lines says next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Logged {
    /// A line.
    Line(LogEntry),
    /// Lines may have been missed.
    Missed,
}

impl LogStream {
    /// The next line; `None` when the server ended the stream, as it does when it stops.
    ///
    /// # Errors
    /// [`ClientError::Interrupted`] when the connection broke; open another stream behind the last line then.
    pub async fn next(&mut self) -> Result<Option<Logged>, ClientError> {
        while let Some(frame) = self.frames.next().await? {
            match frame.event.as_str() {
                "log" => return self.frames.read(&frame).map(|line| Some(Logged::Line(line))),
                "lagged" => return Ok(Some(Logged::Missed)),
                // Newer servers may tell more.
                _ => {}
            }
        }
        Ok(None)
    }
}

impl Client {
    /// `GET /functions/{id}/logs`: the newest `limit` lines, at most 1,000, newest first.
    ///
    /// # Errors
    /// [`ClientError`]; `not-found` when there is no such function.
    pub async fn logs(&self, function: &FunctionRef, limit: u32) -> Result<Vec<LogEntry>, ClientError> {
        self.fetch(self.call(Method::GET, &["functions", &function.to_string(), "logs"]).query("limit", limit)).await
    }

    /// `GET /functions/{id}/logs?follow=true`: the newest `limit` lines or, to go on, those behind an execution; then
    /// every line as it is written.
    ///
    /// # Errors
    /// [`ClientError`]; `not-found` when there is no such function.
    pub async fn follow_logs(
        &self,
        function: &FunctionRef,
        limit: u32,
        behind: Option<ExecutionId>,
    ) -> Result<LogStream, ClientError> {
        let mut call = self
            .call(Method::GET, &["functions", &function.to_string(), "logs"])
            .query("follow", true)
            .query("limit", limit);
        if let Some(last) = behind {
            call = call.header("last-event-id", last.to_string());
        }
        Ok(LogStream { frames: Frames::open(self, call).await? })
    }

    /// `GET /functions/{id}/versions/{number}/build-log`.
    ///
    /// # Errors
    /// [`ClientError`]; `not-found` when there is no such function or version.
    pub async fn build_log(&self, function: &FunctionRef, version: i32) -> Result<BuildLog, ClientError> {
        let number = version.to_string();
        self.fetch(self.call(Method::GET, &["functions", &function.to_string(), "versions", &number, "build-log"]))
            .await
    }
}
