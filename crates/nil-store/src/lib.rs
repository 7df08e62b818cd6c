//! The only crate with SQL: pool and migrations, one file per table, and the queues.
//!
//! Architecture invariant: a state change that causes work enqueues it in the same transaction, and no
//! transaction stays open over slow work. A compiler service uses [`CompilationQueue`] only.

mod aliases;
mod build_log;
mod callbacks;
mod checks;
mod compilation_jobs;
mod compilation_results;
mod compilers;
mod dead_letters;
mod environments;
mod error;
mod event_signals;
mod examples;
mod executions;
mod functions;
mod history;
mod idempotency;
mod logs;
mod notify;
mod partitions;
mod queue;
mod queue_samples;
mod queued;
mod rollback;
mod rows;
mod runtimes;
mod schedules;
mod stats;
mod store;
mod system;
mod version_history;
mod versions;

pub use aliases::{AliasRow, AliasSet, AliasTable};
pub use build_log::{BuildLogRow, BuildPhase, BuildStep};
pub use callbacks::{CallbackNext, CallbackTried, DueCallback};
pub use checks::{CheckAnswers, CheckLease, CheckProgress, LeasedCheck};
pub use compilation_jobs::{CompilationQueue, LeasedJob};
pub use compilation_results::{LeasedReport, Publication};
pub use compilers::{Exposure, SeenCompiler};
pub use dead_letters::{Backlog, FunctionJobs, ParkedJob, Requeued};
pub use environments::{
    CALLBACK_SECRET, ConfiguredEntry, EntryValue, EnvironmentRow, MAX_ENTRIES, MAX_ENVIRONMENT_BYTES, SealedSecret,
    SecretRow, StoredSecret,
};
pub use error::StoreError;
pub use event_signals::{EventSignal, EventSignals, ExecutionNews};
pub use examples::{ExampleSaved, Gate};
pub use executions::{CallbackRow, ExecutionFilter, ExecutionOverview, ExecutionRow};
pub use functions::{Builders, FunctionChange, FunctionFilter, FunctionRow, NewFunction, Page};
pub use history::{ExecutionRecord, HistoryConnection, Spilled};
pub use idempotency::{KeptAnswer, KeyClaim, KeyedRequest};
pub use logs::{LogRange, LoggedExecution};
pub use notify::{Change, ChangeListener, Wakeups};
pub use queue::Lease;
pub use queue_samples::{QUEUE_SAMPLE_EVERY, QueueDepthRow};
pub use queued::{
    Canceled, Claim, Claimed, Claimer, Claims, DeadExecution, Ended, Ending, Enqueuer, FinishedCount, Finisher, Hold,
    LostAttempt, NewQueued, QueueBacklog, QueueSignal, QueueSignals, QueuedFacts,
};
pub use rollback::Moved;
pub use runtimes::SharedRuntimeModule;
pub use schedules::{DueSchedule, Fired, Firing, PutSchedule, Rhythm, ScheduleQuota, ScheduleRow};
pub use stats::{ClassRow, CountRow, FunctionCounts, FunctionFigures, StatsWindow};
pub use store::{ConnectOptions, PoolUsage, Store};
pub use system::DatabaseFacts;
pub use version_history::{VersionEntry, VersionRow};
pub use versions::{LiveVersion, VersionArtifact};
