//! Writing down how attempts ended. Nothing is given up here: an attempt holds its slot until its end is durable, so
//! what waits is bounded, and a server that dies over it leaves the attempt to another.

use std::time::Duration;

use nil_core::{ExecutionId, ExecutionStatus};
use nil_store::{Ended, Ending, Finisher, Store, StoreError};
use tokio::sync::{mpsc, oneshot};

/// Ends in one commit at the most.
const BATCH: usize = 500;

/// Longest pause between tries while the database is away.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// A database that hangs is asked again on another connection.
const PATIENCE: Duration = Duration::from_secs(10);

struct Item {
    ended: Ended,
    done: oneshot::Sender<()>,
}

/// The handing-in end.
pub(super) struct Door {
    items: mpsc::UnboundedSender<Item>,
}

impl Door {
    /// Returns when the end is durable, or was overtaken.
    pub(super) async fn hand_in(&self, ended: Ended) {
        let (done, durable) = oneshot::channel();
        // The writer ends with its door; without it nobody could be here.
        let _ = self.items.send(Item { ended, done });
        let _ = durable.await;
    }
}

/// Starts the writer; it ends with its door.
pub(super) fn start(store: Store) -> Door {
    let (items, receiver) = mpsc::unbounded_channel();
    tokio::spawn(write(store, receiver));
    Door { items }
}

async fn write(store: Store, mut items: mpsc::UnboundedReceiver<Item>) {
    let mut connection = None;
    let mut arrived = Vec::with_capacity(BATCH);
    while items.recv_many(&mut arrived, BATCH).await > 0 {
        let (mut batch, waiting): (Vec<_>, Vec<_>) =
            std::mem::take(&mut arrived).into_iter().map(|item| (item.ended, item.done)).unzip();
        insist(&store, &mut connection, &mut batch).await;
        for done in waiting {
            // Whoever handed it in may not wait any more.
            let _ = done.send(());
        }
    }
}

/// Tries until it is done.
async fn insist(store: &Store, connection: &mut Option<Finisher>, batch: &mut [Ended]) {
    let mut pause = Duration::from_millis(20);
    let mut refused = 0;
    loop {
        let error = match try_finish(store, connection, batch).await {
            Ok(()) => return,
            Err(error) => error,
        };
        match &error {
            StoreError::NoPartition => {
                let ids: Vec<ExecutionId> = batch.iter().map(|ended| ended.hold.id).collect();
                if let Err(error) = store.ensure_partitions_of(&ids).await {
                    tracing::warn!(%error, "could not make the partition of an execution");
                }
            }
            error if error.is_transient() => tracing::debug!(%error, "cannot record queued executions; trying again"),
            // A defect of ours must not stop everybody's: find whose it is, and let that one fail.
            error => {
                tracing::error!(%error, "the database refused the ends of queued executions");
                refused += 1;
                if let [only] = batch {
                    if refused > 1 {
                        only.ending = unrecordable(&only.ending, error);
                    }
                } else {
                    let (left, right) = batch.split_at_mut(batch.len() / 2);
                    Box::pin(insist(store, connection, left)).await;
                    return Box::pin(insist(store, connection, right)).await;
                }
            }
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

async fn try_finish(store: &Store, connection: &mut Option<Finisher>, batch: &[Ended]) -> Result<(), StoreError> {
    let work = async {
        let mut finisher = match connection.take() {
            Some(finisher) => finisher,
            None => store.finisher().await?,
        };
        let count = finisher.finish(batch).await?;
        if count.fenced > 0 {
            tracing::info!(fenced = count.fenced, "attempts ended too late; others have them by now");
        }
        Ok::<_, StoreError>(finisher)
    };
    let finisher = tokio::time::timeout(PATIENCE, work).await.unwrap_or_else(|_| Err(StoreError::timed_out()))?;
    *connection = Some(finisher);
    Ok(())
}

/// The end of an attempt whose own end cannot be stored.
fn unrecordable(ending: &Ending, error: &StoreError) -> Ending {
    match ending {
        Ending::Over(record) => {
            let mut record = record.clone();
            record.status = ExecutionStatus::Failed;
            record.output = None;
            record.logs = Vec::new();
            record.error = Some(("host".to_owned(), format!("its record could not be stored: {error}")));
            Ending::Over(record)
        }
        _ => Ending::Gone,
    }
}
