//! Arguments of the commands about executions that run later.

use clap::{Args, Subcommand};
use nil_core::{ExecutionId, FunctionRef};

/// How `nil invoke` calls later.
#[derive(Debug, Args)]
pub(crate) struct LaterArgs {
    /// Queue the call and return at once; prints the execution's id
    #[arg(long = "async")]
    pub(crate) later: bool,

    /// Run it this many milliseconds from now, at most 30 days
    #[arg(long, value_name = "MS", requires = "later")]
    pub(crate) delay: Option<u64>,

    /// Attempts it has, in place of the function's
    #[arg(long, value_name = "N", requires = "later")]
    pub(crate) max_attempts: Option<u32>,

    /// URL that is told how it ended
    #[arg(long, value_name = "URL", requires = "later")]
    pub(crate) callback: Option<String>,

    /// Wait until it is over and print its output
    #[arg(long, requires = "later")]
    pub(crate) wait: bool,
}

/// `nil cancel`.
#[derive(Debug, Args)]
pub(crate) struct CancelArgs {
    /// Id of the execution
    pub(crate) id: ExecutionId,
}

/// `nil dead-letters`.
#[derive(Debug, Args)]
pub(crate) struct DeadLettersArgs {
    #[command(subcommand)]
    pub(crate) action: DeadLettersAction,
}

/// What to do with executions that were given up.
#[derive(Debug, Subcommand)]
pub(crate) enum DeadLettersAction {
    /// List them, newest first
    List {
        /// Name or id of the function [default: all]
        function: Option<FunctionRef>,

        /// The most to list
        #[arg(long, default_value_t = 20, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
        limit: u32,
    },
    /// Run them again, with as many further attempts as their function has
    Requeue {
        /// Ids of the executions
        #[arg(required = true)]
        ids: Vec<ExecutionId>,
    },
    /// Forget them; the executions stay in the record
    Discard {
        /// Ids of the executions
        #[arg(required = true)]
        ids: Vec<ExecutionId>,
    },
}

/// `nil callback-secret`.
#[derive(Debug, Args)]
pub(crate) struct CallbackSecretArgs {
    /// Name or id of the function
    #[arg(value_name = "NAME")]
    pub(crate) function: FunctionRef,
}
