//! `/queue`: the queues now and over time, and the dead letters of compilations.

pub(crate) mod discard;
pub(crate) mod history;
pub(crate) mod report;
pub(crate) mod requeue;
