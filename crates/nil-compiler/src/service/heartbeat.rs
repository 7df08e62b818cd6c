//! Keeps a lease while its job is worked on.

use std::time::Duration;

use tokio::time::sleep;

use super::source::{Held, JobSource};

/// Renews the lease after every third of `visibility`; returns once it is lost. A queue that does not answer
/// is no loss: nobody else gets the job from it either, and the fence decides in the end.
pub(super) async fn until_lost<S: JobSource>(source: &S, lease: &S::Lease, visibility: Duration) {
    loop {
        sleep(visibility / 3).await;
        match source.renew(lease, visibility).await {
            Ok(Held::Yes) => {}
            Ok(Held::Lost) => return,
            Err(error) => tracing::debug!(%error, "a lease could not be renewed; trying again"),
        }
    }
}
