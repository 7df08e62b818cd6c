//! Is this a WebAssembly module we are willing to run? Structure, proposals, sizes; nothing about its ABI.

mod check;
mod counts;
mod foreign;
mod limits;
mod proposals;
mod summary;

pub(crate) use check::check;
pub use limits::PublishLimits;
pub(crate) use proposals::ENABLED;
pub(crate) use summary::{ExportKind, ImportKind, ModuleSummary, Signature};
