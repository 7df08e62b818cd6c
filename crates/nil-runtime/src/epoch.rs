//! The thread that advances Wasmtime's epoch, which is how a running guest learns that its time is up.
//!
//! It parks while nothing runs, so that an idle server uses no CPU.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use wasmtime::Engine;

/// One epoch. Deadlines are met within about this much.
pub(crate) const TICK: Duration = Duration::from_millis(1);

/// Ticks without any execution after which the thread parks. Un-parking it costs the next call a system call.
const IDLE_TICKS: u32 = 200;

/// Ticks caught up at most after the thread was kept from running; deadlines are checked against the real
/// clock, so more would only be busywork.
const MAX_CATCH_UP: u32 = 64;

/// The ticking thread; stops when dropped.
pub(crate) struct Ticker {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    engines: Vec<Engine>,
    running: AtomicUsize,
    parked: AtomicBool,
    stop: AtomicBool,
}

/// An execution in progress: the epoch advances while one exists.
pub(crate) struct Running<'a>(&'a Shared);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, SeqCst);
    }
}

impl Ticker {
    /// Starts the thread for `engines`.
    pub(crate) fn start(engines: Vec<Engine>) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            engines,
            running: AtomicUsize::new(0),
            parked: AtomicBool::new(false),
            stop: AtomicBool::new(false),
        });
        let for_thread = Arc::clone(&shared);
        let thread = thread::Builder::new().name("nil-epoch".to_owned()).spawn(move || for_thread.run())?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// Announces an execution; hold the answer while it runs.
    pub(crate) fn enter(&self) -> Running<'_> {
        // Sequentially consistent on both sides: either the thread sees this execution before it parks, or
        // this sees that it parked.
        self.shared.running.fetch_add(1, SeqCst);
        if self.shared.parked.load(SeqCst)
            && let Some(thread) = &self.thread
        {
            thread.thread().unpark();
        }
        Running(&self.shared)
    }

    /// Executions in progress.
    pub(crate) fn running(&self) -> usize {
        self.shared.running.load(SeqCst)
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.shared.stop.store(true, SeqCst);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // It cannot have panicked: it only sleeps and counts.
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn run(&self) {
        let mut idle_ticks = 0;
        let mut next = Instant::now() + TICK;
        while !self.stop.load(SeqCst) {
            idle_ticks = if self.running.load(SeqCst) == 0 { idle_ticks + 1 } else { 0 };
            if idle_ticks > IDLE_TICKS {
                self.park();
                idle_ticks = 0;
                next = Instant::now() + TICK;
            }
            thread::sleep(next.saturating_duration_since(Instant::now()));
            let now = Instant::now();
            for _ in 0..MAX_CATCH_UP {
                if next > now {
                    break;
                }
                self.engines.iter().for_each(Engine::increment_epoch);
                next += TICK;
            }
            next = next.max(now);
        }
    }

    fn park(&self) {
        self.parked.store(true, SeqCst);
        while self.running.load(SeqCst) == 0 && !self.stop.load(SeqCst) {
            thread::park();
        }
        self.parked.store(false, SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn until(what: &str, condition: impl Fn() -> bool) {
        let deadline = Instant::now() + Duration::from_secs(10);
        while !condition() {
            assert!(Instant::now() < deadline, "{what} did not happen within 10 s");
            thread::yield_now();
        }
    }

    #[test]
    fn parks_when_idle_and_wakes_for_an_execution() {
        let ticker = Ticker::start(vec![Engine::default()]).expect("a thread");
        until("parking", || ticker.shared.parked.load(SeqCst));
        let running = ticker.enter();
        assert_eq!(ticker.running(), 1);
        until("waking", || !ticker.shared.parked.load(SeqCst));
        drop(running);
        until("parking again", || ticker.shared.parked.load(SeqCst));
    }
}
