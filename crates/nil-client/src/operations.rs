//! What an operator asks: the probes, the compilation queue and its dead letters.

use nil_api::{Health, QueueReport, Readiness};
use reqwest::{Method, StatusCode};

use crate::{client::Client, error::ClientError};

/// What became of a dead letter that was to be tried again. It is no dead letter any more either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Requeued {
    /// A compiler will take it.
    Queued,
    /// Its version is gone or no longer failed; there is nothing to compile.
    Obsolete,
}

impl Client {
    /// `GET /health`: the process answers.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn health(&self) -> Result<Health, ClientError> {
        self.fetch(self.call(Method::GET, &["health"])).await
    }

    /// `GET /ready`: what the server depends on. A server that is not ready is an answer (`status: DOWN`), no error.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn ready(&self) -> Result<Readiness, ClientError> {
        self.fetch_even_unavailable(self.call(Method::GET, &["ready"])).await
    }

    /// `GET /queue`: the backlog and the dead letters.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn queue(&self) -> Result<QueueReport, ClientError> {
        self.fetch(self.call(Method::GET, &["queue"])).await
    }

    /// `POST /queue/dead-letters/{id}/requeue`: gives a parked job its tries back, if its version still needs it.
    ///
    /// # Errors
    /// [`ClientError`]; `not-found` when there is none.
    pub async fn requeue(&self, dead_letter: i64) -> Result<Requeued, ClientError> {
        let id = dead_letter.to_string();
        // A body, because the server takes no POST without a JSON content type.
        let call = self.call(Method::POST, &["queue", "dead-letters", &id, "requeue"]).json(&serde_json::Map::new());
        match self.fetch_status(call).await? {
            StatusCode::NO_CONTENT => Ok(Requeued::Obsolete),
            _ => Ok(Requeued::Queued),
        }
    }

    /// `DELETE /queue/dead-letters/{id}`: drops a parked job.
    ///
    /// # Errors
    /// [`ClientError`]; `not-found` when there is none.
    pub async fn discard(&self, dead_letter: i64) -> Result<(), ClientError> {
        let id = dead_letter.to_string();
        self.fetch_status(self.call(Method::DELETE, &["queue", "dead-letters", &id])).await.map(drop)
    }
}
