//! `nil deploy`: from files to functions that answer calls.

mod environments;
mod folder;
mod intent;
mod read;
mod run;
mod schedules;
mod store;
mod targets;
mod wish;

pub(super) use environments::deploy_environments;
pub(super) use intent::wishes_of;
pub(super) use run::{Deployment, conclude, deploy_all, print_json, run};
pub(super) use store::same_environments;
pub(super) use targets::{Target, Wanted, read_target, resolve};
pub(super) use wish::{EnvironmentWish, ScheduleWish, Settings, Wish, Wishes};
