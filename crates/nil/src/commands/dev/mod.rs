//! `nil dev`: deploys what changes while a person edits, and prints what the functions write.

mod logs;
mod run;
mod watch;

pub(super) use run::run;
