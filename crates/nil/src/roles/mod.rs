//! The long-running roles and the one-off `migrate`: each reads its arguments, builds its parts and runs them.

pub(crate) mod compiler;
pub(crate) mod migrate;
pub(crate) mod server;
pub(crate) mod up;

mod announcer;
mod child;
mod home_lock;
mod sandbox;
