//! `nil deploy`: from files to functions that answer calls.

mod folder;
mod read;
mod run;
mod store;
mod targets;

pub(super) use run::run;
pub(super) use targets::{Target, Wanted, resolve};
