//! A reactor's thread that runs a guest: everything else it had to do goes to another thread before the guest holds it
//! up.
//!
//! tokio calls what a worker thread has to do its core, and lets a thread that is about to block give it away
//! (`block_in_place`). It expects the blocking to happen inside that call. A guest only turns out to be long while it
//! runs, so here the call does nothing but wait until another thread has taken the core; tokio then lets this thread
//! finish its task without one.

use std::{sync::mpsc, time::Duration};

use tokio::runtime::{Handle, RuntimeFlavor};

/// How long the guest stands still at the most until its thread's work is taken. Starting a thread takes a tenth of it.
const TAKEN_WITHIN: Duration = Duration::from_millis(2);

/// Whether the reactor of the calling task has threads that can give their work away.
pub(super) fn can_give_way() -> bool {
    Handle::try_current().is_ok_and(|reactor| reactor.runtime_flavor() == RuntimeFlavor::MultiThread)
}

/// Gives away whatever else the calling thread of the reactor has to do. Where it has nothing any more, this costs a
/// message to a thread and back.
pub(super) fn give_way() {
    tokio::task::block_in_place(|| {
        // The pool of threads takes its work in order: whoever runs this comes after the thread that took the core.
        let (taken, wait) = mpsc::channel();
        tokio::task::spawn_blocking(move || taken.send(()));
        // Too late is no loss: the core comes back, and is offered again.
        let _ = wait.recv_timeout(TAKEN_WITHIN);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_that_does_not_come_back_holds_up_nobody() {
        let reactor =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("threads");
        let (release, released) = mpsc::channel::<()>();
        let (started, begins) = mpsc::channel();
        let long = reactor.spawn(async move {
            give_way();
            started.send(()).expect("somebody listens");
            // As a guest does: the reactor's only thread does not come back until it is told to.
            released.recv().expect("somebody releases");
        });
        begins.recv_timeout(Duration::from_secs(10)).expect("the long task begins");
        let (answer, answered) = mpsc::channel();
        reactor.spawn(async move {
            tokio::time::sleep(Duration::from_millis(1)).await;
            answer.send(()).expect("somebody listens");
        });
        answered
            .recv_timeout(Duration::from_secs(10))
            .expect("another task runs, timers and all, while the first goes on");
        release.send(()).expect("the long task waits");
        reactor.block_on(long).expect("the long task ends");
    }

    #[test]
    fn giving_way_again_is_harmless() {
        let reactor =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("threads");
        let done = reactor.spawn(async {
            for _ in 0..8 {
                give_way();
            }
        });
        reactor.block_on(done).expect("nothing panics");
        assert!(reactor.block_on(reactor.spawn(async { true })).expect("the reactor still works"));
    }
}
