//! The history writer: concurrent records share one statement and one commit.
//!
//! Whoever waits for [`Pending`] knows that the record is durable. There is no timer: a batch is whatever
//! arrived while the batch before it was being committed.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use nil_store::{ExecutionRecord, HistoryConnection, Store, StoreError};
use tokio::sync::{mpsc, oneshot};

use crate::{
    events::{Events, news_of_record},
    metrics::Metrics,
};

/// Records in one statement at the most.
const BATCH: usize = 1_000;

/// Payload bytes in one statement, roughly: one message to PostgreSQL may not pass 1 GiB.
const BATCH_BYTES: usize = 32 << 20;

/// Payload bytes waiting at the most; beyond it calls are refused before they run.
const PENDING_BYTES: usize = 256 << 20;

/// How long a record waits for the database before its caller is told.
const PATIENCE: Duration = Duration::from_secs(5);

/// Why an execution is not in the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the execution could not be recorded in time")]
pub(crate) struct NotRecorded;

struct Item {
    record: ExecutionRecord,
    bytes: usize,
    since: Instant,
    done: Option<oneshot::Sender<()>>,
}

/// Whether the writer keeps up.
#[derive(Debug, Default)]
pub(crate) struct HistoryHealth {
    failing: AtomicBool,
    pending_bytes: AtomicUsize,
    dropped: AtomicU64,
}

impl HistoryHealth {
    /// Whether a call may expect to be recorded.
    pub(crate) fn accepts(&self) -> bool {
        !self.failing.load(Ordering::Relaxed) && self.pending_bytes() < PENDING_BYTES
    }

    /// Payload bytes that wait to be written.
    pub(crate) fn pending_bytes(&self) -> usize {
        self.pending_bytes.load(Ordering::Relaxed)
    }
}

/// A record on its way.
pub(crate) struct Pending {
    done: oneshot::Receiver<()>,
}

impl Pending {
    /// Waits until the record is durable.
    pub(crate) async fn durable(self) -> Result<(), NotRecorded> {
        self.done.await.map_err(|_| NotRecorded)
    }
}

/// The writing end.
#[derive(Clone)]
pub(crate) struct History {
    items: mpsc::UnboundedSender<Item>,
    health: Arc<HistoryHealth>,
    metrics: Metrics,
}

impl History {
    /// Starts the writer. It ends when every `History` is gone and all records are written or given up; then
    /// the receiver returned hears of it.
    ///
    /// It has a thread and a reactor of its own: a task that waits in the queue of a thread which runs a guest
    /// cannot be taken over by another, and everybody waits for this one.
    ///
    /// # Errors
    /// When the machine refuses the thread.
    pub(crate) fn start(store: Store, events: Events, metrics: Metrics) -> std::io::Result<(Self, oneshot::Receiver<()>)> {
        let (items, receiver) = mpsc::unbounded_channel();
        let health = Arc::new(HistoryHealth::default());
        let writer = Writer { store, events, metrics: metrics.clone(), connection: None, health: health.clone() };
        let (ended, wait) = oneshot::channel();
        let reactor = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        std::thread::Builder::new().name("history".to_owned()).spawn(move || {
            reactor.block_on(writer.run(receiver));
            // Whoever started us may not want to know.
            let _ = ended.send(());
        })?;
        Ok((Self { items, health, metrics }, wait))
    }

    pub(crate) fn health(&self) -> &HistoryHealth {
        &self.health
    }

    /// What is counted of executions, for whoever hands over their records.
    pub(crate) fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// Hands a record over that nobody waits for. While the buffer is full, records are counted and dropped:
    /// a function's own URL goes on answering when the database cannot keep up or is away.
    pub(crate) fn submit_behind(&self, record: impl FnOnce() -> ExecutionRecord) {
        if self.health.pending_bytes.load(Ordering::Relaxed) < PENDING_BYTES {
            self.send(record(), None);
        } else {
            self.health.dropped.fetch_add(1, Ordering::Relaxed);
            self.metrics.unrecorded(1);
        }
    }

    /// Hands a record over; callable from any thread.
    pub(crate) fn submit(&self, record: ExecutionRecord) -> Pending {
        let (done, receive) = oneshot::channel();
        self.send(record, Some(done));
        Pending { done: receive }
    }

    fn send(&self, record: ExecutionRecord, done: Option<oneshot::Sender<()>>) {
        let bytes = record.input.len() + record.output.as_ref().map_or(0, Bytes::len) + 256;
        self.health.pending_bytes.fetch_add(bytes, Ordering::Relaxed);
        // The receiver outlives every sender, so this cannot fail while somebody can call it.
        let _ = self.items.send(Item { record, bytes, since: Instant::now(), done });
    }
}

struct Writer {
    store: Store,
    events: Events,
    metrics: Metrics,
    connection: Option<HistoryConnection>,
    health: Arc<HistoryHealth>,
}

impl Writer {
    async fn run(mut self, mut items: mpsc::UnboundedReceiver<Item>) {
        let mut arrived = Vec::with_capacity(BATCH);
        while items.recv_many(&mut arrived, BATCH).await > 0 {
            while !arrived.is_empty() {
                let rest = arrived.split_off(batch_length(&arrived));
                self.write(std::mem::replace(&mut arrived, rest)).await;
            }
        }
    }

    /// Writes a batch, trying again while its oldest record has patience left.
    async fn write(&mut self, batch: Vec<Item>) {
        let bytes: usize = batch.iter().map(|item| item.bytes).sum();
        let deadline = batch.iter().map(|item| item.since).min().unwrap_or_else(Instant::now) + PATIENCE;
        let (records, waiting): (Vec<_>, Vec<_>) = batch.into_iter().map(|item| (item.record, item.done)).unzip();
        let mut pause = Duration::from_millis(10);
        let mut tried = false;
        let began = Instant::now();
        let outcome = loop {
            let error = match self.try_write(&records, tried, deadline).await {
                Ok(()) => break Ok(()),
                Err(error) => error,
            };
            self.connection = None;
            tried = true;
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
                self.metrics.committed(records.len(), began.elapsed());
                records.iter().for_each(|record| self.events.execution(|| news_of_record(record)));
            }
            // Dropping the senders tells whoever waits.
            Err(error) => tracing::error!(lost = records.len(), %error, "gave up recording executions"),
        }
    }

    async fn try_write(
        &mut self,
        records: &[ExecutionRecord],
        again: bool,
        deadline: Instant,
    ) -> Result<(), StoreError> {
        let work = async {
            let mut connection = match self.connection.take() {
                Some(connection) => connection,
                None => self.store.history_connection().await?,
            };
            if again {
                connection.record_again(records).await?;
            } else {
                connection.record(records).await?;
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

/// Says what was dropped since the last look, and lets calls through again: after a failure the writer must notice that the database is back although no call is let through.
pub(crate) async fn probe(history: &History, store: &Store) {
    let dropped = history.health.dropped.swap(0, Ordering::Relaxed);
    if dropped > 0 {
        tracing::warn!(dropped, "executions through function URLs were not recorded: the database cannot keep up");
    }
    if history.health.failing.load(Ordering::Relaxed) && store.ping().await.is_ok() {
        history.health.failing.store(false, Ordering::Relaxed);
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
