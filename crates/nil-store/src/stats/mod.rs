//! Figures about executions: counted by minute behind the writers ([`count`]), and added up when somebody asks
//! ([`read`]). [`late`] is what writers do for it: nothing, unless a record comes late.
//!
//! Decision 0020 says why it is done this way.

mod count;
mod late;
mod read;

pub(crate) use late::{late_minutes, mark_late, mark_range_late};
pub use read::{ClassRow, CountRow, FunctionCounts, FunctionFigures, StatsWindow};
