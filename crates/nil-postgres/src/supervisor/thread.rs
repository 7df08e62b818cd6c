//! The supervisor's thread: starts the server, notices its death, starts it again, stops it.
//!
//! The thread lives as long as the server, because the kernel ties the server's life to the thread that
//! spawned it. All signals are sent from here, and the server is reaped here, so a signal can never hit a
//! process that got the server's number after it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};

use super::launch::{Launch, LaunchError, Server, Shutdown};
use super::log_file;
use super::state::{ClusterState, SharedState};
use crate::Progress;
use crate::cluster::forget_foreign_postmaster;
use crate::processes;

/// How often the size of the log is looked at, and the server in case its end was not reported.
const CHECK: Duration = Duration::from_secs(5);

/// The pause before the second start in a row, doubled for each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// A server that ran this long had not died of its start.
const STABLE_AFTER: Duration = Duration::from_secs(10);

/// How long killed backends may take to go.
const BACKENDS_GONE: Duration = Duration::from_secs(10);

/// How often a person hears that a start takes its time.
const REPORT_EVERY: Duration = Duration::from_secs(2);

enum Event {
    /// The server ended; it waits to be reaped.
    Ended,
    Stop,
}

/// The owner's end of the supervisor's thread.
#[derive(Debug)]
pub(crate) struct Supervisor {
    state: Arc<SharedState>,
    stopping: Arc<AtomicBool>,
    events: Sender<Event>,
    thread: Mutex<Option<JoinHandle<Shutdown>>>,
}

impl Supervisor {
    /// Starts the thread and in it the server; returns when the server is ready.
    pub(crate) fn start(launch: Launch, progress: Progress<'_>) -> Result<Self, LaunchError> {
        let state = Arc::new(SharedState::new());
        let stopping = Arc::new(AtomicBool::new(false));
        let (events, inbox) = mpsc::channel();
        let (report, first_start) = mpsc::channel();
        let program = launch.postgres.clone();
        let watch = Watch { launch, state: state.clone(), stopping: stopping.clone(), events: events.clone(), inbox };
        let thread = thread::Builder::new().name("postgres".to_owned()).spawn(move || watch.run(&report));
        let thread = thread.map_err(|source| LaunchError::Spawn { program, source })?;
        let supervisor = Self { state, stopping, events, thread: Mutex::new(Some(thread)) };

        let begun = Instant::now();
        loop {
            match first_start.recv_timeout(REPORT_EVERY) {
                Ok(result) => return result.map(|()| supervisor),
                Err(RecvTimeoutError::Timeout) => progress(&format!(
                    "PostgreSQL is starting since {} s; after an unclean end it recovers its data first",
                    begun.elapsed().as_secs()
                )),
                // Only a panic of the thread ends it without a report.
                Err(RecvTimeoutError::Disconnected) => return Err(LaunchError::Stopped),
            }
        }
    }

    pub(crate) fn state(&self) -> ClusterState {
        self.state.get()
    }

    pub(crate) fn wait_for(&self, timeout: Duration, wanted: impl Fn(&ClusterState) -> bool) -> Option<ClusterState> {
        self.state.wait_for(timeout, wanted)
    }

    /// Stops the server, if it runs, and the thread.
    pub(crate) fn stop(&self) -> Shutdown {
        self.stopping.store(true, Ordering::Relaxed);
        // If nobody listens any more, the thread has ended already.
        let _ = self.events.send(Event::Stop);
        // Held while joining, so that a second caller also returns only when the server is gone.
        let mut thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        thread.take().and_then(|thread| thread.join().ok()).unwrap_or(Shutdown::NotRunning)
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The thread's side.
struct Watch {
    launch: Launch,
    state: Arc<SharedState>,
    stopping: Arc<AtomicBool>,
    events: Sender<Event>,
    inbox: Receiver<Event>,
}

impl Watch {
    fn run(self, report: &Sender<Result<(), LaunchError>>) -> Shutdown {
        let first = self.launch.start(|| self.stopping());
        let shutdown = match first {
            Ok(server) => {
                self.running(&server);
                // If nobody waits for the report, the owner has gone and `Stop` is next in the inbox.
                let _ = report.send(Ok(()));
                self.keep_alive(server)
            }
            Err(error) => {
                let _ = report.send(Err(error));
                Shutdown::NotRunning
            }
        };
        self.state.set(ClusterState::Stopped);
        shutdown
    }

    fn keep_alive(&self, mut server: Server) -> Shutdown {
        let mut failures = 0;
        loop {
            let since = Instant::now();
            if !self.ended_by_itself(&server) {
                tracing::info!("stopping PostgreSQL");
                return server.stop(self.launch.stop_timeout, &self.launch.layout.data);
            }
            let reason = match server.reap() {
                Ok(status) => format!("PostgreSQL ended with {status}"),
                Err(error) => format!("PostgreSQL ended: {error}"),
            };
            failures = if since.elapsed() >= STABLE_AFTER { 0 } else { failures };
            match self.restart(reason, &mut failures) {
                Some(restarted) => server = restarted,
                None => return Shutdown::NotRunning,
            }
            // Counted until it has proven itself, so that one that dies at once is not restarted in a rush.
            failures += 1;
        }
    }

    /// Waits until the server ended (true) or shall be stopped (false), minding the log meanwhile.
    fn ended_by_itself(&self, server: &Server) -> bool {
        loop {
            match self.inbox.recv_timeout(CHECK) {
                Ok(Event::Ended) => return true,
                Ok(Event::Stop) | Err(RecvTimeoutError::Disconnected) => return false,
                Err(RecvTimeoutError::Timeout) if server.has_ended() => return true,
                Err(RecvTimeoutError::Timeout) => {
                    if let Err(error) = log_file::bound(self.launch.layout.log_file()) {
                        tracing::warn!(%error, "cutting PostgreSQL's log failed");
                    }
                }
            }
        }
    }

    /// Tries until the server runs again, or nothing when it shall be stopped.
    fn restart(&self, mut reason: String, failures: &mut u32) -> Option<Server> {
        loop {
            tracing::error!(%reason, failures = *failures, "PostgreSQL is not running, starting it again");
            self.state.set(ClusterState::Restarting { failures: *failures, reason });
            if !self.pause(*failures) {
                return None;
            }
            match self.clear().and_then(|()| self.launch.start(|| self.stopping())) {
                Ok(server) => {
                    self.running(&server);
                    return Some(server);
                }
                Err(LaunchError::Stopped) => return None,
                Err(error) => reason = error.to_string(),
            }
            *failures += 1;
        }
    }

    /// Backends outlive a killed postmaster for a moment, or for as long as their statement runs, and
    /// hold the shared memory that the next one needs free.
    fn clear(&self) -> Result<(), LaunchError> {
        let layout = &self.launch.layout;
        let leftovers = |reason: String| LaunchError::Leftovers { reason };
        match processes::kill_attached(&layout.data, BACKENDS_GONE) {
            Ok(true) => forget_foreign_postmaster(layout).map_err(|error| leftovers(error.to_string())),
            Ok(false) => Err(leftovers("some processes do not end".to_owned())),
            Err(error) => Err(leftovers(error.to_string())),
        }
    }

    /// Waits before another try; false if the server shall be stopped instead.
    fn pause(&self, failures: u32) -> bool {
        if failures > 0 {
            let pause = FIRST_PAUSE.saturating_mul(1 << (failures - 1).min(10)).min(LONGEST_PAUSE);
            // No server is watched now, so the only event there can be is `Stop`.
            return matches!(self.inbox.recv_timeout(pause), Err(RecvTimeoutError::Timeout));
        }
        !self.stopping()
    }

    fn running(&self, server: &Server) {
        let pid = server.pid();
        self.state.set(ClusterState::Running { pid: pid.as_raw_pid().cast_unsigned() });
        let events = self.events.clone();
        let waiter = thread::Builder::new().name("postgres-wait".to_owned()).spawn(move || report_end(pid, &events));
        if let Err(error) = waiter {
            // The regular check notices an end too, only later.
            tracing::warn!(%error, "starting the thread that waits for PostgreSQL's end failed");
        }
    }

    fn stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }
}

/// Waits for the server's end without reaping it, and reports it.
fn report_end(pid: Pid, events: &Sender<Event>) {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
    while matches!(waitid(WaitId::Pid(pid), options), Err(rustix::io::Errno::INTR)) {}
    // Nobody listens once the supervisor has stopped the server.
    let _ = events.send(Event::Ended);
}
