//! `/functions/{id}/examples`: what a function must return for which input.

pub(crate) mod delete;
pub(crate) mod list;
pub(crate) mod put;
pub(crate) mod run;

pub(crate) mod check;
