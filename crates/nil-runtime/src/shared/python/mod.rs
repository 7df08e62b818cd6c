//! CPython by its own C API: how it is started, given the prelude, and called.
//!
//! The prelude (`toolchains/python/prelude.py`) takes and gives bytes: sources, inputs and outputs as JSON, and what went
//! wrong described. The interpreter's own modules do that work, taken before any function could replace them.

mod api;
mod boot;
mod function;
mod reply;

pub(crate) use api::Python;
pub(crate) use boot::Boot;
pub(super) use boot::boot;
pub(super) use function::{call, snapshot};
