//! `/functions/{id}/versions`, and moving what is live.

pub(crate) mod diff;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod promote;
pub(crate) mod rollback;

mod moved;
mod present;
