//! Every flag and argument of `nil`, as clap reads them. Only shapes: what they mean is decided where they are used.

mod environments;
mod globals;
mod queued;
mod roles;
mod root;
mod schedules;
mod user;

pub(crate) use environments::{Assignment, EnvAction, EnvArgs, SecretsAction, SecretsArgs};
pub(crate) use globals::{ColorChoice, Format, Globals};
pub(crate) use queued::{CallbackSecretArgs, CancelArgs, DeadLettersAction, DeadLettersArgs, LaterArgs};
pub(crate) use roles::{CacheArgs, CompilerArgs, MigrateArgs, ServerArgs, ServingArgs, UpArgs};
pub(crate) use root::{Cli, Command, NATIVE_COMPILE};
pub(crate) use schedules::{CronAction, CronArgs, CronSetArgs, ScheduleArgs};
pub(crate) use user::{
    CheckArgs, CompletionsArgs, DeployArgs, DescribeArgs, ExecutionsAction, ExecutionsArgs, InvokeArgs, LogsArgs,
    NewArgs, QueueAction, QueueArgs, RmArgs, SettingsArgs, ToolchainAction, ToolchainArgs, UserCommand,
};
