//! Sources that are compiled for somebody who waits for the answer. Nothing here outlives the request: a row that is
//! gone is a request that is over, and the compiler that works on it finds its lease lost.

use std::time::Duration;

use nil_core::{CheckId, CheckRequest, CompilationVerdict, Language};
use sqlx::postgres::PgListener;

use crate::{
    compilation_jobs::{CompilationQueue, wake_compilers},
    error::StoreError,
    queue::fractional_seconds,
    rows::json,
    store::Store,
};

/// The hold of a compiler on a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CheckLease {
    /// The check.
    pub id: CheckId,
    /// Which delivery this is, from 1; the fence.
    pub attempt: i32,
}

/// A check and the right to work on it for a time.
#[derive(Debug, Clone)]
pub struct LeasedCheck {
    /// The hold on it.
    pub lease: CheckLease,
    /// What to compile.
    pub request: CheckRequest,
    /// What the last delivery reported before it was given back.
    pub last_error: Option<String>,
}

/// How far a check is.
#[derive(Debug, Clone, PartialEq)]
pub enum CheckProgress {
    /// No compiler has it.
    Waiting,
    /// A compiler works on it.
    Compiling,
    /// This came out.
    Answered(Box<CompilationVerdict>),
    /// It is not there: it expired, or the database crashed.
    Gone,
}

impl CompilationQueue {
    /// Takes up to `at_most` checks of one language that nobody holds and somebody still waits for, each for
    /// `visibility`, oldest first.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn lease_checks(
        &self,
        language: Language,
        at_most: usize,
        visibility: Duration,
    ) -> Result<Vec<LeasedCheck>, StoreError> {
        self.run(async |connection| {
            let mut rows = sqlx::query!(
                "UPDATE checks SET attempt = attempt + 1, held_until = clock_timestamp() + make_interval(secs => $3)
                 WHERE id IN (
                     SELECT id FROM checks
                     WHERE language = $1 AND verdict IS NULL AND held_until < clock_timestamp()
                       AND expires_at > clock_timestamp()
                     ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED)
                 RETURNING id, attempt, request, last_error",
                language.as_str(),
                i64::try_from(at_most).unwrap_or(i64::MAX),
                fractional_seconds(visibility),
            )
            .fetch_all(connection)
            .await?;
            rows.sort_by_key(|row| row.id);
            let mut checks = Vec::with_capacity(rows.len());
            for row in rows {
                let lease = CheckLease { id: CheckId(row.id), attempt: row.attempt };
                match json("check", &row.request) {
                    Ok(request) => checks.push(LeasedCheck { lease, request, last_error: row.last_error }),
                    // Of a server of another version; its own compilers may know what it is.
                    Err(error) => tracing::warn!(check = %lease.id, %error, "left an unreadable check alone"),
                }
            }
            Ok(checks)
        })
        .await
    }

    /// Keeps the check for another `visibility` from now. `false`: nobody waits any more, or somebody else has it.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn renew_check(&self, lease: CheckLease, visibility: Duration) -> Result<bool, StoreError> {
        self.run(async |connection| {
            let renewed = sqlx::query!(
                "UPDATE checks SET held_until = clock_timestamp() + make_interval(secs => $3)
                 WHERE id = $1 AND attempt = $2 AND verdict IS NULL AND expires_at > clock_timestamp()",
                lease.id.0,
                lease.attempt,
                fractional_seconds(visibility),
            )
            .execute(connection)
            .await?;
            Ok(renewed.rows_affected() == 1)
        })
        .await
    }

    /// Gives the check back: another delivery may start after `delay`. `false`: the lease was lost already.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn release_check(
        &self,
        lease: CheckLease,
        delay: Duration,
        last_error: &str,
    ) -> Result<bool, StoreError> {
        self.run(async |connection| {
            let released = sqlx::query!(
                "UPDATE checks SET held_until = clock_timestamp() + make_interval(secs => $3), last_error = $4
                 WHERE id = $1 AND attempt = $2 AND verdict IS NULL",
                lease.id.0,
                lease.attempt,
                fractional_seconds(delay),
                last_error.replace('\0', "\u{fffd}"),
            )
            .execute(&mut *connection)
            .await?;
            wake_compilers(connection).await?;
            Ok(released.rows_affected() == 1)
        })
        .await
    }

    /// Answers. `false`: nobody waits any more, or somebody else has it.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn answer_check(&self, lease: CheckLease, verdict: &CompilationVerdict) -> Result<bool, StoreError> {
        let verdict = to_text(verdict)?;
        self.run(async |connection| {
            let answered = sqlx::query!(
                "UPDATE checks SET verdict = $3 WHERE id = $1 AND attempt = $2 AND verdict IS NULL",
                lease.id.0,
                lease.attempt,
                verdict,
            )
            .execute(&mut *connection)
            .await?;
            sqlx::query!("SELECT pg_notify('nil_checks', $1)", lease.id.to_string()).fetch_one(connection).await?;
            Ok(answered.rows_affected() == 1)
        })
        .await
    }
}

impl Store {
    /// Asks compilers to compile `request`. Whoever asks must [`forget`](Self::forget_check) it; after `expires_in` it
    /// is as good as gone.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn request_check(
        &self,
        id: CheckId,
        request: &CheckRequest,
        expires_in: Duration,
    ) -> Result<(), StoreError> {
        let mut transaction = self.pool.begin().await?;
        sqlx::query!(
            "INSERT INTO checks (id, language, request, expires_at)
             VALUES ($1, $2, $3, clock_timestamp() + make_interval(secs => $4))",
            id.0,
            request.language.as_str(),
            to_text(request)?,
            fractional_seconds(expires_in),
        )
        .execute(&mut *transaction)
        .await?;
        wake_compilers(&mut transaction).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// How far a check is.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn check_progress(&self, id: CheckId) -> Result<CheckProgress, StoreError> {
        let row = sqlx::query!(
            r#"SELECT verdict, held_until > clock_timestamp() AS "held!" FROM checks WHERE id = $1"#,
            id.0
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(match row {
            None => CheckProgress::Gone,
            Some(row) => match row.verdict {
                Some(verdict) => CheckProgress::Answered(json("verdict of a check", &verdict)?),
                None if row.held => CheckProgress::Compiling,
                None => CheckProgress::Waiting,
            },
        })
    }

    /// Removes a check and its answer. A compiler that works on it stops.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn forget_check(&self, id: CheckId) -> Result<(), StoreError> {
        sqlx::query!("DELETE FROM checks WHERE id = $1", id.0).execute(&self.pool).await?;
        Ok(())
    }

    /// Removes what servers that are no more have left behind.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn forget_expired_checks(&self) -> Result<u64, StoreError> {
        let forgotten = sqlx::query!("DELETE FROM checks WHERE expires_at < now()").execute(&self.pool).await?;
        Ok(forgotten.rows_affected())
    }

    /// Starts to listen for answers.
    #[must_use]
    pub fn check_answers(&self) -> CheckAnswers {
        CheckAnswers { store: self.clone(), listener: None }
    }
}

/// Listens for answers to checks.
#[derive(Debug)]
pub struct CheckAnswers {
    store: Store,
    listener: Option<PgListener>,
}

impl CheckAnswers {
    /// The next check that was answered; `None` when some may have been missed. Never fails: while the database is
    /// away it yields `None` from time to time.
    pub async fn next(&mut self) -> Option<CheckId> {
        let Some(listener) = &mut self.listener else {
            match self.store.listen_to(&["nil_checks"]).await {
                Ok(listener) => self.listener = Some(listener),
                Err(error) => {
                    tracing::debug!(%error, "cannot listen for answers of compilers; polling instead");
                    tokio::time::sleep(Duration::from_millis(500)).await;
                }
            }
            return None;
        };
        match listener.try_recv().await {
            Ok(Some(heard)) => heard.payload().parse().ok(),
            Ok(None) | Err(_) => {
                self.listener = None;
                None
            }
        }
    }
}

/// JSON in a column of text holds every character, escaped.
fn to_text(value: &impl serde::Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Unreadable { what: "check", reason: error.to_string() })
}
