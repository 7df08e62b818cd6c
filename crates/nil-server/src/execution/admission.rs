//! Turns: how many executions may be under way, over all functions and of one, and how long a call waits.

use std::{sync::Arc, time::Duration};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Why a call got no turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Busy {
    /// This function has as many executions under way as it may.
    Function,
    /// The server has.
    Server,
}

/// The right to run one execution; given back on drop.
#[derive(Debug)]
pub(crate) struct Turn {
    _function: OwnedSemaphorePermit,
    _server: OwnedSemaphorePermit,
}

/// The turns of one function.
#[derive(Debug)]
pub(crate) struct FunctionTurns {
    running: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
}

/// Calls of one function that may wait for each that may run: a short queue absorbs a burst, a long one
/// only delays the refusal.
const WAITING_PER_RUNNING: usize = 8;

impl FunctionTurns {
    pub(crate) fn new(concurrency: usize) -> Self {
        Self {
            running: Arc::new(Semaphore::new(concurrency)),
            waiting: Arc::new(Semaphore::new(concurrency * WAITING_PER_RUNNING)),
        }
    }
}

/// The turns of this server.
#[derive(Debug)]
pub(crate) struct Admission {
    server: Arc<Semaphore>,
    wait: Duration,
}

impl Admission {
    pub(crate) fn new(concurrency: usize, wait: Duration) -> Self {
        Self { server: Arc::new(Semaphore::new(concurrency)), wait }
    }

    /// A turn, however long it takes: for work that nobody waits for on the line.
    pub(crate) async fn enter_patiently(&self, function: &FunctionTurns) -> Option<Turn> {
        let own = function.running.clone().acquire_owned().await.ok()?;
        let server = self.server.clone().acquire_owned().await.ok()?;
        Some(Turn { _function: own, _server: server })
    }

    /// A turn, at once or after a bounded wait. A function at its own limit waits before it takes a place of
    /// the server's, so a slow function cannot hold places it does not use.
    pub(crate) async fn enter(&self, function: &FunctionTurns) -> Result<Turn, Busy> {
        if let Ok(own) = function.running.clone().try_acquire_owned()
            && let Ok(server) = self.server.clone().try_acquire_owned()
        {
            return Ok(Turn { _function: own, _server: server });
        }
        // Boxed: timers and places in queues are large, and hardly any call waits.
        Box::pin(self.wait_for_turn(function)).await
    }

    async fn wait_for_turn(&self, function: &FunctionTurns) -> Result<Turn, Busy> {
        let _place = function.waiting.clone().try_acquire_owned().map_err(|_| Busy::Function)?;
        let deadline = tokio::time::Instant::now() + self.wait;
        let own = tokio::time::timeout_at(deadline, function.running.clone().acquire_owned())
            .await
            .ok()
            .and_then(Result::ok)
            .ok_or(Busy::Function)?;
        let server = tokio::time::timeout_at(deadline, self.server.clone().acquire_owned())
            .await
            .ok()
            .and_then(Result::ok)
            .ok_or(Busy::Server)?;
        Ok(Turn { _function: own, _server: server })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_full_function_is_refused_while_another_runs() {
        let admission = Admission::new(3, Duration::from_millis(20));
        let (hot, other) = (FunctionTurns::new(1), FunctionTurns::new(1));
        let held = admission.enter(&hot).await.expect("the first call runs");
        assert_eq!(admission.enter(&hot).await.err(), Some(Busy::Function));
        assert!(admission.enter(&other).await.is_ok());
        drop(held);
        assert!(admission.enter(&hot).await.is_ok());
    }

    #[tokio::test]
    async fn a_full_server_says_so() {
        let admission = Admission::new(1, Duration::from_millis(20));
        let (one, two) = (FunctionTurns::new(2), FunctionTurns::new(2));
        let _held = admission.enter(&one).await.expect("the first call runs");
        assert_eq!(admission.enter(&two).await.err(), Some(Busy::Server));
    }

    #[tokio::test]
    async fn a_waiting_call_gets_the_turn_that_comes_free() {
        let admission = Admission::new(8, Duration::from_secs(10));
        let turns = FunctionTurns::new(1);
        let held = admission.enter(&turns).await.expect("the first call runs");
        let (second, ()) = tokio::join!(admission.enter(&turns), async { drop(held) });
        assert!(second.is_ok());
    }
}
