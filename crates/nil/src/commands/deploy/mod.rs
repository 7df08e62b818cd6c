//! `nil deploy`: from files to functions that answer calls.

mod folder;
mod read;
mod run;
mod store;
mod targets;
mod wish;

pub(super) use run::{Deployment, conclude, deploy_all, run, wishes_of};
pub(super) use targets::{Content, read_target};
pub(super) use wish::{Settings, Wish};
