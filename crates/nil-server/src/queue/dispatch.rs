//! Taking what may run, as much as there is room for, and starting it.

use std::{sync::Arc, time::Duration};

use nil_core::FunctionId;
use nil_store::{Claim, Claimer, StoreError};
use tokio::sync::OwnedSemaphorePermit;

use super::attempt;
use crate::app::App;

/// How long the dispatcher sleeps when nothing wakes it.
const POLL: Duration = Duration::from_secs(2);

/// The nil id sorts before every other.
const FIRST: FunctionId = FunctionId(uuid::Uuid::nil());

/// Takes and starts attempts for ever.
pub(super) async fn run(app: &App) {
    let mut state = State { claimer: None, behind: FIRST };
    let mut failing = false;
    loop {
        let pause = match round(app, &mut state).await {
            Ok(pause) => {
                failing = false;
                pause
            }
            Err(error) => {
                state.claimer = None;
                if !std::mem::replace(&mut failing, true) {
                    tracing::warn!(%error, "cannot take queued executions; trying again");
                }
                Duration::from_millis(500)
            }
        };
        // A wake-up that comes while a round is under way is kept for the next one.
        let _ = tokio::time::timeout(pause, app.queue().inner.wake.notified()).await;
    }
}

struct State {
    claimer: Option<Claimer>,
    /// Functions have their turn one behind the other.
    behind: FunctionId,
}

/// Starts what may start now, and says how long nothing else may.
async fn round(app: &App, state: &mut State) -> Result<Duration, StoreError> {
    let mut claimer = match state.claimer.take() {
        Some(claimer) => claimer,
        None => app.store().claimer().await?,
    };
    let next_due = claimer.promote_due().await?;
    loop {
        let mut slots = take_slots(app);
        if slots.is_empty() {
            // The end of an attempt wakes us.
            break;
        }
        let claim = Claim { owner: app.queue().inner.runner, room: slots.len(), behind: state.behind };
        let claims = claimer.claim(&claim).await?;
        let was_first = state.behind == FIRST;
        state.behind = claims.behind;
        if claims.taken.is_empty() && was_first {
            break;
        }
        for claimed in claims.taken {
            let Some(slot) = slots.pop() else { break };
            tokio::spawn(attempt::run(app.clone(), claimed, slot));
        }
    }
    state.claimer = Some(claimer);
    Ok(next_due.map_or(POLL, |due| due.min(POLL)))
}

/// Every free slot: what is not needed goes back when this is dropped.
fn take_slots(app: &App) -> Vec<OwnedSemaphorePermit> {
    let slots = &app.queue().inner.slots;
    std::iter::from_fn(|| Arc::clone(slots).try_acquire_owned().ok()).collect()
}
