//! `nil doctor`: what works, what does not, and what to do about it.

mod check;
mod machine;
mod run;
mod server;

pub(super) use run::run;
