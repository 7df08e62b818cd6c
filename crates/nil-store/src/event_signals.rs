//! What servers tell each other about executions while somebody listens: best effort, in batches, and nothing at all
//! while nobody does.

use std::time::Duration;

use chrono::{DateTime, Utc};
use nil_core::{ExecutionId, ExecutionMode, ExecutionStatus, FunctionId, FunctionName};
use serde::{Deserialize, Serialize};
use sqlx::postgres::PgListener;
use uuid::Uuid;

use crate::{error::StoreError, rows, store::Store};

/// Bytes of a notification that is sent: PostgreSQL takes fewer than 8,000.
const PAYLOAD_BYTES: usize = 7_800;

/// A change of an execution's state, as servers tell each other. Names are short: notifications are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExecutionNews {
    /// The execution.
    #[serde(rename = "i")]
    pub id: ExecutionId,
    /// The function.
    #[serde(rename = "f")]
    pub function_id: FunctionId,
    /// Its state now.
    #[serde(rename = "s")]
    pub status: ExecutionStatus,
    /// What caused it.
    #[serde(rename = "m")]
    pub mode: ExecutionMode,
    /// The version's number.
    #[serde(rename = "v")]
    pub version: i32,
    /// From start to end, in microseconds, when it is over.
    #[serde(rename = "d", default, skip_serializing_if = "Option::is_none")]
    pub duration_us: Option<u64>,
    /// Kind of failure.
    #[serde(rename = "e", default, skip_serializing_if = "Option::is_none")]
    pub error_kind: Option<String>,
    /// When it changed.
    #[serde(rename = "t")]
    pub at: DateTime<Utc>,
    /// Whether its record holds lines it wrote.
    #[serde(rename = "l", default, skip_serializing_if = "std::ops::Not::not")]
    pub has_logs: bool,
}

/// What was heard of other servers.
#[derive(Debug, Clone)]
pub enum EventSignal {
    /// Somebody listens at a server.
    Wanted {
        /// Which.
        server: Uuid,
    },
    /// What happened there.
    News {
        /// Where.
        server: Uuid,
        /// What.
        news: Vec<ExecutionNews>,
        /// How much more than can be told.
        missed: u64,
    },
    /// Signals may have been missed.
    Everything,
}

#[derive(Serialize, Deserialize)]
struct Payload<'a> {
    #[serde(rename = "s")]
    server: Uuid,
    #[serde(rename = "n", borrow)]
    news: Vec<&'a serde_json::value::RawValue>,
    #[serde(rename = "m", default)]
    missed: u64,
}

/// Listens to other servers.
#[derive(Debug)]
pub struct EventSignals {
    store: Store,
    listener: Option<PgListener>,
}

impl EventSignals {
    /// The next signal. Never fails: after a lost connection, and from time to time while the database is away, it
    /// yields [`EventSignal::Everything`].
    pub async fn next(&mut self) -> EventSignal {
        let Some(listener) = &mut self.listener else {
            match self.store.listen_to(&["nil_events", "nil_events_wanted"]).await {
                Ok(listener) => self.listener = Some(listener),
                Err(error) => {
                    tracing::debug!(%error, "cannot listen to the events of other servers; trying again");
                    tokio::time::sleep(Duration::from_millis(500)).await;
                }
            }
            return EventSignal::Everything;
        };
        match listener.try_recv().await {
            Ok(Some(heard)) => read(heard.channel(), heard.payload()).unwrap_or(EventSignal::Everything),
            Ok(None) | Err(_) => {
                self.listener = None;
                EventSignal::Everything
            }
        }
    }
}

fn read(channel: &str, payload: &str) -> Option<EventSignal> {
    if channel == "nil_events_wanted" {
        return Some(EventSignal::Wanted { server: payload.parse().ok()? });
    }
    let Payload { server, news, missed } = serde_json::from_str(payload).ok()?;
    let news = news.into_iter().filter_map(|news| serde_json::from_str(news.get()).ok()).collect();
    Some(EventSignal::News { server, news, missed })
}

/// As few notifications as hold all of it.
fn payloads(server: Uuid, news: &[ExecutionNews], missed: u64) -> Result<Vec<String>, StoreError> {
    let unreadable = |error: serde_json::Error| StoreError::Unreadable { what: "events", reason: error.to_string() };
    let texts = news.iter().map(serde_json::value::to_raw_value).collect::<Result<Vec<_>, _>>().map_err(unreadable)?;
    let mut payloads = Vec::new();
    let mut rest = texts.as_slice();
    let mut missed = missed;
    while !rest.is_empty() || missed > 0 {
        let mut bytes = 128;
        let fitting = rest.iter().take_while(|text| {
            bytes += text.get().len() + 1;
            bytes <= PAYLOAD_BYTES
        });
        let (some, others) = rest.split_at(fitting.count().max(1).min(rest.len()));
        rest = others;
        let payload = Payload { server, news: some.iter().map(AsRef::as_ref).collect(), missed };
        payloads.push(serde_json::to_string(&payload).map_err(unreadable)?);
        missed = 0;
    }
    Ok(payloads)
}

impl Store {
    /// Starts to listen to other servers.
    #[must_use]
    pub fn event_signals(&self) -> EventSignals {
        EventSignals { store: self.clone(), listener: None }
    }

    /// Tells every server that somebody listens at this one.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn want_events(&self, server: Uuid) -> Result<(), StoreError> {
        sqlx::query!("SELECT pg_notify('nil_events_wanted', $1)", server.to_string()).fetch_one(&self.pool).await?;
        Ok(())
    }

    /// Tells every server what happened at this one, and how much more did.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn tell_events(&self, server: Uuid, news: &[ExecutionNews], missed: u64) -> Result<(), StoreError> {
        let payloads = payloads(server, news, missed)?;
        sqlx::query!("SELECT pg_notify('nil_events', payload) FROM UNNEST($1::text[]) AS payload", &payloads)
            .fetch_all(&self.pool)
            .await?;
        Ok(())
    }

    /// What these functions are called; those that are gone are left out.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn function_names(&self, ids: &[FunctionId]) -> Result<Vec<(FunctionId, FunctionName)>, StoreError> {
        let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
        let rows =
            sqlx::query!("SELECT id, name FROM functions WHERE id = ANY($1)", &ids).fetch_all(&self.pool).await?;
        rows.into_iter().map(|row| Ok((FunctionId(row.id), rows::name(&row.name)?))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn news() -> ExecutionNews {
        ExecutionNews {
            id: ExecutionId::generate(),
            function_id: FunctionId::generate(),
            status: ExecutionStatus::Failed,
            mode: ExecutionMode::Async,
            version: 3,
            duration_us: Some(12),
            error_kind: Some("trap".to_owned()),
            at: DateTime::from_timestamp(1_800_000_000, 0).expect("a time"),
            has_logs: true,
        }
    }

    #[test]
    fn everything_told_is_heard_and_no_notification_is_too_long() {
        let (server, told) = (Uuid::now_v7(), (0..200).map(|_| news()).collect::<Vec<_>>());
        let payloads = payloads(server, &told, 7).expect("payloads");
        assert!(payloads.len() > 1 && payloads.iter().all(|payload| payload.len() < 8_000));
        let (mut heard, mut counted) = (Vec::new(), 0);
        for payload in &payloads {
            let Some(EventSignal::News { server: from, news, missed }) = read("nil_events", payload) else {
                panic!("not news: {payload}");
            };
            assert_eq!(from, server);
            heard.extend(news);
            counted += missed;
        }
        assert_eq!((heard, counted), (told, 7));
    }
}
