//! Executions that run later: one server, and two servers that are killed.

mod fleet;
mod later;
mod together;

pub(crate) use fleet::{ADD, BUSY, upload};
