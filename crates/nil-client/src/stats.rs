//! Figures of executions, depths of queues, and what the installation consists of.

use chrono::{DateTime, SecondsFormat, Utc};
use nil_api::{FunctionStats, QueueHistory, Stats, SystemReport};
use nil_core::FunctionRef;
use reqwest::Method;

use crate::{
    client::{Call, Client},
    error::ClientError,
};

/// Which time, and in what steps; `None` leaves it to the server.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StatsQuery {
    /// Executions accepted, or queues looked at, at this time or later.
    pub from: Option<DateTime<Utc>>,
    /// The same before this time.
    pub to: Option<DateTime<Utc>>,
    /// Length of a step, in milliseconds.
    pub bucket_ms: Option<u64>,
}

impl StatsQuery {
    fn put_into(self, mut call: Call) -> Call {
        for (name, time) in [("from", self.from), ("to", self.to)] {
            if let Some(time) = time {
                call = call.query(name, time.to_rfc3339_opts(SecondsFormat::Micros, true));
            }
        }
        match self.bucket_ms {
            Some(length) => call.query("bucketMs", length),
            None => call,
        }
    }
}

impl Client {
    /// `GET /functions/{id}/stats`.
    ///
    /// # Errors
    /// [`ClientError`]; `not-found` when there is no such function.
    pub async fn function_stats(
        &self,
        function: &FunctionRef,
        query: StatsQuery,
    ) -> Result<FunctionStats, ClientError> {
        self.fetch(query.put_into(self.call(Method::GET, &["functions", &function.to_string(), "stats"]))).await
    }

    /// `GET /stats`: the functions with the most executions.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn stats(&self, query: StatsQuery) -> Result<Stats, ClientError> {
        self.fetch(query.put_into(self.call(Method::GET, &["stats"]))).await
    }

    /// `GET /queue/history`: how deep the queues were.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn queue_history(&self, query: StatsQuery) -> Result<QueueHistory, ClientError> {
        self.fetch(query.put_into(self.call(Method::GET, &["queue", "history"]))).await
    }

    /// `GET /system`.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn system(&self) -> Result<SystemReport, ClientError> {
        self.fetch(self.call(Method::GET, &["system"])).await
    }
}
