//! `/queue`: the compilation backlog and its dead letters.

pub(crate) mod discard;
pub(crate) mod report;
pub(crate) mod requeue;
