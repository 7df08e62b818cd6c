//! `nil deploy`: from files to functions that answer calls.

mod folder;
mod read;
mod run;
mod store;
mod targets;
mod wish;

pub(super) use run::{Deployment, deploy_all, run};
pub(super) use targets::{Content, read_target, resolve};
pub(super) use wish::{Settings, Wish};
