//! Finding PostgreSQL's programs: the operator's choice, a system installation, or a portable build.
//!
//! Nothing here starts a server or looks into a data directory beyond its version.

mod error;
mod locate;
mod npm;
mod portable;
mod system;
#[cfg(test)]
mod tests;

pub use error::{FetchError, LocateError};
pub use locate::{Binaries, LocateOptions, Origin, Source};
