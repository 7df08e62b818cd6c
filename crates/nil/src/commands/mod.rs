//! What people type: one file a command. Each asks the server (or this machine), prints, and ends.

mod alias;
mod check;
mod completions;
mod cron;
mod dead_letters;
mod deploy;
mod describe;
mod dev;
mod diff;
mod doctor;
mod environments;
mod examples;
mod executions;
mod invoke;
mod later;
mod list;
mod logs;
mod new;
mod project;
mod promote;
mod queue;
mod rm;
mod rollback;
mod run;
mod toolchain;
mod version;
mod versions;

pub(crate) use run::run;
