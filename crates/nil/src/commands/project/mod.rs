//! A folder of functions as one thing: `nil.toml` says what there is to be, [`plan`] what is missing on the server.

mod manifest;
mod plan;
mod wishes;

pub(super) use manifest::MANIFEST;
pub(super) use plan::{Plan, Planned, plan};
pub(super) use wishes::{is_project, load};
