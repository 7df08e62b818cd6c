//! Empties a worker's standard error: into the log a little, into a tail for crash reports, and else into
//! nothing, so that a worker never waits for somebody to read what it prints.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use nil_core::escape_control;
use tokio::{io::AsyncReadExt, process::ChildStderr, sync::watch, task::JoinHandle};

/// Kept for a crash report. A JavaScript engine's last words with its stacks are about 3 KB.
const TAIL_BYTES: usize = 8 * 1024;

/// Logged of one job; the rest is dropped.
const LOGGED_BYTES: usize = 16 * 1024;

/// What a worker printed to standard error.
#[derive(Debug)]
pub(super) struct StderrDrain {
    printed: Arc<Mutex<Printed>>,
    bytes: watch::Receiver<u64>,
    task: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Printed {
    tail: Vec<u8>,
    logged_bytes: usize,
}

impl StderrDrain {
    pub(super) fn start(stderr: ChildStderr, worker: i32) -> Self {
        let printed = Arc::new(Mutex::new(Printed::default()));
        let (counter, bytes) = watch::channel(0);
        let task = tokio::spawn(drain(stderr, Arc::clone(&printed), counter, worker));
        Self { printed, bytes, task }
    }

    /// Starts a new job: a new allowance for the log, an empty tail.
    pub(super) fn begin_job(&self) {
        *self.printed.lock().unwrap_or_else(PoisonError::into_inner) = Printed::default();
    }

    /// Waits until more than `most_bytes` were printed since now; for ever if that never happens.
    pub(super) async fn passes(&self, most_bytes: u64) {
        let mut bytes = self.bytes.clone();
        let end = bytes.borrow_and_update().saturating_add(most_bytes);
        if bytes.wait_for(|printed| *printed > end).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// The last words of a worker that is gone, for the operator's log.
    pub(super) async fn last_words(&mut self) -> String {
        // Whatever is still in the pipe arrives at once, unless a child of the worker holds it open.
        let _ = tokio::time::timeout(Duration::from_millis(200), &mut self.task).await;
        let printed = self.printed.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&printed.tail).into_owned()
    }
}

impl Drop for StderrDrain {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn drain(mut stderr: ChildStderr, printed: Arc<Mutex<Printed>>, counter: watch::Sender<u64>, worker: i32) {
    let mut buffer = vec![0; 8 * 1024];
    while let Ok(length @ 1..) = stderr.read(&mut buffer).await {
        let chunk = &buffer[..length];
        let logged = keep(&mut printed.lock().unwrap_or_else(PoisonError::into_inner), chunk);
        counter.send_modify(|bytes| *bytes += length as u64);
        for line in String::from_utf8_lossy(&chunk[..logged]).lines() {
            tracing::debug!(worker, "stderr: {}", escape_control(line));
        }
    }
}

/// Keeps the chunk's end for the tail; returns how much of the chunk may be logged.
fn keep(printed: &mut Printed, chunk: &[u8]) -> usize {
    printed.tail.extend_from_slice(chunk);
    let surplus = printed.tail.len().saturating_sub(TAIL_BYTES);
    printed.tail.drain(..surplus);
    let logged = chunk.len().min(LOGGED_BYTES - printed.logged_bytes);
    printed.logged_bytes += logged;
    logged
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_keeps_the_end_and_the_log_the_beginning() {
        let mut printed = Printed::default();
        assert_eq!(keep(&mut printed, &vec![b'a'; LOGGED_BYTES - 10]), LOGGED_BYTES - 10);
        assert_eq!(keep(&mut printed, b"0123456789abcdef"), 10);
        assert_eq!(keep(&mut printed, b"more"), 0);
        assert_eq!(printed.tail.len(), TAIL_BYTES);
        assert!(printed.tail.ends_with(b"abcdefmore"));
    }
}
