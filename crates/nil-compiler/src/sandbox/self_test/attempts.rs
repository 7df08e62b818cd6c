//! What the probe is told and what it answers: one line of JSON each.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::Layer;

/// What the probe is to do in its box.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) enum Task {
    /// Try everything that ends at once, and tell what happened.
    Break(Targets),
    /// Use this much memory, and say so.
    UseMemory { bytes: u64 },
    /// Write this much, and say so.
    UseDisk { bytes: u64 },
    /// Start this many processes, or as many as it gets, and say how many those were.
    Fork { most: u64 },
    /// Leave a child behind that lives on, and wait for ever.
    Linger,
}

/// What a box must keep from the probe: things that are really there, and really open to others.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Targets {
    /// A file of the service that everybody may read.
    pub(super) file: PathBuf,
    /// A folder of the service that everybody may write to.
    pub(super) folder: PathBuf,
    /// Ports on 127.0.0.1 where somebody listens.
    pub(super) tcp_port: u16,
    pub(super) udp_port: u16,
    /// The name of an abstract Unix socket and the path of another, where somebody listens.
    pub(super) abstract_name: String,
    pub(super) socket: PathBuf,
    /// The service, by its number outside.
    pub(super) service: i32,
    pub(super) service_user: u32,
}

/// One attempt and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Attempt {
    pub(super) layer: Layer,
    /// What was tried, such as `read /etc/passwd`.
    pub(super) what: String,
    /// It worked, so the layer does not hold.
    pub(super) got_through: bool,
    /// What was seen, for a person.
    pub(super) seen: String,
}
