//! Where events come in and listeners are counted.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use nil_api::{ExecutionEvent, FunctionEvent, ProblemKind};
use nil_store::ExecutionNews;
use parking_lot::Mutex;
use tokio::sync::{Notify, Semaphore, broadcast, mpsc};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::subscription::Subscription;
use crate::http::ApiError;

/// Events that wait to be told at the most; what comes on top is counted.
const WAITING: usize = 4_096;

/// Events a listener may fall behind before it misses some.
const KEPT: usize = 4_096;

/// Streams at once: each holds a connection and some memory for as long as its client likes.
const STREAMS: usize = 256;

/// What listeners hear.
#[derive(Debug, Clone)]
pub(crate) enum Heard {
    /// An execution changed.
    Execution {
        event: Arc<ExecutionEvent>,
        /// Whether its record holds lines it wrote.
        has_logs: bool,
    },
    /// A function changed.
    Function(Arc<FunctionEvent>),
    /// So many events were missed; 0 where that is not known.
    Lagged(u64),
}

/// This server's events; clones share them.
#[derive(Clone)]
pub(crate) struct Events {
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    /// Tells servers apart.
    pub(super) server: Uuid,
    /// Whether anybody listens, here or elsewhere.
    pub(super) wanted: AtomicBool,
    happened: mpsc::Sender<ExecutionNews>,
    /// The other end, until the relay runs.
    pub(super) to_relay: Mutex<Option<mpsc::Receiver<ExecutionNews>>>,
    pub(super) missed: AtomicU64,
    pub(super) heard: broadcast::Sender<Heard>,
    /// Somebody began to listen here.
    pub(super) subscribed: Notify,
    pub(super) closing: CancellationToken,
    streams: Arc<Semaphore>,
}

impl Events {
    pub(crate) fn new() -> Self {
        let (happened, to_relay) = mpsc::channel(WAITING);
        let inner = Inner {
            server: Uuid::now_v7(),
            wanted: AtomicBool::new(false),
            happened,
            to_relay: Mutex::new(Some(to_relay)),
            missed: AtomicU64::new(0),
            heard: broadcast::channel(KEPT).0,
            subscribed: Notify::new(),
            closing: CancellationToken::new(),
            streams: Arc::new(Semaphore::new(STREAMS)),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Whether anybody listens, here or elsewhere.
    pub(crate) fn is_wanted(&self) -> bool {
        self.inner.wanted.load(Ordering::Relaxed)
    }

    /// Tells a change of an execution, if anybody wants to know. Never waits; callable from any thread.
    pub(crate) fn execution(&self, news: impl FnOnce() -> ExecutionNews) {
        if self.is_wanted() && self.inner.happened.try_send(news()).is_err() {
            self.inner.missed.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Begins to listen: whatever happens from now on is heard, or that it was missed.
    ///
    /// # Errors
    /// `unavailable` when as many listen as this server takes.
    pub(crate) fn subscribe(&self) -> Result<Subscription, ApiError> {
        let permit = Arc::clone(&self.inner.streams).try_acquire_owned().map_err(|_| {
            ApiError::new(
                ProblemKind::Unavailable,
                format!("{STREAMS} streams are open at this server; close one or try again later"),
            )
        })?;
        let subscription = Subscription::new(self.inner.heard.subscribe(), self.inner.closing.clone(), permit);
        self.inner.wanted.store(true, Ordering::Relaxed);
        self.inner.subscribed.notify_one();
        Ok(subscription)
    }

    /// Streams that are open.
    pub(crate) fn streams(&self) -> usize {
        STREAMS - self.inner.streams.available_permits()
    }

    pub(super) fn tell(&self, heard: Heard) {
        // No receiver means that nobody listens any more.
        let _ = self.inner.heard.send(heard);
    }
}
