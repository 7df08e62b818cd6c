//! QuickJS-ng by its own C API: how it is started, given modules, called, and read.
//!
//! The host speaks to the engine, not to scripts: JSON, promises and exceptions go through the C API, so a script
//! that replaces `JSON` or `Promise` changes nothing but itself.

mod api;
mod boot;
mod call;
mod evaluate;
mod function;
mod thrown;
mod value;

pub(crate) use api::{QuickJs, Vm};
pub(crate) use boot::Boot;
pub(super) use boot::boot;
pub(super) use evaluate::Unevaluated;
pub(super) use function::{call, snapshot};
pub(crate) use thrown::{SourceMaps, Thrown};
pub(crate) use value::Value;
