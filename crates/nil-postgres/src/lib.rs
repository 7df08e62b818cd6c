//! The managed private PostgreSQL of `nil up` and of the tests.
//!
//! Three rooms: [`Binaries`] finds (or fetches) PostgreSQL's programs, [`Cluster`] makes and starts a
//! database cluster in one directory, and the supervisor behind it keeps the server process alive and ends it
//! with us. Linux only.
//!
//! Deliberately not here: a driver (callers connect with [`Cluster::connection_url`]), schemas and migrations,
//! backups, and any network listener. This crate knows no other crate of the workspace. All functions block;
//! asynchronous callers wrap them.

mod binaries;
mod cluster;
mod os_user;
mod processes;
mod supervisor;

pub use binaries::{Binaries, FetchError, LocateError, LocateOptions, Origin, Source};
pub use cluster::{Cluster, ClusterError, ClusterOptions, DATABASE, Durability, ROLE};
pub use os_user::OsUserError;
pub use supervisor::{ClusterState, LaunchError, Shutdown};

/// The oldest major version of PostgreSQL that ProjectNIL's SQL is written for.
pub const OLDEST_MAJOR: u32 = 15;

/// Receives one-line messages for people about steps that may take longer than a moment.
pub type Progress<'a> = &'a dyn Fn(&str);
