//! Arguments of the commands people type.

use std::{path::PathBuf, str::FromStr};

use clap::{Args, Subcommand};
use nil_core::{CallTarget, ExecutionId, FunctionName, FunctionRef, FunctionSettings, InvalidName, Language};

use super::{
    environments::{EnvArgs, SecretsArgs},
    project::{DevArgs, DiffArgs},
    queued::{CallbackSecretArgs, CancelArgs, DeadLettersArgs, LaterArgs},
    roles::CacheArgs,
    schedules::CronArgs,
    versions::{AliasArgs, ExamplesArgs, PromoteArgs, RollbackArgs, VersionsArgs},
};

/// What a person can ask for.
#[derive(Debug, Subcommand)]
pub(crate) enum UserCommand {
    /// Write a new function to edit
    New(NewArgs),
    /// Compile and publish functions, new or changed
    Deploy(DeployArgs),
    /// Deploy whatever changes while you edit, and print what functions write
    Dev(DevArgs),
    /// Show what deploying a project would change
    Diff(DiffArgs),
    /// Compile without deploying: say what is wrong with sources
    Check(CheckArgs),
    /// Run a function and print its output
    Invoke(InvokeArgs),
    /// Call off an execution that waits or runs
    Cancel(CancelArgs),
    /// List, requeue or discard executions that failed for good
    DeadLetters(DeadLettersArgs),
    /// Make a new secret that a function's callbacks are signed with
    CallbackSecret(CallbackSecretArgs),
    /// List all functions
    List,
    /// Show everything about a function, its compile errors too
    Describe(DescribeArgs),
    /// List the versions of a function, or show what one changed
    Versions(VersionsArgs),
    /// Make another version of a function live
    Rollback(RollbackArgs),
    /// Make what an alias tries out live
    Promote(PromoteArgs),
    /// List, set or remove aliases of a function's versions
    Alias(AliasArgs),
    /// Run the saved examples of a function
    Examples(ExamplesArgs),
    /// List the executions of a function, or show one
    Executions(ExecutionsArgs),
    /// Print what the newest executions of a function wrote, and go on with -f
    Logs(LogsArgs),
    /// Remove functions with their versions and executions
    Rm(RmArgs),
    /// Run functions by themselves, at times or every so often
    Cron(CronArgs),
    /// Set variables and secrets, and say which functions have them
    Env(EnvArgs),
    /// Change the key that secrets are sealed with
    Secrets(SecretsArgs),
    /// Show the compilation queue, and requeue or discard jobs that were given up
    Queue(QueueArgs),
    /// Check the server and this machine, and say what is missing
    Doctor(CacheArgs),
    /// List, install or check the compilers of this machine
    Toolchain(ToolchainArgs),
    /// Print a completion script for a shell
    Completions(CompletionsArgs),
    /// Print the version
    Version,
}

/// `nil new`.
#[derive(Debug, Args)]
pub(crate) struct NewArgs {
    /// Name of the function: 1 to 64 letters, digits, `-` or `_`; an extension such as `.js`, `.ts`, `.py` or
    /// `.rs` behind it chooses the language
    pub(crate) name: NewName,

    /// Language of its source [default: by the name, else assemblyscript]
    #[arg(short, long)]
    pub(crate) language: Option<Language>,

    /// Directory to write to [default: the name]
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
}

/// A function's name, with the extension of its language or without.
#[derive(Debug, Clone)]
pub(crate) struct NewName {
    pub(crate) name: FunctionName,
    pub(crate) language: Option<Language>,
}

impl FromStr for NewName {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        let (name, language) = match text.rsplit_once('.') {
            // By itself it is what most who write it mean; AssemblyScript is what no extension stands for.
            Some((name, "ts")) => (name, Some(Language::TypeScript)),
            Some((name, extension)) => match Language::of_extension(extension) {
                Some(language) => (name, Some(language)),
                None => (text, None),
            },
            None => (text, None),
        };
        Ok(Self { name: name.parse()?, language })
    }
}

/// `nil deploy`.
#[derive(Debug, Args)]
pub(crate) struct DeployArgs {
    /// Source files, or folders of them; a folder with a `nil.toml` is a project [default: the project here]
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,

    /// Name of the function [default: of the file, or of the folder of an `index` file]
    #[arg(short, long)]
    pub(crate) name: Option<FunctionName>,

    /// Language of the source [default: by the file's extension]
    #[arg(short, long)]
    pub(crate) language: Option<Language>,

    /// What the function is for
    #[arg(long, value_name = "TEXT")]
    pub(crate) description: Option<String>,

    #[command(flatten)]
    pub(crate) settings: SettingsArgs,

    /// Do not wait for the compiler
    #[arg(long)]
    pub(crate) no_wait: bool,

    /// How long to wait for the compiler, in seconds
    #[arg(long, default_value_t = 300, value_name = "SECONDS", conflicts_with = "no_wait")]
    pub(crate) wait_s: u64,
}

/// `nil check`.
#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// Source files, or folders of them
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,

    /// Language of the source [default: by the file's extension]
    #[arg(short, long)]
    pub(crate) language: Option<Language>,
}

/// Limits of one execution; what is not given stays as it is, or as the server has it.
#[derive(Debug, Args)]
pub(crate) struct SettingsArgs {
    /// Time limit of one execution, in milliseconds
    #[arg(long, value_name = "MS")]
    pub(crate) timeout_ms: Option<u64>,

    /// Memory limit of one execution, in MiB
    #[arg(long, value_name = "MIB")]
    pub(crate) memory_mib: Option<u64>,

    /// Output limit of one execution, in bytes
    #[arg(long, value_name = "BYTES")]
    pub(crate) output_bytes: Option<u64>,

    /// Log limit of one execution, in bytes
    #[arg(long, value_name = "BYTES")]
    pub(crate) log_bytes: Option<u64>,

    /// Of 100 successful calls of its own URL, how many are recorded
    #[arg(long, value_name = "PERCENT")]
    pub(crate) record_percent: Option<u64>,
}

impl SettingsArgs {
    /// Those that were given.
    pub(crate) fn given(&self) -> FunctionSettings {
        FunctionSettings {
            timeout_ms: self.timeout_ms,
            memory_limit_bytes: self.memory_mib.map(|mib| mib.saturating_mul(1024 * 1024)),
            output_limit_bytes: self.output_bytes,
            log_limit_bytes: self.log_bytes,
            record_percent: self.record_percent,
            ..FunctionSettings::default()
        }
    }
}

/// `nil invoke`.
#[derive(Debug, Args)]
pub(crate) struct InvokeArgs {
    /// Name or id of the function; `greet@3` is its version 3, `greet:canary` goes where its alias points
    #[arg(value_name = "NAME")]
    pub(crate) function: CallTarget,

    /// Input as JSON [default: what is piped in, else {}]
    #[arg(conflicts_with = "data")]
    pub(crate) input: Option<String>,

    /// Input as JSON, `@FILE` to read it from a file, or `-` from stdin
    #[arg(short, long, value_name = "JSON|@FILE|-")]
    pub(crate) data: Option<String>,

    /// Print the whole result with logs and costs, not only the output
    #[arg(long, conflicts_with = "later")]
    pub(crate) full: bool,

    #[command(flatten)]
    pub(crate) later: LaterArgs,
}

/// `nil describe`.
#[derive(Debug, Args)]
pub(crate) struct DescribeArgs {
    /// Name or id of the function
    #[arg(value_name = "NAME")]
    pub(crate) function: FunctionRef,

    /// Print the source only
    #[arg(long)]
    pub(crate) source: bool,
}

/// `nil executions`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct ExecutionsArgs {
    /// Name or id of the function
    #[arg(value_name = "NAME", required = true)]
    pub(crate) function: Option<FunctionRef>,

    /// The most executions to list, newest first
    #[arg(long, default_value_t = 20, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) limit: u32,

    #[command(subcommand)]
    pub(crate) action: Option<ExecutionsAction>,
}

/// What else to do about executions.
#[derive(Debug, Subcommand)]
pub(crate) enum ExecutionsAction {
    /// Show one execution with its input, output, logs and costs
    Show {
        /// Id of the execution
        id: ExecutionId,
    },
}

/// `nil logs`.
#[derive(Debug, Args)]
pub(crate) struct LogsArgs {
    /// Name or id of the function
    #[arg(value_name = "NAME")]
    pub(crate) function: FunctionRef,

    /// How many of the newest executions to look at
    #[arg(long, default_value_t = 10, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) limit: u32,

    /// Go on with what is written from now on, until Ctrl-C
    #[arg(short, long)]
    pub(crate) follow: bool,

    /// What was said while the newest version was built, instead
    #[arg(long, conflicts_with_all = ["follow", "limit"])]
    pub(crate) build: bool,
}

/// `nil rm`.
#[derive(Debug, Args)]
pub(crate) struct RmArgs {
    /// Names or ids of the functions
    #[arg(required = true, value_name = "NAME")]
    pub(crate) functions: Vec<FunctionRef>,

    /// Do not ask
    #[arg(short, long)]
    pub(crate) yes: bool,
}

/// `nil queue`.
#[derive(Debug, Args)]
pub(crate) struct QueueArgs {
    #[command(subcommand)]
    pub(crate) action: Option<QueueAction>,
}

/// What to do with a job that was given up.
#[derive(Debug, Subcommand)]
pub(crate) enum QueueAction {
    /// Give a dead letter its tries back
    Requeue {
        /// Number of the dead letter, as `nil queue` lists it
        id: i64,
    },
    /// Drop a dead letter
    Discard {
        /// Number of the dead letter, as `nil queue` lists it
        id: i64,
    },
}

/// `nil toolchain`.
#[derive(Debug, Args)]
pub(crate) struct ToolchainArgs {
    #[command(flatten)]
    pub(crate) cache: CacheArgs,

    #[command(subcommand)]
    pub(crate) action: ToolchainAction,
}

/// What to do with this machine's compilers.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum ToolchainAction {
    /// List the languages and whether their toolchains are installed
    List,
    /// Install toolchains, or all
    Install {
        /// Languages to install [default: all]
        languages: Vec<Language>,
    },
    /// Fail unless toolchains, or all, can be used
    Check {
        /// Languages to check [default: all]
        languages: Vec<Language>,
    },
}

/// `nil completions`.
#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// Shell to complete in
    pub(crate) shell: clap_complete::Shell,
}
