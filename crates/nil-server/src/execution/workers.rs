//! Threads that take calls from a queue. The one that went idle last is woken first: its stack and its caches are
//! warm, and nobody looks for work in vain.

use std::{
    collections::VecDeque,
    sync::Arc,
    thread::{self, Thread},
};

use parking_lot::Mutex;

/// Something to run.
pub(super) type Job = Box<dyn FnOnce() + Send>;

/// Stack of a worker: a guest may use 1 MiB of it.
const STACK_BYTES: usize = 4 << 20;

#[derive(Default)]
struct Queue {
    jobs: VecDeque<Job>,
    /// Workers without a job, the latest last.
    idle: Vec<Thread>,
    closed: bool,
}

/// The threads; they finish what is queued and end when this is dropped.
pub(super) struct Workers {
    queue: Arc<Mutex<Queue>>,
}

impl Workers {
    /// # Errors
    /// When the machine refuses a thread.
    pub(super) fn start(threads: usize) -> std::io::Result<Self> {
        let workers = Self { queue: Arc::default() };
        for index in 0..threads {
            let queue = workers.queue.clone();
            let thread = thread::Builder::new().name(format!("execute-{index}")).stack_size(STACK_BYTES);
            thread.spawn(move || {
                while let Some(job) = next(&queue) {
                    job();
                }
            })?;
        }
        Ok(workers)
    }

    /// Hands a job over. Admission bounds what is under way, and so what can wait here.
    pub(super) fn submit(&self, job: Job) {
        let mut queue = self.queue.lock();
        queue.jobs.push_back(job);
        let worker = queue.idle.pop();
        drop(queue);
        if let Some(worker) = worker {
            worker.unpark();
        }
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        let mut queue = self.queue.lock();
        queue.closed = true;
        queue.idle.drain(..).for_each(|worker| worker.unpark());
    }
}

/// Waits for a job; `None` when there will be none.
fn next(queue: &Mutex<Queue>) -> Option<Job> {
    let this = thread::current();
    let mut queue_now = queue.lock();
    loop {
        if let Some(job) = queue_now.jobs.pop_front() {
            return Some(job);
        }
        if queue_now.closed {
            return None;
        }
        queue_now.idle.push(this.clone());
        drop(queue_now);
        thread::park();
        queue_now = queue.lock();
        // Woken by nobody, it is still on the list.
        queue_now.idle.retain(|idle| idle.id() != this.id());
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn every_job_is_run_once_and_the_queue_is_emptied_at_the_end() {
        let workers = Workers::start(3).expect("threads");
        let (send, receive) = mpsc::channel();
        for index in 0..1_000 {
            let send = send.clone();
            workers.submit(Box::new(move || send.send(index).expect("somebody listens")));
        }
        drop((workers, send));
        let mut seen: Vec<i32> = receive.iter().collect();
        seen.sort_unstable();
        assert_eq!(seen, (0..1_000).collect::<Vec<_>>());
    }
}
