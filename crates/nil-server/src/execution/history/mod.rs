//! The record of executions: concurrent records share one statement and one commit.
//!
//! Whoever waits for [`Pending`] knows that the record is durable. `writer.rs` writes; `rush.rs` decides when records
//! that nobody waits for are set aside in bulk instead, and brings them into the record afterwards.

mod rush;
mod writer;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use nil_store::{ExecutionRecord, Store};
use tokio::sync::{mpsc, oneshot};

pub(crate) use rush::expand;
use writer::Writer;

/// Payload bytes waiting at the most; beyond it calls are refused before they run.
const PENDING_BYTES: usize = 256 << 20;

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
    /// Whether records are being set aside: not the moment to bring others in.
    rush: AtomicBool,
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

/// Hears of records that are durable now, and how long that took; on the writer's thread, so it must not wait.
pub(crate) type Committed = Box<dyn Fn(&[ExecutionRecord], Duration) + Send>;

/// The writing end.
#[derive(Clone)]
pub(crate) struct History {
    items: mpsc::UnboundedSender<Item>,
    health: Arc<HistoryHealth>,
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
    pub(crate) fn start(store: Store, committed: Committed) -> std::io::Result<(Self, oneshot::Receiver<()>)> {
        let (items, receiver) = mpsc::unbounded_channel();
        let health = Arc::new(HistoryHealth::default());
        let writer = Writer::new(store, health.clone(), committed);
        let (ended, wait) = oneshot::channel();
        let reactor = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        std::thread::Builder::new().name("history".to_owned()).spawn(move || {
            reactor.block_on(writer.run(receiver));
            // Whoever started us may not want to know.
            let _ = ended.send(());
        })?;
        Ok((Self { items, health }, wait))
    }

    pub(crate) fn health(&self) -> &HistoryHealth {
        &self.health
    }

    /// Hands a record over that nobody waits for. While the buffer is full, records are counted and dropped:
    /// a function's own URL goes on answering when the database cannot keep up or is away.
    pub(crate) fn submit_behind(&self, record: impl FnOnce() -> ExecutionRecord) {
        if self.health.pending_bytes.load(Ordering::Relaxed) < PENDING_BYTES {
            self.send(record(), None);
        } else {
            self.health.dropped.fetch_add(1, Ordering::Relaxed);
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

/// Says what was dropped since the last look, and lets calls through again: after a failure the writer must notice that the database is back although no call is let through.
///
/// Answers how many were dropped.
pub(crate) async fn probe(history: &History, store: &Store) -> u64 {
    let dropped = history.health.dropped.swap(0, Ordering::Relaxed);
    if dropped > 0 {
        tracing::warn!(dropped, "executions through function URLs were not recorded: the database cannot keep up");
    }
    if history.health.failing.load(Ordering::Relaxed) && store.ping().await.is_ok() {
        history.health.failing.store(false, Ordering::Relaxed);
    }
    dropped
}
