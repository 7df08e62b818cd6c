//! Schedules: [`timing`] computes ticks, [`decide`] says which of them become executions, [`fire`] is the loop that makes
//! them. That a tick is one execution is the database's doing (`nil-store`, `schedules/fire.rs`).

mod decide;
mod fire;
mod timing;

pub(crate) use fire::run;
pub(crate) use timing::Timing;
pub use timing::{InvalidRhythm, check_rhythm};
