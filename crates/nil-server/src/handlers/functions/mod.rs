//! `/functions` and what hangs below it.

pub(crate) mod callback_secret;
pub(crate) mod build_log;
pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod execute;
pub(crate) mod executions;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod logs;
pub(crate) mod module;
pub(crate) mod refusal;
pub(crate) mod respond_async;
pub(crate) mod update;
pub(crate) mod validate;

mod present;
