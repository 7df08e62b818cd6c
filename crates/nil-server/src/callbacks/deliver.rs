//! The loop that calls: takes what is due, posts it signed, and writes down how that ended.

use std::{sync::Arc, time::Duration};

use chrono::Utc;
use http::StatusCode;
use nil_api::CallbackMessage;
use nil_store::{CALLBACK_SECRET, CallbackNext, CallbackTried, DueCallback, StoreError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

use super::{
    SigningSecret,
    client::{Called, CallbackClient},
};
use crate::{app::App, handlers::executions::get::detail};

/// Callbacks under way at once on one server.
const AT_ONCE: usize = 32;

/// Longer than a try may take: then its server was lost, and another tries.
const LEASE: Duration = Duration::from_secs(60);

/// How long the loop sleeps when nothing wakes it.
const POLL: Duration = Duration::from_secs(5);

/// After an execution has ended, others that end with it are waited for.
const GATHER: Duration = Duration::from_millis(20);

/// Pauses behind a failed try. With the first try there are eleven, over a day and a half.
const PAUSES: [Duration; 10] = [
    Duration::from_secs(5),
    Duration::from_secs(30),
    Duration::from_secs(2 * 60),
    Duration::from_secs(10 * 60),
    Duration::from_secs(30 * 60),
    Duration::from_secs(3_600),
    Duration::from_secs(3 * 3_600),
    Duration::from_secs(6 * 3_600),
    Duration::from_secs(12 * 3_600),
    Duration::from_secs(12 * 3_600),
];

/// The most of an error that is kept, in characters.
const ERROR_CHARS: usize = 300;

/// Delivers callbacks until `stop`.
pub(crate) async fn run(app: App, stop: CancellationToken) {
    let slots = Arc::new(Semaphore::new(AT_ONCE));
    let mut ended = app.queue().ended();
    let work = async {
        let mut client = None;
        loop {
            let pause = match round(&app, &mut client, &slots).await {
                Ok(pause) => pause,
                Err(error) => {
                    tracing::debug!(%error, "cannot look for callbacks; trying again");
                    Duration::from_millis(500)
                }
            };
            // Whatever is heard, or that too much was: look.
            if tokio::time::timeout(pause, ended.recv()).await.is_ok() {
                tokio::time::sleep(GATHER).await;
                ended = ended.resubscribe();
            }
        }
    };
    tokio::select! {
        () = work => {}
        () = stop.cancelled() => {}
    }
}

/// Starts what is due, and says how long nothing else is.
async fn round(
    app: &App,
    client: &mut Option<CallbackClient>,
    slots: &Arc<Semaphore>,
) -> Result<Duration, StoreError> {
    loop {
        let next = app.store().until_next_callback().await?;
        if next.is_none_or(|next| !next.is_zero()) {
            return Ok(next.map_or(POLL, |next| next.min(POLL)));
        }
        let Some(client) = ready(app, client) else { return Ok(POLL) };
        // One slot is waited for: the end of a call is what makes room.
        let first = Arc::clone(slots).acquire_owned().await.ok();
        let others = std::iter::from_fn(|| Arc::clone(slots).try_acquire_owned().ok());
        let mut free: Vec<OwnedSemaphorePermit> = first.into_iter().chain(others).collect();
        for due in app.store().claim_callbacks(free.len(), LEASE).await? {
            let Some(slot) = free.pop() else { break };
            let (app, client) = (app.clone(), client.clone());
            tokio::spawn(async move {
                deliver(&app, &client, &due).await;
                drop(slot);
            });
        }
    }
}

/// Made when there is something to call: reading the system's certificates takes its time.
fn ready<'a>(app: &App, client: &'a mut Option<CallbackClient>) -> Option<&'a CallbackClient> {
    if client.is_none() {
        match CallbackClient::new(&app.config().callback_networks) {
            Ok(made) => *client = Some(made),
            Err(error) => tracing::error!(%error, "callbacks cannot be delivered: there is no HTTP client"),
        }
    }
    client.as_ref()
}

async fn deliver(app: &App, client: &CallbackClient, due: &DueCallback) {
    let called = match message(app, due).await {
        Ok((headers, body)) => client.post(&due.url, headers, body).await,
        Err(error) => Err(error),
    };
    let tried = judge(due.attempt, called);
    tracing::debug!(execution = %due.execution_id, attempt = due.attempt, status = ?tried.status, next = ?tried.next, "called back");
    // Not written down: the lease runs out, and it is tried again.
    if let Err(error) = app.store().callback_tried(due, &tried).await {
        tracing::warn!(%error, execution = %due.execution_id, "could not write down how a callback ended");
    }
}

async fn message(app: &App, due: &DueCallback) -> Result<(http::HeaderMap, Vec<u8>), String> {
    let unavailable = |error: StoreError| format!("the execution could not be read: {error}");
    let row = app.store().execution(due.execution_id).await.map_err(unavailable)?;
    let row = row.ok_or("the execution is gone")?;
    let secret = app.store().callback_secret(due.function_id).await.map_err(unavailable)?;
    let secret = secret.ok_or("the function has no signing secret")?;
    let secret = app.vault().open(due.function_id.0, CALLBACK_SECRET, &secret).map_err(|error| error.to_string())?;
    let secret = SigningSecret::from_text(&secret).ok_or("the function's signing secret cannot be read")?;
    let now = Utc::now();
    let mut execution = detail(row);
    // What a function writes is for its owner, and may be large.
    execution.logs = Vec::new();
    // A requeued execution ends anew, with a further attempt: that is another message.
    let id = format!("{}-{}", due.execution_id, execution.attempt.unwrap_or_default());
    let kind = format!("execution.{}", execution.status.as_str().to_ascii_lowercase());
    let message = CallbackMessage { kind, timestamp: now, data: execution };
    let body = serde_json::to_vec(&message).map_err(|error| error.to_string())?;
    Ok((secret.headers(&id, now.timestamp(), &body), body))
}

/// What becomes of a callback whose try ended so.
fn judge(attempt: i32, called: Called) -> CallbackTried {
    let (status, error) = match called {
        Ok(status) if status.is_success() => {
            return CallbackTried { status: Some(status.as_u16()), error: None, next: CallbackNext::Delivered };
        }
        Ok(status) => (Some(status), format!("the receiver answered {status}")),
        Err(error) => (None, error.chars().take(ERROR_CHARS).collect()),
    };
    // A receiver that is gone for good says so.
    let is_gone = status == Some(StatusCode::GONE);
    let next = usize::try_from(attempt - 1).ok().and_then(|tried| PAUSES.get(tried)).filter(|_| !is_gone);
    let next = next.map_or(CallbackNext::Failed, |pause| CallbackNext::Again(pause.mul_f64(0.8 + rand::random::<f64>() * 0.4)));
    CallbackTried { status: status.map(|status| status.as_u16()), error: Some(error), next }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_end_taken_again_or_given_up() {
        assert_eq!(judge(1, Ok(StatusCode::NO_CONTENT)).next, CallbackNext::Delivered);
        assert_eq!(judge(1, Ok(StatusCode::GONE)).next, CallbackNext::Failed);
        // Redirects are not followed, and no success.
        for called in [Ok(StatusCode::FOUND), Ok(StatusCode::INTERNAL_SERVER_ERROR), Err("refused".to_owned())] {
            let CallbackNext::Again(pause) = judge(1, called.clone()).next else { panic!("{called:?}") };
            assert!((4..=6).contains(&pause.as_secs()), "{pause:?}");
        }
        assert!(matches!(judge(10, Err(String::new())).next, CallbackNext::Again(_)));
        assert_eq!(judge(11, Err(String::new())).next, CallbackNext::Failed);
    }
}
