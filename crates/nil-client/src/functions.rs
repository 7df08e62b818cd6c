//! `/functions`: store, read, change, remove, and wait for a build.

use std::time::{Duration, Instant};

use nil_api::{CreateFunction, FunctionCreated, FunctionDetail, FunctionSummary, UpdateFunction};
use nil_core::{FunctionRef, FunctionStatus};
use reqwest::Method;

use crate::{client::Client, error::ClientError};

/// How long one request may hold on for a build. Short, so that the caller can show `COMPILING` soon after it starts;
/// the server answers at once when the build ends, so a build is never seen later for it.
const HOLD: Duration = Duration::from_millis(1_000);

/// First and longest pause between requests to a server that answers at once instead of holding on.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(25), Duration::from_millis(500));

impl Client {
    /// `POST /functions`: stores a new function and queues its first build.
    ///
    /// # Errors
    /// [`ClientError`]; `name-taken` when a function of that name exists.
    pub async fn create(&self, function: &CreateFunction) -> Result<FunctionCreated, ClientError> {
        self.fetch(self.call(Method::POST, &["functions"]).json(function)).await
    }

    /// `GET /functions`: every function, oldest first.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn list(&self) -> Result<Vec<FunctionSummary>, ClientError> {
        self.fetch_list(&["functions"], usize::MAX, |function: &FunctionSummary| function.id.to_string()).await
    }

    /// `GET /functions/{id}`.
    ///
    /// # Errors
    /// [`ClientError`]; `not-found` when there is none.
    pub async fn get(&self, function: &FunctionRef) -> Result<FunctionDetail, ClientError> {
        self.fetch(self.call(Method::GET, &["functions", &function.to_string()])).await
    }

    /// `PUT /functions/{id}`: a changed source, language or settings make a new version and queue its build.
    ///
    /// # Errors
    /// [`ClientError`]; `not-found` when there is none.
    pub async fn update(&self, function: &FunctionRef, change: &UpdateFunction) -> Result<FunctionDetail, ClientError> {
        self.fetch(self.call(Method::PUT, &["functions", &function.to_string()]).json(change)).await
    }

    /// `DELETE /functions/{id}`: its versions and executions go with it.
    ///
    /// # Errors
    /// [`ClientError`]; `not-found` when there is none.
    pub async fn delete(&self, function: &FunctionRef) -> Result<(), ClientError> {
        self.fetch_status(self.call(Method::DELETE, &["functions", &function.to_string()])).await.map(drop)
    }

    /// Waits until the newest version is `READY` or `FAILED`, telling `on_status` each status it sees.
    ///
    /// # Errors
    /// [`ClientError::NotBuilt`] after `patience`; whatever a request fails with before that.
    pub async fn wait_until_built(
        &self,
        function: &FunctionRef,
        patience: Duration,
        mut on_status: impl FnMut(FunctionStatus),
    ) -> Result<FunctionDetail, ClientError> {
        let started = Instant::now();
        let mut pause = BACKOFF.0;
        loop {
            let asked = Instant::now();
            let hold = HOLD.min(patience.saturating_sub(started.elapsed()));
            let call = self
                .call(Method::GET, &["functions", &function.to_string()])
                .query("waitMs", hold.as_millis())
                .patience(hold);
            let detail: FunctionDetail = self.fetch(call).await?;
            on_status(detail.status);
            if detail.status.is_terminal() {
                return Ok(detail);
            }
            if started.elapsed() >= patience {
                return Err(ClientError::NotBuilt { function: function.to_string(), waited: patience });
            }
            if asked.elapsed() < hold / 2 {
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(BACKOFF.1);
            }
        }
    }
}
