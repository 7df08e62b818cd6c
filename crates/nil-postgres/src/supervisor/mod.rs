//! Keeping one PostgreSQL server alive for as long as we are.
//!
//! Deliberately not here: what the server is given (data, configuration, socket); that is the cluster's.

mod launch;
mod log_file;
mod state;
#[cfg(test)]
mod tests;
mod thread;

pub(crate) use launch::Launch;
pub use launch::{LaunchError, Shutdown};
pub use state::ClusterState;
pub(crate) use thread::Supervisor;
