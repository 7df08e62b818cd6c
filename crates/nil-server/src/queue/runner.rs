//! Keeping this server's holds alive, and ending those of servers that are lost.

use std::time::Duration;

use nil_store::{Claimer, Ended, StoreError};

use super::attempt;
use crate::app::App;

/// How long a hold outlives the last sign of life.
const LEASE: Duration = Duration::from_secs(15);

/// How often a sign of life is given: several may be missed on a machine that is busy.
const BEAT: Duration = Duration::from_secs(3);

/// How often holds of lost servers are looked for.
const ROUND: Duration = Duration::from_secs(3);

/// How long an attempt that could not be begun waits for the next one to try.
pub(super) const RELEASED: Duration = Duration::from_secs(1);

/// Gives the first sign of life, before anything is held.
pub(super) async fn enter(app: &App) {
    while let Err(error) = try_beat(app, &mut None).await {
        tracing::debug!(%error, "cannot enter the queue; trying again");
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

/// Gives signs of life for ever, and interrupts what was called off without being heard.
pub(super) async fn beat(app: App) {
    let mut connection: Option<Claimer> = None;
    loop {
        match try_beat(&app, &mut connection).await {
            Ok(()) => tokio::time::sleep(BEAT).await,
            Err(error) => {
                tracing::debug!(%error, "could not renew the holds on queued executions; trying again");
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
        }
    }
}

async fn try_beat(app: &App, connection: &mut Option<Claimer>) -> Result<(), StoreError> {
    let queue = app.queue();
    let work = async {
        let mut claimer = match connection.take() {
            Some(claimer) => claimer,
            None => app.store().claimer().await?,
        };
        let called_off = claimer.beat(queue.inner.runner, LEASE).await?;
        Ok::<_, StoreError>((claimer, called_off))
    };
    let (claimer, called_off) = tokio::time::timeout(LEASE / 3, work).await.map_err(|_| StoreError::timed_out())??;
    *connection = Some(claimer);
    called_off.into_iter().for_each(|id| queue.interrupt(id));
    Ok(())
}

/// Ends attempts of lost servers, for ever.
pub(super) async fn look_after_lost(app: App) {
    loop {
        tokio::time::sleep(ROUND).await;
        match app.store().lost_attempts().await {
            Ok(lost) => {
                let ends = lost.into_iter().map(|lost| {
                    let hold = lost.claimed.hold;
                    tracing::info!(execution = %hold.id, attempt = hold.attempt, "an attempt was lost");
                    let ending = attempt::lost(&lost.claimed, lost.started_at, lost.cancel_requested);
                    let (app, news) = (&app, attempt::news_of(&lost.claimed, &ending));
                    async move {
                        app.queue().inner.finish.hand_in(Ended { hold, ending }).await;
                        if let Some(news) = news {
                            app.events().execution(|| news);
                        }
                    }
                });
                futures_util::future::join_all(ends).await;
            }
            Err(error) => tracing::debug!(%error, "could not look for lost attempts"),
        }
    }
}
