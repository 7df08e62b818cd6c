//! One private database cluster in one directory: made on first use, started, stopped.
//!
//! What happens after the start (watching, restarting) is the supervisor's.

mod configuration;
mod error;
mod handle;
mod initialise;
mod layout;
mod lock;
mod options;
mod sockets;
mod takeover;
#[cfg(test)]
mod tests;

pub use error::ClusterError;
pub use handle::Cluster;
pub(crate) use layout::Layout;
pub use options::{ClusterOptions, Durability};
pub(crate) use takeover::forget_foreign_postmaster;

/// The database that every cluster has.
pub const DATABASE: &str = "nil";

/// The role that callers connect as: the superuser of the private cluster, reachable only through its socket
/// by the user who runs it.
pub const ROLE: &str = "nil";

/// The port in the socket's file name; nothing listens on it.
pub(crate) const PORT: u16 = 5432;
