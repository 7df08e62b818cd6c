//! The queue of versions to compile, as a compiler service sees it: all it can do with the database.

use std::time::Duration;

use nil_core::{CompilationJob, CompilationReport, DeadLetterReason, Language};
use serde::{Deserialize, Serialize};
use sqlx::{Acquire, PgConnection, PgExecutor};
use tokio::sync::Mutex;

use crate::{
    error::StoreError,
    queue::{Lease, fractional_seconds, seconds},
    rows::{json, to_jsonb_text},
    store::Store,
};

/// A job and the right to work on it until the visibility timeout runs out.
#[derive(Debug, Clone)]
pub struct LeasedJob {
    /// The hold on the message.
    pub lease: Lease,
    /// What to compile.
    pub job: CompilationJob,
    /// What the last try reported before it gave the job back.
    pub last_error: Option<String>,
}

/// A parked job: what `compilation_dead_letters` carries.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeadLetterMessage {
    pub(crate) job: CompilationJob,
    pub(crate) reason: DeadLetterReason,
}

/// The compilation queue over one held connection, reopened when it breaks.
#[derive(Debug)]
pub struct CompilationQueue {
    store: Store,
    connection: Mutex<Option<PgConnection>>,
}

impl CompilationQueue {
    /// A queue on this database; connects on first use.
    #[must_use]
    pub fn new(store: Store) -> Self {
        Self { store, connection: Mutex::new(None) }
    }

    /// Takes up to `at_most` jobs of one language that nobody holds, each for `visibility`. A message this
    /// version cannot read goes to the queue's archive, where an operator finds it.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn lease(
        &self,
        language: Language,
        at_most: usize,
        visibility: Duration,
    ) -> Result<Vec<LeasedJob>, StoreError> {
        let condition = serde_json::json!({ "language": language }).to_string();
        self.run(async |connection| {
            let rows = sqlx::query!(
                r#"SELECT msg_id AS "msg_id!", read_ct AS "read_ct!", message::text AS "message!",
                          headers ->> 'lastError' AS last_error
                   FROM pgmq.read('compilation_jobs', $1, $2, ($3::text)::jsonb)"#,
                seconds(visibility),
                i32::try_from(at_most).unwrap_or(i32::MAX),
                condition,
            )
            .fetch_all(&mut *connection)
            .await?;
            let mut jobs = Vec::with_capacity(rows.len());
            for row in rows {
                let lease = Lease { message_id: row.msg_id, attempt: row.read_ct };
                match json("compilation job", &row.message) {
                    Ok(job) => jobs.push(LeasedJob { lease, job, last_error: row.last_error }),
                    Err(error) => {
                        tracing::error!(message_id = row.msg_id, %error, "dropped an unreadable compilation job");
                        Self::park_unreadable(connection, lease).await?;
                    }
                }
            }
            Ok(jobs)
        })
        .await
    }

    /// Moves a message this version cannot read into the archive, where an operator finds it.
    async fn park_unreadable(connection: &mut PgConnection, lease: Lease) -> Result<(), StoreError> {
        sqlx::query!("SELECT pgmq.archive('compilation_jobs', $1::bigint)", lease.message_id)
            .fetch_one(connection)
            .await?;
        Ok(())
    }

    /// Sends a report that is about no job: a shared runtime.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn provide(&self, report: &CompilationReport) -> Result<(), StoreError> {
        self.report_started(report).await
    }

    /// Says that a compiler has started on the job.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn report_started(&self, report: &CompilationReport) -> Result<(), StoreError> {
        self.run(async |connection| {
            let mut transaction = connection.begin().await?;
            send_report(&mut transaction, report).await?;
            transaction.commit().await?;
            Ok(())
        })
        .await
    }

    /// Keeps the job for another `visibility` from now. `false`: the lease is lost, stop working.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn renew(&self, lease: Lease, visibility: Duration) -> Result<bool, StoreError> {
        self.run(async |connection| set_visible_in(connection, lease, visibility, None).await).await
    }

    /// Gives the job back: another try may start after `delay`. `false`: the lease was lost already.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn release(&self, lease: Lease, delay: Duration, last_error: &str) -> Result<bool, StoreError> {
        self.run(async |connection| set_visible_in(connection, lease, delay, Some(last_error)).await).await
    }

    /// Ends the job: removes it and sends the report in one transaction. `false`: the lease was lost, and
    /// nothing was sent.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn finish(&self, lease: Lease, report: &CompilationReport) -> Result<bool, StoreError> {
        self.run(async |connection| {
            let mut transaction = connection.begin().await?;
            if remove(&mut *transaction, lease).await?.is_none() {
                return Ok(false);
            }
            send_report(&mut transaction, report).await?;
            transaction.commit().await?;
            Ok(true)
        })
        .await
    }

    /// Parks the job as a dead letter and sends the report, in one transaction. `false`: the lease was lost.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn dead_letter(
        &self,
        lease: Lease,
        reason: &DeadLetterReason,
        report: &CompilationReport,
    ) -> Result<bool, StoreError> {
        self.run(async |connection| {
            let mut transaction = connection.begin().await?;
            let Some(message) = remove(&mut *transaction, lease).await? else { return Ok(false) };
            let job: CompilationJob = json("compilation job", &message)?;
            let parked = to_jsonb_text("dead letter", &DeadLetterMessage { job, reason: reason.clone() })?;
            sqlx::query!("SELECT pgmq.send('compilation_dead_letters', ($1::text)::jsonb)", parked)
                .fetch_one(&mut *transaction)
                .await?;
            send_report(&mut transaction, report).await?;
            transaction.commit().await?;
            Ok(true)
        })
        .await
    }

    /// Runs `work` on the held connection, and drops the connection when it fails so that the next call
    /// starts on a fresh one.
    pub(crate) async fn run<T>(
        &self,
        work: impl AsyncFnOnce(&mut PgConnection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut slot = self.connection.lock().await;
        let mut connection = match slot.take() {
            Some(connection) => connection,
            None => self.store.held_connection().await?,
        };
        let result = work(&mut connection).await;
        if result.is_ok() {
            *slot = Some(connection);
        }
        result
    }
}

async fn set_visible_in(
    connection: &mut PgConnection,
    lease: Lease,
    delay: Duration,
    last_error: Option<&str>,
) -> Result<bool, StoreError> {
    let last_error = last_error.map(|text| text.replace('\0', "\u{fffd}"));
    let changed = sqlx::query!(
        r#"UPDATE pgmq.q_compilation_jobs
           SET vt = clock_timestamp() + make_interval(secs => $3),
               headers = CASE WHEN $4::text IS NULL THEN headers ELSE jsonb_build_object('lastError', $4::text) END
           WHERE msg_id = $1 AND read_ct = $2"#,
        lease.message_id,
        lease.attempt,
        fractional_seconds(delay),
        last_error,
    )
    .execute(&mut *connection)
    .await?
    .rows_affected();
    if last_error.is_some() && delay.is_zero() {
        wake_compilers(connection).await?;
    }
    Ok(changed == 1)
}

/// Removes the message if the lease still holds, and returns it.
async fn remove(connection: impl PgExecutor<'_>, lease: Lease) -> Result<Option<String>, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"DELETE FROM pgmq.q_compilation_jobs WHERE msg_id = $1 AND read_ct = $2 RETURNING message::text AS "message!""#,
        lease.message_id,
        lease.attempt,
    )
    .fetch_optional(connection)
    .await?)
}

/// Sends a report to the publishers; belongs into the transaction it reports on.
pub(crate) async fn send_report(connection: &mut PgConnection, report: &CompilationReport) -> Result<(), StoreError> {
    let message = to_jsonb_text("compilation report", report)?;
    sqlx::query!("SELECT pgmq.send('compilation_results', ($1::text)::jsonb)", message)
        .fetch_one(&mut *connection)
        .await?;
    sqlx::query!("SELECT pg_notify('nil_results', '')").fetch_one(&mut *connection).await?;
    Ok(())
}

/// Enqueues a job; belongs into the transaction that stores the version.
pub(crate) async fn enqueue(connection: &mut PgConnection, job: &CompilationJob) -> Result<(), StoreError> {
    let message = to_jsonb_text("compilation job", job)?;
    sqlx::query!("SELECT pgmq.send('compilation_jobs', ($1::text)::jsonb)", message)
        .fetch_one(&mut *connection)
        .await?;
    wake_compilers(connection).await
}

/// pgmq's own notification is throttled and loses wake-ups in bursts; PostgreSQL folds equal ones itself.
pub(crate) async fn wake_compilers(connection: &mut PgConnection) -> Result<(), StoreError> {
    sqlx::query!("SELECT pg_notify('nil_jobs', '')").fetch_one(connection).await?;
    Ok(())
}
