//! Running a function and reading what ran. Inputs and outputs pass through as the JSON text they are.

use std::time::Duration;

use nil_api::{ExecuteRequest, ExecutionDetail, ExecutionResult, ExecutionSummary};
use nil_core::{CallTarget, ExecutionId, FunctionRef, OperatorMaxima};
use reqwest::Method;
use serde_json::value::RawValue;

use crate::{client::Client, error::ClientError};

impl Client {
    /// `POST /functions/{id}/execute`. A function that fails is an answer (`status: FAILED`), not an error.
    ///
    /// # Errors
    /// [`ClientError`]; `not-found`, `function-not-ready`, `invalid-request` for an input that is no JSON object.
    pub async fn execute(&self, target: &CallTarget, input: Option<&RawValue>) -> Result<ExecutionResult, ClientError> {
        let longest_run = Duration::from_millis(OperatorMaxima::default().timeout_ms);
        let call = self
            .call(Method::POST, &["functions", &target.to_string(), "execute"])
            .json(&ExecuteRequest { input, ..ExecuteRequest::default() })
            .patience(longest_run);
        self.fetch(call).await
    }

    /// `GET /functions/{id}/executions`: the newest `limit` of them, newest first.
    ///
    /// # Errors
    /// [`ClientError`]; `not-found` when there is no such function.
    pub async fn executions(&self, function: &FunctionRef, limit: u32) -> Result<Vec<ExecutionSummary>, ClientError> {
        let most = usize::try_from(limit).unwrap_or(usize::MAX);
        let id = |execution: &ExecutionSummary| execution.id.to_string();
        self.fetch_list(&["functions", &function.to_string(), "executions"], most, id).await
    }

    /// `GET /executions/{id}`.
    ///
    /// # Errors
    /// [`ClientError`]; `not-found` when there is none.
    pub async fn execution(&self, id: ExecutionId) -> Result<ExecutionDetail, ClientError> {
        self.fetch(self.call(Method::GET, &["executions", &id.to_string()])).await
    }
}
