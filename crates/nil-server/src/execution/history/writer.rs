//! Writes what has arrived.
//!
//! There is no timer: a batch is whatever arrived while the batch before it was being committed.

use std::{
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use nil_store::{ExecutionRecord, HistoryConnection, Store, StoreError};
use tokio::sync::mpsc;
use uuid::Uuid;

use super::{
    Committed, HistoryHealth, Item,
    rush::{RUSH_BATCH, Rush, WINDOW, gather},
};

/// Records in one statement at the most.
const BATCH: usize = 1_000;

/// Payload bytes in one statement, roughly: one message to PostgreSQL may not pass 1 GiB.
const BATCH_BYTES: usize = 32 << 20;

/// How long a record waits for the database before its caller is told.
const PATIENCE: Duration = Duration::from_secs(5);

pub(super) struct Writer {
    store: Store,
    connection: Option<HistoryConnection>,
    health: Arc<HistoryHealth>,
    committed: Committed,
    rush: Rush,
}

/// How records go in.
#[derive(Debug, Clone, Copy)]
enum Form {
    /// A row each.
    Rows,
    /// Many in one row, to be expanded later.
    Aside,
}

/// What is tried.
#[derive(Debug, Clone, Copy)]
enum Attempt {
    First,
    /// Some may be there: the answer to an earlier commit was lost.
    Again,
    /// The id makes trying again harmless.
    Aside(Uuid),
}

impl Writer {
    pub(super) fn new(store: Store, health: Arc<HistoryHealth>, committed: Committed) -> Self {
        Self { store, connection: None, health, committed, rush: Rush::default() }
    }

    /// Writes until nobody can hand over records any more and all are written or given up.
    pub(super) async fn run(mut self, mut items: mpsc::UnboundedReceiver<Item>) {
        let mut arrived = Vec::with_capacity(BATCH);
        while self.take(&mut items, &mut arrived).await {
            self.rush.note(arrived.len(), items.len(), Instant::now());
            self.health.rush.store(self.rush.is_on(), Ordering::Relaxed);
            let behind = if self.rush.is_on() {
                if arrived.iter().all(|item| item.done.is_none()) {
                    gather(&mut arrived, &mut items).await;
                }
                let (waited_for, behind) = arrived.drain(..).partition(|item: &Item| item.done.is_some());
                arrived = waited_for;
                behind
            } else {
                Vec::new()
            };
            self.write_all(std::mem::take(&mut arrived), Form::Rows).await;
            self.write_all(behind, Form::Aside).await;
        }
    }

    /// Takes what is there, or waits for something; in a rush not for long, for its end must be noticed. `false`: nothing
    /// will come any more.
    async fn take(&self, items: &mut mpsc::UnboundedReceiver<Item>, arrived: &mut Vec<Item>) -> bool {
        if self.rush.is_on() {
            // Nothing in time is an empty batch.
            tokio::time::timeout(WINDOW, items.recv_many(arrived, RUSH_BATCH)).await.map_or(true, |count| count > 0)
        } else {
            items.recv_many(arrived, BATCH).await > 0
        }
    }

    async fn write_all(&mut self, mut items: Vec<Item>, form: Form) {
        while !items.is_empty() {
            let rest = items.split_off(batch_length(&items));
            self.write(std::mem::replace(&mut items, rest), form).await;
        }
    }

    /// Writes a batch, trying again while its oldest record has patience left.
    async fn write(&mut self, batch: Vec<Item>, form: Form) {
        let bytes: usize = batch.iter().map(|item| item.bytes).sum();
        let deadline = batch.iter().map(|item| item.since).min().unwrap_or_else(Instant::now) + PATIENCE;
        let (records, waiting): (Vec<_>, Vec<_>) = batch.into_iter().map(|item| (item.record, item.done)).unzip();
        let mut pause = Duration::from_millis(10);
        let mut attempt = match form {
            Form::Rows => Attempt::First,
            Form::Aside => Attempt::Aside(Uuid::now_v7()),
        };
        let began = Instant::now();
        let outcome = loop {
            let error = match self.try_write(&records, attempt, deadline).await {
                Ok(()) => break Ok(()),
                Err(error) => error,
            };
            self.connection = None;
            if matches!(attempt, Attempt::First) {
                attempt = Attempt::Again;
            }
            if !self.health.failing.swap(true, Ordering::Relaxed) {
                tracing::warn!(%error, "the history writer cannot record executions; it keeps trying");
            }
            if !error.is_transient() {
                self.repair(&error).await;
            }
            if Instant::now() + pause > deadline {
                break Err(error);
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_millis(500));
        };
        self.health.pending_bytes.fetch_sub(bytes, Ordering::Relaxed);
        match outcome {
            Ok(()) => {
                if self.health.failing.swap(false, Ordering::Relaxed) {
                    tracing::info!("the history writer records executions again");
                }
                for done in waiting.into_iter().flatten() {
                    let _ = done.send(());
                }
                (self.committed)(&records, began.elapsed());
            }
            // Dropping the senders tells whoever waits.
            Err(error) => tracing::error!(lost = records.len(), %error, "gave up recording executions"),
        }
    }

    async fn try_write(
        &mut self,
        records: &[ExecutionRecord],
        attempt: Attempt,
        deadline: Instant,
    ) -> Result<(), StoreError> {
        let work = async {
            let mut connection = match self.connection.take() {
                Some(connection) => connection,
                None => self.store.history_connection().await?,
            };
            match attempt {
                Attempt::First => connection.record(records).await?,
                Attempt::Again => connection.record_again(records).await?,
                Attempt::Aside(id) => connection.spill(id, records).await?,
            }
            Ok::<_, StoreError>(connection)
        };
        // A database that hangs without closing the connection must not hang the callers.
        let patience = tokio::time::Instant::from_std(deadline.max(Instant::now() + Duration::from_millis(500)));
        match tokio::time::timeout_at(patience, work).await {
            Ok(result) => {
                self.connection = Some(result?);
                Ok(())
            }
            Err(_) => Err(StoreError::timed_out()),
        }
    }

    /// A day without a partition (the clock jumped) is the one refusal that can be mended here.
    async fn repair(&self, error: &StoreError) {
        tracing::warn!(%error, "making sure that today's partition exists");
        if let Err(error) = self.store.ensure_partitions(chrono::Utc::now()).await {
            tracing::warn!(%error, "could not make today's partition");
        }
    }
}

fn batch_length(items: &[Item]) -> usize {
    let mut bytes = 0;
    let fitting = items.iter().take_while(|item| {
        bytes += item.bytes;
        bytes <= BATCH_BYTES
    });
    fitting.count().max(1)
}
