//! What CPython asks of the host: preview 1, with one file it may read, the archive of its own standard library, which lies
//! in the guest's memory. There is nothing else to open, and nothing to write to.

mod files;
mod library;
mod link;

pub(crate) use library::Library;
pub(crate) use link::link as link_python;
