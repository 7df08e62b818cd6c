//! Executions that were accepted to run later, from acceptance to their record.
//!
//! A row waits (`DELAYED`, `READY`), is held by a runner (`RUNNING`), and is moved into `executions` in one
//! transaction when it is over. The fence of an attempt is (execution, attempt, runner): whoever lost a row finds
//! nothing to change. Decision 0010 says why this is a table and no pgmq queue.

mod cancel;
mod claim;
mod dead;
mod enqueue;
mod finish;
mod lost;
mod signals;

pub use cancel::Canceled;
pub use claim::{Claim, Claimed, Claimer, Claims};
pub(crate) use dead::execution_backlog;
pub use dead::{DeadExecution, QueueBacklog};
pub(crate) use enqueue::insert as insert_queued;
pub use enqueue::{Enqueuer, NewQueued};
pub use finish::{Ended, Ending, FinishedCount, Finisher};
pub use lost::LostAttempt;
pub use signals::{QueueSignal, QueueSignals};

use nil_core::{AttemptRecord, ExecutionId, RunnerId};

/// The hold of a runner on one attempt of an execution, and its fence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Hold {
    /// The execution.
    pub id: ExecutionId,
    /// Which attempt, from 1.
    pub attempt: i32,
    /// Who has it.
    pub owner: RunnerId,
}

/// What the record of a queued execution says beside that of any other.
#[derive(Debug, Clone, Default)]
pub struct QueuedFacts {
    /// Attempts begun.
    pub attempt: i32,
    /// Attempts it had.
    pub max_attempts: i32,
    /// The attempts that are over.
    pub attempts: Vec<AttemptRecord>,
    /// The schedule that caused it.
    pub schedule_name: Option<String>,
    /// When it was to run, if not at once.
    pub deliver_at: Option<chrono::DateTime<chrono::Utc>>,
}
