//! Functions in interpreted languages: one runtime module, compiled once, serves them all.
//!
//! A function's own module is tiny: it carries a script and the digest of the runtime it asks for. The runtime is
//! prepared once ([`prepare`]): initialised, its prelude evaluated, snapshotted, compiled. At publication the
//! function's modules are evaluated in an instance of it, and what that changed in memory is kept as a
//! [`Delta`](delta::Delta). A call is a fresh instance of the shared runtime with the delta copied into it.
//!
//! Architecture invariant: a runtime is a guest like any other, validated, limited and sandboxed. A delta is derived
//! data: it belongs to one runtime image, is sealed like native code, and is made again when either is lost.

mod delta;
mod function;
mod image;
mod interpreter;
mod module;
mod prepare;
pub(crate) mod python;
pub(crate) mod quickjs;
mod registry;
mod source;

pub(crate) use function::{ScriptFunction, ScriptMetadata, detect, encoded_bytes};
pub(crate) use interpreter::{Boot, Interpreter};
pub(crate) use prepare::Prepared;
pub(crate) use registry::SharedRuntimes;
pub use source::SharedRuntimeSource;
