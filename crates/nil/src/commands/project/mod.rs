//! A folder of functions as one thing: `nil.toml` says what there is to be, [`plan()`] and [`plan_environments`] what is
//! missing on the server.

mod environment_spec;
mod environments;
mod manifest;
mod names;
mod plan;
mod schedule_spec;
mod schedules;
mod wishes;

pub(super) use environments::{EnvironmentPlan, check_environments, plan_environments};
pub(super) use manifest::MANIFEST;
pub(super) use plan::{Plan, Planned, plan};
pub(super) use schedules::ScheduleChange;
pub(super) use wishes::{is_project, load};
