//! What executions wrote, read by function. Only executions that wrote something are looked at.

use chrono::{DateTime, Utc};
use nil_core::{ExecutionId, FunctionId, LogLine};

use crate::{error::StoreError, rows, store::Store};

/// An execution that wrote something.
#[derive(Debug, Clone)]
pub struct LoggedExecution {
    /// Its id.
    pub id: ExecutionId,
    /// The number of the version that ran.
    pub version_number: i32,
    /// What its lines' times count from.
    pub started_at: DateTime<Utc>,
    /// What it wrote.
    pub lines: Vec<LogLine>,
}

/// Which executions of a function: both ends are left out where they are `None`.
#[derive(Debug, Clone, Copy, Default)]
pub struct LogRange {
    /// Newer than this one.
    pub newer_than: Option<ExecutionId>,
    /// This one or older.
    pub up_to: Option<ExecutionId>,
    /// Executions at the most; each may hold as much as the function's log limit.
    pub limit: i64,
}

impl Store {
    /// Executions of a function that wrote something, newest first.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn logged_executions(
        &self,
        function: FunctionId,
        range: LogRange,
    ) -> Result<Vec<LoggedExecution>, StoreError> {
        let rows = sqlx::query_as!(
            RawLogged,
            r#"SELECT id, version_number, COALESCE(started_at, created_at) AS "started_at!", logs AS "logs!"
               FROM executions
               WHERE function_id = $1 AND logs IS NOT NULL AND ($2::uuid IS NULL OR id > $2)
                 AND ($3::uuid IS NULL OR id <= $3)
               ORDER BY id DESC
               LIMIT $4"#,
            function.0,
            range.newer_than.map(|id| id.0),
            range.up_to.map(|id| id.0),
            range.limit,
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(RawLogged::read).collect()
    }

    /// What these executions wrote, oldest first; those that wrote nothing are left out.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn logs_of(&self, executions: &[ExecutionId]) -> Result<Vec<LoggedExecution>, StoreError> {
        let ids: Vec<uuid::Uuid> = executions.iter().map(|id| id.0).collect();
        let rows = sqlx::query_as!(
            RawLogged,
            r#"SELECT id, version_number, COALESCE(started_at, created_at) AS "started_at!", logs AS "logs!"
               FROM executions
               WHERE id = ANY($1) AND logs IS NOT NULL
               ORDER BY id"#,
            &ids,
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(RawLogged::read).collect()
    }
}

struct RawLogged {
    id: uuid::Uuid,
    version_number: i32,
    started_at: DateTime<Utc>,
    logs: Vec<u8>,
}

impl RawLogged {
    fn read(self) -> Result<LoggedExecution, StoreError> {
        Ok(LoggedExecution {
            id: ExecutionId(self.id),
            version_number: self.version_number,
            started_at: self.started_at,
            lines: rows::json("logs", &String::from_utf8_lossy(&self.logs))?,
        })
    }
}
