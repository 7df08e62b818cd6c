//! The vocabulary of ProjectNIL: ids, names, states, limits and messages that every crate shares.
//!
//! Architecture invariant: this crate does no I/O. It opens no file, no socket and no database; the only
//! thing it asks the machine for is the time and randomness inside a fresh [`ids`] value.

mod abi;
mod announcement;
mod catch_up;
mod build_log;
mod compilation;
mod diagnostic;
mod execution;
mod function;
mod ids;
mod language;
mod limits;
mod log_line;
mod name;
mod receipt;
mod retry;
mod script;
mod settings;
mod slug;
mod source_files;
mod text;
mod trace;
mod variable;

pub use abi::{Abi, UnknownAbi};
pub use announcement::{AnnouncedState, AnnouncedToolchain, CompilerAnnouncement, CompilerState};
pub use build_log::{BuildLogLine, BuildStream};
pub use catch_up::{CatchUp, UnknownCatchUp};
pub use compilation::{
    Artifact, CheckRequest, CompilationJob, CompilationReport, CompilationVerdict, DeadLetterReason,
    SharedRuntimeReport, ToolchainInfo,
};
pub use diagnostic::{Diagnostic, Severity, render_plain};
pub use execution::{AttemptRecord, ExecutionMode, ExecutionStatus, UnknownExecutionMode, UnknownExecutionStatus};
pub use function::{FunctionStatus, UnknownFunctionStatus};
pub use ids::{
    CheckId, CompilerId, EnvironmentId, ExecutionId, FunctionId, ParseIdError, RunnerId, ScheduleId, VersionId,
};
pub use language::{Language, UnsupportedLanguage};
pub use limits::{CompileLimits, ExecutionLimits, OperatorMaxima};
pub use log_line::{LogLevel, LogLine, LogStream};
pub use name::{FunctionName, FunctionRef, InvalidName};
pub use receipt::Receipt;
pub use retry::{DEFAULT_ASYNC_CONCURRENCY, RetryPolicy};
pub use script::{
    ImportError, PRELUDE_SECTION, RUNTIME_SECTION, RuntimeDescription, SCRIPT_SECTION, Script, ScriptEngine,
    ScriptModule, resolve_import,
};
pub use settings::{FunctionSettings, InvalidSettings};
pub use slug::{EnvironmentName, ScheduleName};
pub use source_files::{InvalidSourceFile, PathFault, SourceFiles};
pub use text::{escape_control, truncate_to_char_boundary};
pub use variable::{InvalidVariable, MAX_VARIABLE_BYTES, VariableName};
pub use trace::{InvalidTrace, TraceId, TraceParent};
