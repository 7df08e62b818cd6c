//! Tells the servers that this compiler service is there and what it can do, again every few seconds.

use std::time::Duration;

use nil_core::CompilerAnnouncement;
use nil_store::CompilationQueue;
use tokio_util::sync::CancellationToken;

/// A quarter of the time after which a silent compiler service counts as gone.
const EVERY: Duration = Duration::from_secs(5);

/// Saying goodbye must not hold up a stop; silence says the same a little later.
const GOODBYE_TIMEOUT: Duration = Duration::from_secs(2);

/// Announces until `stop`, and then that it is over. A database that does not answer is waited out.
pub(super) async fn announce(queue: CompilationQueue, announcement: CompilerAnnouncement, stop: CancellationToken) {
    let mut silent = false;
    let announcing = async {
        loop {
            match queue.announce(&announcement).await {
                Ok(()) => silent = false,
                Err(error) if !std::mem::replace(&mut silent, true) => {
                    tracing::warn!(%error, "servers cannot be told about this compiler; trying again");
                }
                Err(error) => tracing::debug!(%error, "servers still cannot be told about this compiler"),
            }
            tokio::time::sleep(EVERY).await;
        }
    };
    tokio::select! {
        () = announcing => {}
        () = stop.cancelled() => {}
    }
    if !matches!(tokio::time::timeout(GOODBYE_TIMEOUT, queue.leave(announcement.id)).await, Ok(Ok(()))) {
        tracing::debug!("could not say goodbye; servers notice by themselves");
    }
}
