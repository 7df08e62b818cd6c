//! The job loop: lease, compile under a heartbeat, report. Knows the queue only as a [`JobSource`] and a
//! compiler only as a [`crate::Toolchain`].
//!
//! Architecture invariant: a verdict is reported at most once a delivery, and only while the lease is held;
//! the source fences off anything later.

mod attempt;
mod heartbeat;
mod intake;
mod job;
mod options;
mod run;
mod source;

#[cfg(test)]
mod tests;

pub use options::ServiceOptions;
pub use run::{CompilerService, Drained};
pub use source::{Held, JobSource, LeaseRequest, Leased};
