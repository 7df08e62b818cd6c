//! The calling conventions: how input gets into a module and output out of it.

pub(crate) mod assemblyscript;
mod exports;
pub(crate) mod scalar;
pub(crate) mod stop;
mod transcode;

pub(crate) use exports::{Exports, NumericExport, memory};
pub(crate) use stop::Stop;
