//! The server: HTTP API, publisher, execution and history. It brings the store and the runtime together.
//!
//! Architecture invariant: `/execute` answers only after the record of the execution is durable, and a
//! failure of user code is an outcome, never an HTTP error of ours.

mod app;
mod callbacks;
mod checks;
mod config;
mod console;
mod events;
mod execution;
mod front_door;
mod gate;
mod handlers;
mod http;
mod idempotency;
mod languages;
mod maintenance;
mod metrics;
mod openapi;
mod publisher;
mod queue;
mod router;
mod schedules;
mod secrets;
mod serve;
mod shared_runtimes;
mod trace;

pub use app::{App, StartError};
pub use callbacks::{AllowedNetworks, InvalidNetwork};
pub use config::ServerConfig;
pub use router::openapi;
pub use schedules::{InvalidRhythm, check_rhythm};
pub use secrets::{KeyError, SecretsKeys};
pub use serve::{ServeError, serve};
