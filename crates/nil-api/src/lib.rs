//! What travels over HTTP: request and response bodies and the problem document, shared by server, client and CLI.
//!
//! Field names are camelCase. Answers may gain fields; none may go. Requests refuse unknown fields, so that a
//! misspelt one is an error with a place instead of a silent default.

mod check;
mod environments;
mod events;
mod examples;
mod executions;
mod files;
mod functions;
mod health;
mod languages;
mod logs;
mod problem;
mod queue;
mod schedules;
mod stats;
mod system;
mod versions;

pub use check::{CheckSource, Checked};
pub use environments::{
    AttachEnvironments, AttachedEnvironments, Environment, PutEnvironment, PutValue, RotateSecrets, SecretInfo,
    SecretsRotated,
};
pub use events::{Event, ExecutionEvent, FunctionEvent, FunctionEventStatus, LaggedEvent};
pub use examples::{ExampleBody, ExampleEntry, RunExamples};
pub use executions::{
    CallbackMessage, CallbackProgress, CallbackSecret, DeadExecution, ExecuteRequest, ExecutionAccepted,
    ExecutionDetail, ExecutionEntry, ExecutionResult, ExecutionSummary,
};
pub use files::FileEntries;
pub use functions::{CreateFunction, FunctionCreated, FunctionDetail, FunctionSummary, UpdateFunction};
pub use health::{Health, Readiness, ReadinessCheck};
pub use languages::{LanguageInfo, LanguageState};
pub use logs::{BuildLog, LogEntry};
pub use problem::{MEDIA_TYPE as PROBLEM_MEDIA_TYPE, Problem, ProblemKind};
pub use queue::{
    CompilationBacklog, CompilationDepth, DeadLetter, ExecutionBacklog, FunctionBacklog, QueueDepth, QueueHistory,
    QueueReport,
};
pub use schedules::{PatchSchedule, PutSchedule, Schedule};
pub use stats::{BucketCount, BucketTotals, FunctionStats, FunctionTotals, Stats, Totals, VersionTotals};
pub use system::{CodeCacheReport, CompilerLanguage, CompilerReport, DatabaseReport, RecordReport, SystemReport};
pub use versions::{Alias, AliasTarget, Promote, Rollback, SetAlias, VersionDetail, VersionDiff, VersionSummary};
