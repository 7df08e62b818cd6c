//! A typed client for ProjectNIL's HTTP API.
//!
//! One method an endpoint, bodies from `nil-api`, one error enum. It retries nothing by itself: a caller knows
//! better than the transport whether a call may happen twice.

mod check;
mod client;
mod environments;
mod error;
mod executions;
mod events;
mod functions;
mod logs;
mod languages;
mod operations;
mod queued;
mod schedules;

pub use client::{Client, ClientOptions, DEFAULT_URL};
pub use error::ClientError;
pub use events::EventStream;
pub use logs::{LogStream, Logged};
pub use operations::Requeued;
pub use queued::CalledOff;
