//! The loop that fires what is due. Every server runs it; each due schedule is one server's.

use std::time::Duration;

use nil_store::{Fired, StoreError};
use tokio_util::sync::CancellationToken;

use super::decide::decide;
use crate::app::App;

/// How long the loop sleeps when nothing wakes it: what a lost notification costs.
const POLL: Duration = Duration::from_secs(5);

/// A pause behind a database that is away.
const PAUSE: Duration = Duration::from_millis(500);

/// Fires schedules until `stop`.
pub(crate) async fn run(app: App, stop: CancellationToken) {
    let mut wakeups = app.store().schedule_wakeups();
    let work = async {
        loop {
            match round(&app).await {
                Ok(next) => wakeups.wait(next.map_or(POLL, |next| next.min(POLL))).await,
                Err(error) => {
                    tracing::debug!(%error, "cannot fire schedules; trying again");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    };
    tokio::select! {
        () = work => {}
        () = stop.cancelled() => {}
    }
}

/// Fires everything that is due, and says how long nothing else is.
async fn round(app: &App) -> Result<Option<Duration>, StoreError> {
    loop {
        let firing = app.store().begin_firing().await?;
        if firing.due.is_empty() {
            return app.store().until_next_tick().await;
        }
        let now = firing.now;
        let fired: Vec<Fired> = firing.due.iter().map(|due| decide(due, now)).collect();
        firing.commit(&fired).await?;
    }
}
