//! `/executions` and what hangs below it.

pub(crate) mod get;
