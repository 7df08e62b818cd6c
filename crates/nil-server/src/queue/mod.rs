//! Executions that run later: accepting them, running them, and writing down how they ended.
//!
//! [`enqueue`] is the door: a call is accepted when its row is durable. [`dispatch`] takes what may run, as much as
//! this server has room for. [`attempt`] runs one and decides what becomes of it; [`finish`] writes that. [`runner`]
//! keeps this server's holds alive and looks after those of servers that were lost; [`signals`] hears what the others
//! say. The order, the limits and the fences are the database's (`nil-store`, `queued/`).

mod attempt;
mod dispatch;
mod enqueue;
mod finish;
mod runner;
mod signals;

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use nil_core::{ExecutionId, RunnerId};
use nil_store::{NewQueued, Store};
use parking_lot::Mutex;
use tokio::{
    sync::{Notify, Semaphore, broadcast},
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;

use crate::{app::App, events::Events};

/// Ends that a waiting request may fall behind before it looks at the database instead.
const ENDS_KEPT: usize = 4_096;

/// This server's part of the queue; clones share it.
#[derive(Clone)]
pub(crate) struct Queue {
    inner: Arc<Inner>,
}

struct Inner {
    /// Whom this server's holds belong to.
    runner: RunnerId,
    enqueue: enqueue::Door,
    finish: finish::Door,
    /// Attempts this server may hold at once.
    slots: Arc<Semaphore>,
    capacity: usize,
    /// Wakes the dispatcher.
    wake: Notify,
    /// What is under way here, by how to interrupt it.
    running: Mutex<HashMap<ExecutionId, Arc<AtomicBool>>>,
    ended: broadcast::Sender<Option<ExecutionId>>,
}

/// An execution could not be accepted: the database did not answer in time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NotAccepted;

impl Queue {
    /// Starts the two writers. `capacity` is how many attempts this server may hold at once.
    pub(crate) fn start(store: &Store, events: &Events, capacity: usize) -> Self {
        let inner = Inner {
            runner: RunnerId::generate(),
            enqueue: enqueue::start(store.clone(), events.clone()),
            finish: finish::start(store.clone()),
            slots: Arc::new(Semaphore::new(capacity)),
            capacity,
            wake: Notify::new(),
            running: Mutex::default(),
            ended: broadcast::channel(ENDS_KEPT).0,
        };
        Self { inner: Arc::new(inner) }
    }

    /// Accepts an execution. When this returns, it is durable and will come to an end.
    pub(crate) async fn accept(&self, new: NewQueued) -> Result<(), NotAccepted> {
        self.inner.enqueue.hand_over(new).await?;
        self.inner.wake.notify_one();
        Ok(())
    }

    /// Executions as they end, on whichever server; `None` means any may have.
    pub(crate) fn ended(&self) -> broadcast::Receiver<Option<ExecutionId>> {
        self.inner.ended.subscribe()
    }

    /// Interrupts an execution if it runs here.
    fn interrupt(&self, id: ExecutionId) {
        if let Some(canceled) = self.inner.running.lock().get(&id) {
            canceled.store(true, Ordering::Relaxed);
        }
    }
}

/// Runs this server's part until `stop`, and then waits up to `drain` for what it has begun.
pub(crate) async fn run(app: App, stop: CancellationToken, drain: Duration) {
    let mut loops = JoinSet::new();
    loops.spawn(signals::listen(app.clone()));
    loops.spawn(runner::look_after_lost(app.clone()));
    tokio::select! {
        () = runner::enter(&app) => {}
        () = stop.cancelled() => return,
    }
    let beating = tokio::spawn(runner::beat(app.clone()));
    tokio::select! {
        () = dispatch::run(&app) => {}
        () = stop.cancelled() => {}
    }
    loops.abort_all();
    let queue = app.queue();
    let all = u32::try_from(queue.inner.capacity).unwrap_or(u32::MAX);
    if tokio::time::timeout(drain, queue.inner.slots.acquire_many(all)).await.is_err() {
        tracing::warn!("queued executions were still running at the end; they will be tried again");
    }
    beating.abort();
    // Whoever hears of it need not wait for the lease to run out.
    if let Err(error) = app.store().runner_leaves(queue.inner.runner).await {
        tracing::debug!(%error, "could not say that this server leaves the queue");
    }
}
