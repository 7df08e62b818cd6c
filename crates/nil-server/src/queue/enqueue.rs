//! Accepting: what arrives while a batch is being committed makes up the next one, as with the history.

use std::time::{Duration, Instant};

use nil_store::{Enqueuer, NewQueued, Store, StoreError};
use tokio::sync::{mpsc, oneshot};

use super::NotAccepted;
use crate::events::{Events, news_of_accepted};

/// Executions in one statement at the most.
const BATCH: usize = 500;

/// Input in one statement, roughly.
const BATCH_BYTES: usize = 32 << 20;

/// Executions that may wait for their commit; who comes then waits before the door.
const WAITING: usize = 4_096;

/// How long a call waits for the database before it is told.
const PATIENCE: Duration = Duration::from_secs(5);

struct Item {
    new: NewQueued,
    since: Instant,
    done: oneshot::Sender<()>,
}

/// The accepting end.
pub(super) struct Door {
    items: mpsc::Sender<Item>,
}

impl Door {
    pub(super) async fn hand_over(&self, new: NewQueued) -> Result<(), NotAccepted> {
        let (done, accepted) = oneshot::channel();
        let item = Item { new, since: Instant::now(), done };
        self.items.send_timeout(item, PATIENCE).await.map_err(|_| NotAccepted)?;
        accepted.await.map_err(|_| NotAccepted)
    }
}

/// Starts the writer; it ends with its door.
pub(super) fn start(store: Store, events: Events) -> Door {
    let (items, receiver) = mpsc::channel(WAITING);
    tokio::spawn(write(store, events, receiver));
    Door { items }
}

async fn write(store: Store, events: Events, mut items: mpsc::Receiver<Item>) {
    let mut connection = None;
    let mut arrived = Vec::with_capacity(BATCH);
    while items.recv_many(&mut arrived, BATCH).await > 0 {
        while !arrived.is_empty() {
            let rest = arrived.split_off(batch_length(&arrived));
            let batch = std::mem::replace(&mut arrived, rest);
            write_batch((&store, &events), &mut connection, batch).await;
        }
    }
}

fn batch_length(items: &[Item]) -> usize {
    let mut bytes = 0;
    let fitting = items.iter().take_while(|item| {
        bytes += item.new.input.len() + 256;
        bytes <= BATCH_BYTES
    });
    fitting.count().max(1)
}

/// Tries while the oldest has patience left: rows have ids of their own, so a lost answer makes no duplicates.
async fn write_batch((store, events): (&Store, &Events), connection: &mut Option<Enqueuer>, batch: Vec<Item>) {
    let deadline = batch.iter().map(|item| item.since).min().unwrap_or_else(Instant::now) + PATIENCE;
    let (news, waiting): (Vec<_>, Vec<_>) = batch.into_iter().map(|item| (item.new, item.done)).unzip();
    loop {
        let work = async {
            let mut enqueuer = match connection.take() {
                Some(enqueuer) => enqueuer,
                None => store.enqueuer().await?,
            };
            enqueuer.enqueue(&news).await?;
            Ok::<_, StoreError>(enqueuer)
        };
        let patience = deadline.max(Instant::now() + Duration::from_millis(500));
        match tokio::time::timeout_at(patience.into(), work).await.unwrap_or_else(|_| Err(StoreError::timed_out())) {
            Ok(enqueuer) => {
                *connection = Some(enqueuer);
                // Before anybody here is woken to run them, so that their beginning is told first.
                news.iter().for_each(|new| events.execution(|| news_of_accepted(new)));
                for done in waiting {
                    // Whoever handed it over may not wait any more.
                    let _ = done.send(());
                }
                return;
            }
            Err(error) if Instant::now() >= deadline || !error.is_transient() => {
                // Dropping the senders tells whoever waits.
                return tracing::warn!(refused = news.len(), %error, "could not accept executions");
            }
            Err(error) => tracing::debug!(%error, "could not accept executions; trying again"),
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
