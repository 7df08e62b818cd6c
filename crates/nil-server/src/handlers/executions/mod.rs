//! `/executions` and what hangs below it.

pub(crate) mod cancel;
pub(crate) mod get;
pub(crate) mod list;
