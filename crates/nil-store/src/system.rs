//! How large the database is.

use chrono::NaiveDate;

use crate::{error::StoreError, store::Store};

/// The database in numbers.
#[derive(Debug, Clone)]
pub struct DatabaseFacts {
    /// PostgreSQL's version.
    pub version: String,
    /// All of it, in bytes.
    pub size_bytes: i64,
    /// Day partitions of the record of executions.
    pub partitions: i64,
    /// All of these, in bytes, with indexes.
    pub executions_bytes: i64,
    /// The first day that has one.
    pub oldest_day: Option<NaiveDate>,
}

impl Store {
    /// Looks at the database.
    ///
    /// # Errors
    /// When it is unavailable.
    pub async fn database_facts(&self) -> Result<DatabaseFacts, StoreError> {
        let facts = sqlx::query_as!(
            DatabaseFacts,
            r#"SELECT current_setting('server_version') AS "version!",
                      pg_database_size(current_database()) AS "size_bytes!", count(*) AS "partitions!",
                      COALESCE(sum(pg_total_relation_size(inhrelid)), 0)::bigint AS "executions_bytes!",
                      min(to_date(substr(inhrelid::regclass::text, 12), 'YYYYMMDD')) AS oldest_day
               FROM pg_inherits WHERE inhparent = 'executions'::regclass"#
        )
        .fetch_one(&self.pool)
        .await?;
        Ok(facts)
    }
}
