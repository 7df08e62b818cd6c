//! A rush: records of `/fn` arrive faster than PostgreSQL inserts rows.
//!
//! They are then set aside, thousands in one row, which costs a tenth; they are durable as soon, and become rows when the
//! rush is over, or earlier if somebody asks for one (`nil-store/src/history/spill.rs`). Records that somebody waits for
//! are always written as rows.

use std::{
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use nil_store::{Spilled, Store, StoreError};
use tokio::sync::mpsc;

use super::{History, Item};

/// Records that wait while others are being written, and begin a rush: a tenth of a second behind.
const BEHIND: usize = 4_000;

/// A rush is over when fewer than this have arrived within [`WINDOW`]: a third of what a core inserts.
const CALM: usize = 10_000;

/// How long little must arrive.
pub(super) const WINDOW: Duration = Duration::from_secs(1);

/// Records set aside in one row at the most.
pub(super) const RUSH_BATCH: usize = 8_192;

/// How long such a row gathers records: they come at some ten a millisecond.
const GATHER: Duration = Duration::from_millis(50);

/// Whether there is a rush.
#[derive(Debug, Default)]
pub(super) struct Rush {
    since: Option<Instant>,
    arrived: usize,
}

impl Rush {
    pub(super) fn is_on(&self) -> bool {
        self.since.is_some()
    }

    /// `taken` records have been taken, and `waiting` are still there.
    pub(super) fn note(&mut self, taken: usize, waiting: usize, now: Instant) {
        let Some(since) = self.since else {
            if waiting >= BEHIND {
                *self = Self { since: Some(now), arrived: 0 };
            }
            return;
        };
        self.arrived += taken;
        if now.duration_since(since) >= WINDOW {
            let is_over = self.arrived + waiting < CALM;
            *self = Self { since: (!is_over).then_some(now), arrived: 0 };
        }
    }
}

/// Lets more records arrive before they are set aside together. Not more than a moment: they are not durable yet.
pub(super) async fn gather(records: &mut Vec<Item>, items: &mut mpsc::UnboundedReceiver<Item>) {
    if records.len() + items.len() < RUSH_BATCH && !items.is_closed() {
        tokio::time::sleep(GATHER).await;
    }
    while records.len() < RUSH_BATCH {
        match items.try_recv() {
            Ok(item) => records.push(item),
            Err(_) => break,
        }
    }
}

/// Brings everything that was set aside into the record, as long as no rush is on.
pub(crate) async fn expand(history: &History, store: &Store) -> Result<(), StoreError> {
    while !history.health.rush.load(Ordering::Relaxed) {
        if store.expand_spilled(Spilled::Oldest).await? == 0 {
            break;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rush_begins_when_the_writer_is_behind_and_ends_when_little_arrives() {
        let start = Instant::now();
        let at = |ms: u64| start + Duration::from_millis(ms);
        let mut rush = Rush::default();
        rush.note(1_000, BEHIND - 1, at(0));
        assert!(!rush.is_on());
        rush.note(1_000, BEHIND, at(10));
        assert!(rush.is_on());
        // As many as before, for a second and one more.
        for ms in (100..=1_100).step_by(100) {
            rush.note(4_000, 0, at(ms));
        }
        assert!(rush.is_on());
        rush.note(CALM - 1, 0, at(2_200));
        assert!(!rush.is_on());
    }
}
