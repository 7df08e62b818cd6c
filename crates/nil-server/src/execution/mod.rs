//! From a call to its outcome: the live function, its turn, the thread that runs it, and the record.

mod admission;
mod history;
#[cfg(test)]
mod history_tests;
mod lanes;
mod live;
mod reactor;
mod recorded;
mod sampling;
mod workers;

pub(crate) use admission::{Admission, Busy};
pub(crate) use history::{Committed, History, expand, probe};
pub(crate) use lanes::{Lanes, Work};
pub(crate) use live::{LiveCache, LiveEntry, LiveError};
pub(crate) use recorded::{RecordedExecution, execute_buffered, execute_recorded};
