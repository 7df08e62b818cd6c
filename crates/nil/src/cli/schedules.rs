//! Arguments of `nil cron`.

use clap::{ArgGroup, Args, Subcommand};
use nil_core::{CatchUp, FunctionRef, ScheduleName};

/// `nil cron`.
#[derive(Debug, Args)]
pub(crate) struct CronArgs {
    #[command(subcommand)]
    pub(crate) action: CronAction,
}

/// What to do with schedules.
#[derive(Debug, Subcommand)]
pub(crate) enum CronAction {
    /// List schedules with their next ticks
    List {
        /// Name or id of the function [default: all]
        function: Option<FunctionRef>,
    },
    /// Run a function by itself, by a cron expression or every so often
    Set(CronSetArgs),
    /// Let a schedule rest
    Pause(ScheduleArgs),
    /// Take a schedule up again, from now on
    Resume(ScheduleArgs),
    /// Remove a schedule
    Rm(ScheduleArgs),
}

/// One schedule.
#[derive(Debug, Args)]
pub(crate) struct ScheduleArgs {
    /// Name or id of the function
    pub(crate) function: FunctionRef,

    /// Name of the schedule
    pub(crate) schedule: ScheduleName,
}

/// `nil cron set`.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("rhythm").required(true).args(["cron", "every_ms"])))]
pub(crate) struct CronSetArgs {
    #[command(flatten)]
    pub(crate) which: ScheduleArgs,

    /// Five fields (minute hour day month weekday), or six with seconds before them
    pub(crate) cron: Option<String>,

    /// Milliseconds from tick to tick, in place of a cron expression
    #[arg(long, value_name = "MS")]
    pub(crate) every_ms: Option<u64>,

    /// Time zone of the cron expression [default: UTC]
    #[arg(long, value_name = "ZONE", conflicts_with = "every_ms")]
    pub(crate) time_zone: Option<String>,

    /// Input as JSON [default: {}]
    #[arg(long, value_name = "JSON")]
    pub(crate) input: Option<String>,

    /// What becomes of ticks that passed while no server ran: skip, once or all
    #[arg(long, default_value_t = CatchUp::Skip, value_name = "WAY")]
    pub(crate) catch_up: CatchUp,
}
