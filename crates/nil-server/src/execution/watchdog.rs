//! Watches the inline lane: while inline calls overrun on all but one reactor thread, it is closed.

use std::{
    cell::Cell,
    sync::{
        Arc, Weak,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::Instant,
};

use super::lanes::OVERRUN;

/// Reactor threads watched at the most; more run everything on the workers.
const SLOTS: usize = 64;

/// Start times of inline calls, one slot a thread; zero means idle.
struct Slots {
    started_ms: [AtomicU64; SLOTS],
    used: AtomicUsize,
    closed: AtomicBool,
    origin: Instant,
}

/// See the module.
pub(crate) struct Watchdog {
    slots: Arc<Slots>,
}

/// An inline call under way; its slot is idle again on drop.
pub(crate) struct Inline<'a> {
    slot: &'a AtomicU64,
}

impl Drop for Inline<'_> {
    fn drop(&mut self) {
        self.slot.store(0, Ordering::Relaxed);
    }
}

thread_local! {
    static SLOT: Cell<Option<usize>> = const { Cell::new(None) };
}

impl Watchdog {
    pub(crate) fn start() -> std::io::Result<Self> {
        let slots = Arc::new(Slots {
            started_ms: [const { AtomicU64::new(0) }; SLOTS],
            used: AtomicUsize::new(0),
            closed: AtomicBool::new(false),
            origin: Instant::now(),
        });
        let watched = Arc::downgrade(&slots);
        std::thread::Builder::new().name("inline-watchdog".to_owned()).spawn(move || watch(&watched))?;
        Ok(Self { slots })
    }

    /// Enters the inline lane, unless it is closed.
    pub(crate) fn enter(&self) -> Option<Inline<'_>> {
        if self.slots.closed.load(Ordering::Relaxed) {
            return None;
        }
        let index = SLOT.get().unwrap_or_else(|| {
            let index = self.slots.used.fetch_add(1, Ordering::Relaxed);
            SLOT.set(Some(index));
            index
        });
        let slot = self.slots.started_ms.get(index)?;
        slot.store(self.slots.now_ms(), Ordering::Relaxed);
        Some(Inline { slot })
    }
}

impl Slots {
    /// Milliseconds since the start, never zero.
    fn now_ms(&self) -> u64 {
        u64::try_from(self.origin.elapsed().as_millis()).unwrap_or(u64::MAX).saturating_add(1)
    }
}

fn watch(slots: &Weak<Slots>) {
    let overrun_ms = u64::try_from(OVERRUN.as_millis()).unwrap_or(u64::MAX);
    while let Some(slots) = slots.upgrade() {
        let now = slots.now_ms();
        let threads = slots.used.load(Ordering::Relaxed).min(SLOTS);
        let overrunning = slots.started_ms[..threads]
            .iter()
            .map(|started| started.load(Ordering::Relaxed))
            .filter(|&started| started != 0 && now.saturating_sub(started) > overrun_ms)
            .count();
        slots.closed.store(overrunning > 0 && overrunning + 1 >= threads, Ordering::Relaxed);
        drop(slots);
        std::thread::sleep(OVERRUN);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn until(condition: impl Fn() -> bool) {
        let deadline = Instant::now() + std::time::Duration::from_secs(10);
        while !condition() {
            assert!(Instant::now() < deadline, "the watchdog did not notice in time");
            std::thread::yield_now();
        }
    }

    #[test]
    fn the_lane_closes_while_calls_overrun_and_opens_again() {
        let watchdog = Watchdog::start().expect("a thread starts");
        let inline = watchdog.enter().expect("the lane is open");
        until(|| watchdog.slots.closed.load(Ordering::Relaxed));
        assert!(watchdog.enter().is_none());
        drop(inline);
        until(|| watchdog.enter().is_some());
    }
}
