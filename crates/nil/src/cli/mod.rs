//! Every flag and argument of `nil`, as clap reads them. Only shapes: what they mean is decided where they are used.

mod globals;
mod project;
mod roles;
mod root;
mod user;
mod versions;

pub(crate) use globals::{ColorChoice, Format, Globals};
pub(crate) use project::{DevArgs, DiffArgs};
pub(crate) use roles::{CacheArgs, CompilerArgs, MigrateArgs, ServerArgs, ServingArgs, UpArgs};
pub(crate) use root::{Cli, Command, NATIVE_COMPILE};
pub(crate) use user::{
    CheckArgs, CompletionsArgs, DeployArgs, DescribeArgs, ExecutionsAction, ExecutionsArgs, InvokeArgs, LogsArgs,
    NewArgs, QueueAction, QueueArgs, RmArgs, ToolchainAction, ToolchainArgs, UserCommand,
};
pub(crate) use versions::{AliasArgs, ExamplesArgs, PromoteArgs, RollbackArgs, VersionsArgs};
