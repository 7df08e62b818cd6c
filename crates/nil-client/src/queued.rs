//! Executions that run later: accepting, waiting, calling off, and those that were given up.

use std::time::{Duration, Instant};

use nil_api::{CallbackSecret, DeadExecution, ExecuteRequest, ExecutionAccepted, ExecutionDetail};
use nil_core::{ExecutionId, FunctionRef};
use reqwest::{Method, StatusCode};

use crate::{client::Client, error::ClientError};

/// The longest a server holds on to one request.
const HOLD: Duration = Duration::from_secs(20);

/// What calling an execution off has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CalledOff {
    /// It had not started, and never will.
    Waiting,
    /// It runs, and is interrupted within some milliseconds.
    Running,
}

impl Client {
    /// `POST /functions/{id}/execute` with `Prefer: respond-async`: returns when the execution is accepted.
    ///
    /// # Errors
    /// [`ClientError`]; `not-found`, `function-not-ready`, `invalid-value` for a delay, attempts or a callback that
    /// cannot be had.
    pub async fn execute_later(
        &self,
        function: &FunctionRef,
        request: &ExecuteRequest<'_>,
    ) -> Result<ExecutionAccepted, ClientError> {
        let call = self.call(Method::POST, &["functions", &function.to_string(), "execute"]);
        self.fetch(call.json(request).header("prefer", "respond-async")).await
    }

    /// Waits until an execution is over; `None` when it is not after `patience`.
    ///
    /// # Errors
    /// [`ClientError`]; `not-found` when there is none.
    pub async fn wait_until_over(
        &self,
        id: ExecutionId,
        patience: Option<Duration>,
    ) -> Result<Option<ExecutionDetail>, ClientError> {
        let started = Instant::now();
        loop {
            let left = patience.map_or(HOLD, |patience| patience.saturating_sub(started.elapsed()));
            let hold = HOLD.min(left);
            let call = self.call(Method::GET, &["executions", &id.to_string()]);
            let execution: ExecutionDetail = self.fetch(call.query("waitMs", hold.as_millis()).patience(hold)).await?;
            if execution.status.is_terminal() {
                return Ok(Some(execution));
            }
            if left.is_zero() {
                return Ok(None);
            }
            // The server has waited already; this is for one that does not.
            tokio::time::sleep(Duration::from_millis(50).min(left)).await;
        }
    }

    /// `DELETE /executions/{id}`: calls an execution off.
    ///
    /// # Errors
    /// [`ClientError`]; `not-found` when there is none, `execution-over` when it is too late.
    pub async fn cancel(&self, id: ExecutionId) -> Result<CalledOff, ClientError> {
        let call = self.call(Method::DELETE, &["executions", &id.to_string()]);
        Ok(match self.fetch_status(call).await? {
            StatusCode::ACCEPTED => CalledOff::Running,
            _ => CalledOff::Waiting,
        })
    }

    /// `GET /dead-letters`: executions that failed for good, newest first; of one function or of all.
    ///
    /// # Errors
    /// [`ClientError`]; `not-found` when there is no such function.
    pub async fn dead_executions(
        &self,
        function: Option<&FunctionRef>,
        limit: u32,
    ) -> Result<Vec<DeadExecution>, ClientError> {
        let mut call = self.call(Method::GET, &["dead-letters"]).query("limit", limit);
        if let Some(function) = function {
            call = call.query("function", function);
        }
        self.fetch(call).await
    }

    /// `POST /dead-letters/{id}/requeue`: runs an execution again under its id.
    ///
    /// # Errors
    /// [`ClientError`]; `not-found` when it is no dead letter.
    pub async fn requeue_execution(&self, id: ExecutionId) -> Result<(), ClientError> {
        // A body, because the server takes no POST without a JSON content type.
        let call = self.call(Method::POST, &["dead-letters", &id.to_string(), "requeue"]);
        self.fetch_status(call.json(&serde_json::Map::new())).await.map(drop)
    }

    /// `DELETE /dead-letters/{id}`: forgets a dead letter; the execution stays in the record.
    ///
    /// # Errors
    /// [`ClientError`]; `not-found` when it is no dead letter.
    pub async fn discard_execution(&self, id: ExecutionId) -> Result<(), ClientError> {
        self.fetch_status(self.call(Method::DELETE, &["dead-letters", &id.to_string()])).await.map(drop)
    }

    /// `POST /functions/{id}/callback-secret`: a new secret that the function's callbacks are signed with.
    ///
    /// # Errors
    /// [`ClientError`]; `not-found` when there is no such function.
    pub async fn make_callback_secret(&self, function: &FunctionRef) -> Result<CallbackSecret, ClientError> {
        let call = self.call(Method::POST, &["functions", &function.to_string(), "callback-secret"]);
        self.fetch(call.json(&serde_json::Map::new())).await
    }
}
