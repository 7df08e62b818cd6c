//! The compiler services that are there, by what they announce.

use std::time::Duration;

use chrono::{DateTime, Utc};
use nil_core::{CompilerAnnouncement, CompilerId};

use crate::{
    compilation_jobs::CompilationQueue,
    error::StoreError,
    queue::fractional_seconds,
    rows::{json, to_jsonb_text},
    store::Store,
};

/// A compiler service that said something lately.
#[derive(Debug, Clone)]
pub struct SeenCompiler {
    /// What it said last.
    pub announcement: CompilerAnnouncement,
    /// When it started.
    pub started_at: DateTime<Utc>,
    /// When it was heard of last.
    pub seen_at: DateTime<Utc>,
    /// Whether it still says it: it did not end, and was heard of within four of its announcements.
    pub alive: bool,
}

/// A compiler service that was silent for this long is gone. Four of its announcements.
pub(crate) const ALIVE: Duration = Duration::from_secs(20);

/// Who can reach the servers of this database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exposure {
    /// As far as is known, programs on their own machines only.
    Loopback,
    /// Other machines: a server that listens beyond loopback was seen within two minutes.
    Network,
}

impl CompilationQueue {
    /// Asks who can reach the servers of this database.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn exposure(&self) -> Result<Exposure, StoreError> {
        self.run(async |connection| {
            let exposed = sqlx::query_scalar!(
                r#"SELECT EXISTS (SELECT FROM exposure WHERE seen_at > now() - interval '2 minutes') AS "exposed!""#
            );
            Ok(if exposed.fetch_one(connection).await? { Exposure::Network } else { Exposure::Loopback })
        })
        .await
    }

    /// Says what this compiler service is, or that it still is.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn announce(&self, announcement: &CompilerAnnouncement) -> Result<(), StoreError> {
        let text = to_jsonb_text("compiler announcement", announcement)?;
        self.run(async |connection| {
            sqlx::query!(
                "INSERT INTO compilers (id, announcement) VALUES ($1, ($2::text)::jsonb)
                 ON CONFLICT (id) DO UPDATE SET announcement = excluded.announcement, seen_at = now(), left_at = NULL",
                announcement.id.0,
                text,
            )
            .execute(connection)
            .await?;
            Ok(())
        })
        .await
    }

    /// Says that this compiler service has ended.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn leave(&self, id: CompilerId) -> Result<(), StoreError> {
        self.run(async |connection| {
            sqlx::query!("UPDATE compilers SET left_at = now() WHERE id = $1", id.0).execute(connection).await?;
            Ok(())
        })
        .await
    }
}

impl Store {
    /// The compiler services heard of within `lately`, oldest first.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn compilers(&self, lately: Duration) -> Result<Vec<SeenCompiler>, StoreError> {
        let rows = sqlx::query!(
            r#"SELECT announcement::text AS "announcement!", started_at, seen_at,
                      (left_at IS NULL AND seen_at > now() - make_interval(secs => $2)) AS "alive!"
               FROM compilers WHERE seen_at > now() - make_interval(secs => $1) ORDER BY id"#,
            fractional_seconds(lately),
            fractional_seconds(ALIVE),
        )
        .fetch_all(&self.pool)
        .await?;
        let read = rows.into_iter().filter_map(|row| match json("compiler announcement", &row.announcement) {
            Ok(announcement) => {
                Some(SeenCompiler { announcement, started_at: row.started_at, seen_at: row.seen_at, alive: row.alive })
            }
            Err(error) => {
                // Of another version of this program; its word counts there.
                tracing::debug!(%error, "ignored a compiler's announcement");
                None
            }
        });
        Ok(read.collect())
    }

    /// Lets compilers know that a server listens beyond loopback. To be repeated every half a minute.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn tell_exposure(&self) -> Result<(), StoreError> {
        sqlx::query!(
            "INSERT INTO exposure (seen_at) VALUES (now()) ON CONFLICT (is_only) DO UPDATE SET seen_at = now()"
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Forgets compiler services that were not heard of for a day.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn forget_compilers(&self) -> Result<u64, StoreError> {
        let forgotten = sqlx::query!("DELETE FROM compilers WHERE seen_at < now() - interval '1 day'")
            .execute(&self.pool)
            .await?
            .rows_affected();
        Ok(forgotten)
    }
}
