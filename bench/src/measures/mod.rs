//! One file a group of figures, and the order they are taken in.

mod backlog;
mod calls;
mod density;
mod deploy;
mod http;
mod kernels;
mod native;
mod overload;
mod profile;
mod run;

pub(crate) use run::run_all;
