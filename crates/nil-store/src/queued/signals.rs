//! What runners and waiters tell each other: something was queued, is called off, or is over.

use std::time::Duration;

use nil_core::ExecutionId;
use sqlx::{PgConnection, postgres::PgListener};
use uuid::Uuid;

use crate::{error::StoreError, store::Store};

/// Ids in one notification: 32 characters each and a separator, of at most 8,000 bytes.
const IDS: usize = 200;

/// What was heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum QueueSignal {
    /// There is something new to run or to wait for.
    Queued,
    /// This execution is to be interrupted by whoever runs it.
    Cancel(ExecutionId),
    /// These are over.
    Ended(Vec<ExecutionId>),
    /// Signals may have been missed: look at everything.
    Everything,
}

/// Listens for all of it over one connection.
#[derive(Debug)]
pub struct QueueSignals {
    store: Store,
    listener: Option<PgListener>,
}

impl Store {
    /// Starts to listen.
    #[must_use]
    pub fn queue_signals(&self) -> QueueSignals {
        QueueSignals { store: self.clone(), listener: None }
    }
}

impl QueueSignals {
    /// The next signal. Never fails: while the database is away it yields [`QueueSignal::Everything`] from time to
    /// time, so that whoever listens polls slowly.
    pub async fn next(&mut self) -> QueueSignal {
        let Some(listener) = &mut self.listener else {
            match self.store.listen_to(&["nil_queue", "nil_cancel", "nil_ended"]).await {
                Ok(listener) => self.listener = Some(listener),
                Err(error) => {
                    tracing::debug!(%error, "cannot listen to the execution queue; polling instead");
                    tokio::time::sleep(Duration::from_millis(500)).await;
                }
            }
            return QueueSignal::Everything;
        };
        match listener.try_recv().await {
            Ok(Some(heard)) => read(heard.channel(), heard.payload()),
            Ok(None) | Err(_) => {
                self.listener = None;
                QueueSignal::Everything
            }
        }
    }
}

fn read(channel: &str, payload: &str) -> QueueSignal {
    match channel {
        "nil_queue" => QueueSignal::Queued,
        "nil_cancel" => payload.parse().map_or(QueueSignal::Everything, QueueSignal::Cancel),
        _ => {
            QueueSignal::Ended(payload.split(' ').filter_map(|id| Uuid::try_parse(id).ok()).map(ExecutionId).collect())
        }
    }
}

/// Tells every server, when the transaction commits, that these are over.
pub(super) async fn announce_ended(connection: &mut PgConnection, ids: &[ExecutionId]) -> Result<(), StoreError> {
    for some in ids.chunks(IDS) {
        let payload: Vec<String> = some.iter().map(|id| id.0.as_simple().to_string()).collect();
        sqlx::query!("SELECT pg_notify('nil_ended', $1)", payload.join(" ")).fetch_one(&mut *connection).await?;
    }
    Ok(())
}

/// Wakes runners for what is ready again; belongs into the transaction that makes it so.
pub(super) async fn announce_queued(connection: &mut PgConnection) -> Result<(), StoreError> {
    sqlx::query!("SELECT pg_notify('nil_queue', '')").fetch_one(connection).await?;
    Ok(())
}
