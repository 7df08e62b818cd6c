//! Executions that run later: one server, and two servers that are killed.

mod backlog;
pub(crate) mod fleet;
mod history;
pub(crate) mod later;
mod together;

pub(crate) use fleet::{ADD, BUSY, upload};
