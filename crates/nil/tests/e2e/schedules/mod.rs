//! Schedules: one server, and two that look at the same ticks.

mod fleet;
mod pausing;
mod rhythms;
