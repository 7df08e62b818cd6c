//! What was measured, as programs and as people read it.

mod chart;
mod figure;
mod markdown;
mod write;

pub(crate) use figure::{Figure, Reach};
pub(crate) use write::{Drawing, Report};
