//! Schedules, and the transaction that turns their ticks into queued executions.

mod fire;
mod rows;
mod table;

pub use fire::{DueSchedule, Fired, Firing};
pub use rows::{Rhythm, ScheduleRow};
pub use table::{PutSchedule, ScheduleQuota};
