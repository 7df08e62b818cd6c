//! Wake-ups between processes: LISTEN/NOTIFY where it works, a slow poll where it does not.

use std::{str::FromStr, time::Duration};

use nil_core::FunctionId;
use sqlx::{PgConnection, postgres::PgListener};

use crate::{error::StoreError, store::Store};

/// What a server hears about functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// This function changed: built, updated or deleted.
    Function(FunctionId),
    /// What this function is configured with changed; the function did not.
    Configuration(FunctionId),
    /// Notifications may have been missed; treat everything as changed.
    Everything,
}

/// Tells every server, when the transaction commits, that a function changed.
pub(crate) async fn announce(connection: &mut PgConnection, function: FunctionId) -> Result<(), StoreError> {
    sqlx::query!("SELECT pg_notify('nil_functions', $1)", function.to_string()).fetch_one(connection).await?;
    Ok(())
}

/// Listens for changes of functions.
#[derive(Debug)]
pub struct ChangeListener {
    listener: PgListener,
}

impl ChangeListener {
    /// The next change. After a lost connection it reconnects by itself and yields [`Change::Everything`].
    ///
    /// # Errors
    /// When the database stays away; open a new listener later.
    pub async fn next(&mut self) -> Result<Change, StoreError> {
        // `None` says that the connection was lost and is back: whatever was sent in between is gone.
        Ok(match self.listener.try_recv().await? {
            Some(notification) => match notification.payload().strip_prefix("configuration:") {
                Some(id) => FunctionId::from_str(id).map_or(Change::Everything, Change::Configuration),
                None => FunctionId::from_str(notification.payload()).map_or(Change::Everything, Change::Function),
            },
            None => Change::Everything,
        })
    }
}

/// Wakes a queue loop when something was enqueued, or after a while anyway.
#[derive(Debug)]
pub struct Wakeups {
    store: Store,
    channel: &'static str,
    listener: Option<PgListener>,
}

impl Wakeups {
    /// Returns when something was enqueued since the last call, or after `at_most`. Never fails: without a
    /// connection it is a plain sleep, so the loop above becomes a slow poll until the database is back.
    pub async fn wait(&mut self, at_most: Duration) {
        if self.listener.is_none() {
            match self.store.listen(self.channel).await {
                // Whatever was enqueued before listening began has not been seen: look once more at once.
                Ok(listener) => {
                    self.listener = Some(listener);
                    return;
                }
                Err(error) => tracing::debug!(channel = self.channel, %error, "cannot listen; polling instead"),
            }
        }
        let Some(listener) = &mut self.listener else {
            // Half a second: long enough to leave a struggling database alone, short enough to heal quickly.
            tokio::time::sleep(at_most.min(Duration::from_millis(500))).await;
            return;
        };
        if let Ok(Err(_)) | Ok(Ok(None)) = tokio::time::timeout(at_most, listener.try_recv()).await {
            self.listener = None;
        }
    }
}

impl Store {
    /// Starts to listen for changes of functions.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn listen_for_changes(&self) -> Result<ChangeListener, StoreError> {
        Ok(ChangeListener { listener: self.listen("nil_functions").await? })
    }

    /// Wake-ups for compilation jobs.
    #[must_use]
    pub fn job_wakeups(&self) -> Wakeups {
        Wakeups { store: self.clone(), channel: "nil_jobs", listener: None }
    }

    /// Wake-ups for compilation reports.
    #[must_use]
    pub fn report_wakeups(&self) -> Wakeups {
        Wakeups { store: self.clone(), channel: "nil_results", listener: None }
    }

    /// Wake-ups for changed schedules.
    #[must_use]
    pub fn schedule_wakeups(&self) -> Wakeups {
        Wakeups { store: self.clone(), channel: "nil_schedules", listener: None }
    }

    async fn listen(&self, channel: &str) -> Result<PgListener, StoreError> {
        self.listen_to(&[channel]).await
    }

    pub(crate) async fn listen_to(&self, channels: &[&str]) -> Result<PgListener, StoreError> {
        let mut listener = PgListener::connect_with(&self.pool).await?;
        // The listener holds its connection for good; the pool's life-time limit must not cut it.
        listener.ignore_pool_close_event(false);
        listener.listen_all(channels.iter().copied()).await?;
        Ok(listener)
    }
}
