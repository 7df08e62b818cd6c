//! `nil deploy`: from files to functions that answer calls.

mod folder;
mod read;
mod run;
mod store;
mod targets;
mod wish;

pub(super) use run::{Deployment, conclude, deploy_all, run, wishes_of};
pub(super) use targets::{Target, Wanted, read_target, resolve};
pub(super) use wish::{Settings, Wish};
