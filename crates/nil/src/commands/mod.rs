//! What people type: one file a command. Each asks the server (or this machine), prints, and ends.

mod check;
mod completions;
mod cron;
mod dead_letters;
mod deploy;
mod describe;
mod doctor;
mod environments;
mod executions;
mod invoke;
mod later;
mod list;
mod logs;
mod new;
mod queue;
mod rm;
mod run;
mod toolchain;
mod version;

pub(crate) use run::run;
