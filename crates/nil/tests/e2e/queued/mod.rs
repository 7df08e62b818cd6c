//! Executions that run later: one server, and two servers that are killed.

pub(crate) mod fleet;
mod later;
mod together;

pub(crate) use fleet::{ADD, BUSY, upload};
