//! What becomes of an attempt when it is over: a record, another try, or nothing. Batches share a commit.

use std::{collections::HashSet, time::Duration};

use nil_core::{AttemptRecord, ExecutionId, ExecutionStatus};
use sqlx::{Connection as _, PgConnection};
use uuid::Uuid;

use super::{Hold, cancel::cancel_waiting, signals::announce_ended};
use crate::{
    error::StoreError,
    history::{ExecutionRecord, copy_records},
    rows::to_jsonb_text,
    store::Store,
};

/// How one attempt ended.
#[derive(Debug, Clone)]
pub struct Ended {
    /// Which.
    pub hold: Hold,
    /// What becomes of it.
    pub ending: Ending,
}

/// What becomes of an attempt.
#[derive(Debug, Clone)]
pub enum Ending {
    /// The execution is over. A failed one stays as a dead letter.
    Over(Box<ExecutionRecord>),
    /// It is tried again after a pause.
    Again {
        /// The pause.
        pause: Duration,
        /// All attempts that are over.
        attempts: Vec<AttemptRecord>,
    },
    /// It was not begun and does not count.
    Released {
        /// How long before somebody tries.
        pause: Duration,
    },
    /// Its function is gone, and it goes too.
    Gone,
}

/// What a batch changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FinishedCount {
    /// Attempts whose ending counts.
    pub applied: usize,
    /// Attempts that somebody else had taken over.
    pub fenced: usize,
}

/// A held connection for endings.
#[derive(Debug)]
pub struct Finisher {
    connection: PgConnection,
}

impl Store {
    /// A connection of its own for endings.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn finisher(&self) -> Result<Finisher, StoreError> {
        Ok(Finisher { connection: self.held_connection().await? })
    }
}

impl Finisher {
    /// Applies endings in one commit. When this returns, they are durable; those whose hold was lost changed nothing.
    ///
    /// # Errors
    /// When the database is unavailable or refuses; then nothing was changed, or everything was and the answer was
    /// lost. Applying them again is safe. The connection must not be used again.
    pub async fn finish(&mut self, batch: &[Ended]) -> Result<FinishedCount, StoreError> {
        let mut transaction = self.connection.begin().await?;
        let mut applied = HashSet::new();
        let over = |status: ExecutionStatus| {
            holds(batch, move |ending| matches!(ending, Ending::Over(record) if record.status == status))
        };
        let mut recorded = remove(&mut transaction, &over(ExecutionStatus::Completed)).await?;
        recorded.extend(remove(&mut transaction, &over(ExecutionStatus::Canceled)).await?);
        recorded.extend(bury(&mut transaction, &over(ExecutionStatus::Failed)).await?);
        let records: Vec<&ExecutionRecord> = batch
            .iter()
            .filter_map(|ended| match &ended.ending {
                Ending::Over(record) if recorded.contains(&record.id.0) => Some(&**record),
                _ => None,
            })
            .collect();
        if !records.is_empty() {
            copy_records(&mut transaction, records.iter().copied()).await?;
        }
        let mut ended: Vec<ExecutionId> = records.iter().map(|record| record.id).collect();
        applied.extend(recorded);
        let (again, called_off) = retry(&mut transaction, batch).await?;
        applied.extend(again);
        for id in called_off {
            ended.extend(cancel_waiting(&mut transaction, ExecutionId(id)).await?.then_some(ExecutionId(id)));
        }
        applied.extend(release(&mut transaction, batch).await?);
        applied.extend(remove(&mut transaction, &holds(batch, |ending| matches!(ending, Ending::Gone))).await?);
        announce_ended(&mut transaction, &ended).await?;
        transaction.commit().await?;
        Ok(FinishedCount { applied: applied.len(), fenced: batch.len().saturating_sub(applied.len()) })
    }
}

/// Holds as PostgreSQL takes them: a list of each of their parts.
#[derive(Default)]
struct Holds {
    ids: Vec<Uuid>,
    attempts: Vec<i32>,
    owners: Vec<Uuid>,
}

fn holds(batch: &[Ended], which: impl Fn(&Ending) -> bool) -> Holds {
    let mut holds = Holds::default();
    for ended in batch.iter().filter(|ended| which(&ended.ending)) {
        holds.ids.push(ended.hold.id.0);
        holds.attempts.push(ended.hold.attempt);
        holds.owners.push(ended.hold.owner.0);
    }
    holds
}

/// Removes rows that are still held; callbacks they ask for are due at once.
async fn remove(connection: &mut PgConnection, holds: &Holds) -> Result<HashSet<Uuid>, StoreError> {
    if holds.ids.is_empty() {
        return Ok(HashSet::new());
    }
    let removed = sqlx::query_scalar!(
        "WITH gone AS (
             DELETE FROM queued_executions q
             USING UNNEST($1::uuid[], $2::integer[], $3::uuid[]) AS hold (id, attempt, owner)
             WHERE q.id = hold.id AND q.attempt = hold.attempt AND q.owner = hold.owner AND q.state = 'RUNNING'
             RETURNING q.id, q.function_id, q.callback_url),
         called AS (
             INSERT INTO callbacks (execution_id, function_id, url)
             SELECT id, function_id, callback_url FROM gone WHERE callback_url IS NOT NULL
             ON CONFLICT (execution_id) DO UPDATE SET state = 'PENDING', attempts = 0, due_at = now())
         SELECT id FROM gone",
        &holds.ids,
        &holds.attempts,
        &holds.owners,
    )
    .fetch_all(connection)
    .await?;
    Ok(removed.into_iter().collect())
}

/// Makes dead letters of rows that are still held.
async fn bury(connection: &mut PgConnection, holds: &Holds) -> Result<HashSet<Uuid>, StoreError> {
    if holds.ids.is_empty() {
        return Ok(HashSet::new());
    }
    let buried = sqlx::query_scalar!(
        "WITH dead AS (
             UPDATE queued_executions q
             SET state = 'DEAD', owner = NULL, due_at = clock_timestamp()
             FROM UNNEST($1::uuid[], $2::integer[], $3::uuid[]) AS hold (id, attempt, owner)
             WHERE q.id = hold.id AND q.attempt = hold.attempt AND q.owner = hold.owner AND q.state = 'RUNNING'
             RETURNING q.id, q.function_id, q.callback_url),
         called AS (
             INSERT INTO callbacks (execution_id, function_id, url)
             SELECT id, function_id, callback_url FROM dead WHERE callback_url IS NOT NULL
             ON CONFLICT (execution_id) DO UPDATE SET state = 'PENDING', attempts = 0, due_at = now())
         SELECT id FROM dead",
        &holds.ids,
        &holds.attempts,
        &holds.owners,
    )
    .fetch_all(connection)
    .await?;
    Ok(buried.into_iter().collect())
}

/// Puts rows back that are tried again. Answers which, and which of them were called off in the meantime.
async fn retry(connection: &mut PgConnection, batch: &[Ended]) -> Result<(Vec<Uuid>, Vec<Uuid>), StoreError> {
    let holds = holds(batch, |ending| matches!(ending, Ending::Again { .. }));
    if holds.ids.is_empty() {
        return Ok((Vec::new(), Vec::new()));
    }
    let (mut pauses, mut attempts) = (Vec::new(), Vec::new());
    for ended in batch {
        if let Ending::Again { pause, attempts: over } = &ended.ending {
            pauses.push(pause.as_secs_f64());
            attempts.push(to_jsonb_text("attempts", over)?);
        }
    }
    let rows = sqlx::query!(
        "UPDATE queued_executions q
         SET state = 'DELAYED', owner = NULL, started_at = NULL, attempts = hold.attempts::jsonb,
             due_at = clock_timestamp() + make_interval(secs => hold.pause)
         FROM UNNEST($1::uuid[], $2::integer[], $3::uuid[], $4::float8[], $5::text[])
              AS hold (id, attempt, owner, pause, attempts)
         WHERE q.id = hold.id AND q.attempt = hold.attempt AND q.owner = hold.owner AND q.state = 'RUNNING'
         RETURNING q.id, q.cancel_requested",
        &holds.ids,
        &holds.attempts,
        &holds.owners,
        &pauses,
        &attempts,
    )
    .fetch_all(connection)
    .await?;
    let called_off = rows.iter().filter(|row| row.cancel_requested).map(|row| row.id).collect();
    Ok((rows.into_iter().map(|row| row.id).collect(), called_off))
}

/// Puts rows back that were never begun.
async fn release(connection: &mut PgConnection, batch: &[Ended]) -> Result<Vec<Uuid>, StoreError> {
    let holds = holds(batch, |ending| matches!(ending, Ending::Released { .. }));
    if holds.ids.is_empty() {
        return Ok(Vec::new());
    }
    let pauses: Vec<f64> = batch
        .iter()
        .filter_map(|ended| match ended.ending {
            Ending::Released { pause } => Some(pause.as_secs_f64()),
            _ => None,
        })
        .collect();
    // Without a pause it keeps its place in the order.
    Ok(sqlx::query_scalar!(
        "UPDATE queued_executions q
         SET state = CASE WHEN hold.pause > 0 THEN 'DELAYED'::queue_state ELSE 'READY'::queue_state END,
             owner = NULL, started_at = NULL, attempt = q.attempt - 1,
             due_at = CASE WHEN hold.pause > 0 THEN clock_timestamp() + make_interval(secs => hold.pause) ELSE q.due_at END
         FROM UNNEST($1::uuid[], $2::integer[], $3::uuid[], $4::float8[]) AS hold (id, attempt, owner, pause)
         WHERE q.id = hold.id AND q.attempt = hold.attempt AND q.owner = hold.owner AND q.state = 'RUNNING'
         RETURNING q.id",
        &holds.ids,
        &holds.attempts,
        &holds.owners,
        &pauses,
    )
    .fetch_all(connection)
    .await?)
}
