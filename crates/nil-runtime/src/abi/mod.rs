//! The calling conventions: how input gets into a module and output out of it.

pub(crate) mod assemblyscript;
pub(crate) mod buffer;
mod exports;
pub(crate) mod scalar;
pub(crate) mod stop;
mod transcode;
pub(crate) mod wasi_command;

pub(crate) use exports::{Exports, NumericExport, memory};
pub(crate) use stop::Stop;
