//! Taking what may run: in order within a function, in turn between functions, never more of one at once than it may.

use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use nil_core::{
    AttemptRecord, DEFAULT_ASYNC_CONCURRENCY, ExecutionId, ExecutionMode, FunctionId, RunnerId, TraceParent, VersionId,
};
use sqlx::{Connection as _, PgConnection};
use uuid::Uuid;

use super::Hold;
use crate::{error::StoreError, queue::fractional_seconds, rows, store::Store};

/// Functions looked at in one claim. The next one goes on behind the last of them.
const FUNCTIONS: i32 = 64;

/// Rows that become ready in one go.
const PROMOTED: i64 = 1_000;

/// An attempt that is ours to run.
#[derive(Debug, Clone)]
pub struct Claimed {
    /// The hold on it.
    pub hold: Hold,
    /// The function to run.
    pub function_id: FunctionId,
    /// The version that was live when it was accepted or that ran last; the one to run if `pinned`.
    pub version_id: VersionId,
    /// Its number.
    pub version_number: i32,
    /// Whether no other version may run.
    pub pinned: bool,
    /// What caused it.
    pub mode: ExecutionMode,
    /// Input, as it came.
    pub input: Bytes,
    /// Whether the output may be text that is no JSON.
    pub text_output: bool,
    /// Attempts it has.
    pub max_attempts: i32,
    /// Pause before its second attempt, in milliseconds.
    pub backoff_ms: i64,
    /// Attempts that are over.
    pub attempts: Vec<AttemptRecord>,
    /// The schedule that caused it.
    pub schedule_name: Option<String>,
    /// When it was to run, if not at once.
    pub deliver_at: Option<DateTime<Utc>>,
    /// When it was accepted.
    pub created_at: DateTime<Utc>,
    /// What it continues.
    pub trace: Option<TraceParent>,
}

/// What to take.
#[derive(Debug, Clone, Copy)]
pub struct Claim {
    /// For whom.
    pub owner: RunnerId,
    /// The most.
    pub room: usize,
    /// Begin behind this function; the nil id begins with the first.
    pub behind: FunctionId,
}

/// What was taken.
#[derive(Debug, Clone)]
pub struct Claims {
    /// In the order in which they should start.
    pub taken: Vec<Claimed>,
    /// Where the next claim begins, so that every function has its turn.
    pub behind: FunctionId,
}

impl Store {
    /// A connection of its own for taking queued executions.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn claimer(&self) -> Result<Claimer, StoreError> {
        Ok(Claimer { connection: self.held_connection().await? })
    }
}

/// A held connection for taking queued executions.
#[derive(Debug)]
pub struct Claimer {
    connection: PgConnection,
}

impl Claimer {
    /// Says that `runner` lives and will for `lease`. Answers which of its executions are to be interrupted.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn beat(&mut self, runner: RunnerId, lease: Duration) -> Result<Vec<ExecutionId>, StoreError> {
        sqlx::query!(
            "INSERT INTO runners (id, alive_until) VALUES ($1, clock_timestamp() + make_interval(secs => $2))
             ON CONFLICT (id) DO UPDATE SET alive_until = EXCLUDED.alive_until",
            runner.0,
            fractional_seconds(lease),
        )
        .execute(&mut self.connection)
        .await?;
        let called_off = sqlx::query_scalar!(
            "SELECT id FROM queued_executions WHERE state = 'RUNNING' AND owner = $1 AND cancel_requested",
            runner.0
        )
        .fetch_all(&mut self.connection)
        .await?;
        Ok(called_off.into_iter().map(ExecutionId).collect())
    }

    /// Makes ready what is due, and says how long it is until the next is; `None`: nothing is delayed.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn promote_due(&mut self) -> Result<Option<Duration>, StoreError> {
        sqlx::query!(
            "UPDATE queued_executions SET state = 'READY' WHERE id IN (
                 SELECT id FROM queued_executions WHERE state = 'DELAYED' AND due_at <= clock_timestamp()
                 ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED)",
            PROMOTED,
        )
        .execute(&mut self.connection)
        .await?;
        let next = sqlx::query_scalar!(
            r#"SELECT extract(epoch FROM min(due_at) - clock_timestamp())::float8 FROM queued_executions
               WHERE state = 'DELAYED'"#
        )
        .fetch_one(&mut self.connection)
        .await?;
        Ok(next.map(|seconds| Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(Duration::MAX)))
    }

    /// Takes up to `claim.room` attempts. Each counts as begun from here on.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn claim(&mut self, claim: &Claim) -> Result<Claims, StoreError> {
        let mut transaction = self.connection.begin().await?;
        // One claim at a time over all servers: only so can the running ones of a function be counted.
        sqlx::query!("SELECT pg_advisory_xact_lock(hashtext('nil queue claim'))").fetch_one(&mut *transaction).await?;
        let turns = sqlx::query!(
            r#"WITH RECURSIVE turns AS (
                   (SELECT function_id, 1 AS place FROM queued_executions
                    WHERE state = 'READY' AND function_id > $1 ORDER BY function_id LIMIT 1)
                   UNION ALL
                   SELECT (SELECT q.function_id FROM queued_executions q
                           WHERE q.state = 'READY' AND q.function_id > t.function_id ORDER BY q.function_id LIMIT 1),
                          t.place + 1
                   FROM turns t WHERE t.function_id IS NOT NULL AND t.place < $2)
               SELECT t.function_id AS "function_id!",
                      COALESCE((v.settings ->> 'asyncConcurrency')::integer, $3)
                      - (SELECT count(*) FROM queued_executions r
                         WHERE r.function_id = t.function_id AND r.state = 'RUNNING')::integer AS "free!"
               FROM turns t
               LEFT JOIN functions f ON f.id = t.function_id
               LEFT JOIN versions v ON v.id = f.live_version_id
               WHERE t.function_id IS NOT NULL
               ORDER BY t.place"#,
            claim.behind.0,
            FUNCTIONS,
            i32::try_from(DEFAULT_ASYNC_CONCURRENCY).unwrap_or(i32::MAX),
        )
        .fetch_all(&mut *transaction)
        .await?;
        let more = turns.last().filter(|_| i32::try_from(turns.len()) == Ok(FUNCTIONS));
        let behind = FunctionId(more.map_or(Uuid::nil(), |turn| turn.function_id));
        let (functions, free): (Vec<Uuid>, Vec<i32>) =
            turns.into_iter().filter(|turn| turn.free > 0).map(|turn| (turn.function_id, turn.free)).unzip();
        let mut taken = Vec::new();
        if !functions.is_empty() {
            taken = take(&mut transaction, claim, &functions, &free).await?;
        }
        transaction.commit().await?;
        Ok(Claims { taken, behind })
    }
}

async fn take(
    connection: &mut PgConnection,
    claim: &Claim,
    functions: &[Uuid],
    free: &[i32],
) -> Result<Vec<Claimed>, StoreError> {
    let mut rows = sqlx::query!(
        r#"WITH picked AS (
               SELECT next.id, next.place, turn.number
               FROM UNNEST($1::uuid[], $2::integer[]) WITH ORDINALITY AS turn (function_id, free, number)
               CROSS JOIN LATERAL (
                   SELECT first.id, row_number() OVER (ORDER BY first.due_at, first.id) AS place
                   FROM (SELECT q.id, q.due_at FROM queued_executions q
                         WHERE q.state = 'READY' AND q.function_id = turn.function_id
                         ORDER BY q.due_at, q.id LIMIT least(turn.free::bigint, $3::bigint)) first) next
               ORDER BY next.place, turn.number
               LIMIT $3::bigint)
           UPDATE queued_executions q
           SET state = 'RUNNING', owner = $4, attempt = attempt + 1, started_at = clock_timestamp()
           FROM picked
           WHERE q.id = picked.id AND q.state = 'READY'
           RETURNING q.id, q.function_id, q.version_id, q.version_number, q.pinned, q.mode::text AS "mode!", q.input,
                     q.text_output, q.attempt, q.max_attempts, q.backoff_ms, q.attempts::text AS "attempts!",
                     q.schedule_name, q.deliver_at, q.created_at, q.trace_parent, picked.place AS "place!",
                     picked.number AS "number!""#,
        functions,
        free,
        i64::try_from(claim.room).unwrap_or(i64::MAX),
        claim.owner.0,
    )
    .fetch_all(connection)
    .await?;
    rows.sort_unstable_by_key(|row| (row.place, row.number));
    rows.into_iter()
        .map(|row| {
            Ok(Claimed {
                hold: Hold { id: ExecutionId(row.id), attempt: row.attempt, owner: claim.owner },
                function_id: FunctionId(row.function_id),
                version_id: VersionId(row.version_id),
                version_number: row.version_number,
                pinned: row.pinned,
                mode: rows::parse("execution mode", &row.mode)?,
                input: Bytes::from(row.input),
                text_output: row.text_output,
                max_attempts: row.max_attempts,
                backoff_ms: row.backoff_ms,
                attempts: rows::json("attempts", &row.attempts)?,
                schedule_name: row.schedule_name,
                deliver_at: row.deliver_at,
                created_at: row.created_at,
                // What cannot be read is no trace.
                trace: row.trace_parent.and_then(|text| text.parse().ok()),
            })
        })
        .collect()
}
