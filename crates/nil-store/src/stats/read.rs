//! Adding up: counted minutes, and the executions since.

use chrono::{DateTime, Utc};
use nil_core::{FunctionId, FunctionName};

use crate::{error::StoreError, rows, store::Store};

/// From when to when, in steps of what. Executions are counted by minute: for their figures all three are whole minutes.
#[derive(Debug, Clone, Copy)]
pub struct StatsWindow {
    /// Where it begins.
    pub from: DateTime<Utc>,
    /// Where it is over.
    pub to: DateTime<Utc>,
    /// Length of a step, in milliseconds.
    pub bucket_ms: i64,
}

/// How many executions of a version ended how, in one step of the window.
#[derive(Debug, Clone, Copy)]
pub struct CountRow {
    /// The step, from 0.
    pub bucket: i64,
    /// The version's number.
    pub version: i32,
    /// All of them.
    pub count: i64,
    /// Those that failed.
    pub failed: i64,
    /// Those that were called off.
    pub canceled: i64,
    /// Those that had to load the function.
    pub cold: i64,
}

/// How many executions of a version took about this long, in one step of the window.
#[derive(Debug, Clone, Copy)]
pub struct ClassRow {
    /// The step, from 0.
    pub bucket: i64,
    /// The version's number.
    pub version: i32,
    /// The class of durations: from e^(class/10) µs on.
    pub class: i16,
    /// How many.
    pub count: i64,
}

/// The figures of one function, to be added up.
#[derive(Debug, Clone, Default)]
pub struct FunctionFigures {
    /// How they ended.
    pub counts: Vec<CountRow>,
    /// How long they took.
    pub classes: Vec<ClassRow>,
}

/// The figures of one of many functions.
#[derive(Debug, Clone)]
pub struct FunctionCounts {
    /// The function.
    pub id: FunctionId,
    /// Its name.
    pub name: FunctionName,
    /// How its executions ended; versions are not told apart.
    pub counts: Vec<CountRow>,
    /// How long they took, over the whole window.
    pub classes: Vec<ClassRow>,
}

impl Store {
    /// The figures of a function in a window.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn function_stats(&self, id: FunctionId, window: StatsWindow) -> Result<FunctionFigures, StoreError> {
        // Read once: the count may go on in between, and both queries must draw the line in the same place.
        let counted = self.counted_until().await?;
        let counts = sqlx::query_as!(
            CountRow,
            r#"SELECT (extract(epoch FROM minute - $2::timestamptz) * 1000)::bigint / $4 AS "bucket!", version_number AS "version!",
                      sum(count)::bigint AS "count!", sum(failed)::bigint AS "failed!",
                      sum(canceled)::bigint AS "canceled!", sum(cold)::bigint AS "cold!"
               FROM (SELECT minute, version_number, count, failed, canceled, cold
                     FROM execution_minutes
                     WHERE function_id = $1 AND minute >= $2 AND minute < LEAST($3::timestamptz, $5::timestamptz)
                     UNION ALL
                     SELECT minute_of(id), version_number, 1, (status = 'FAILED')::integer,
                            (status = 'CANCELED')::integer, cold::integer
                     FROM executions
                     WHERE function_id = $1 AND id >= least_id_of(GREATEST($2::timestamptz, $5::timestamptz)) AND id < least_id_of($3::timestamptz)) AS m
               GROUP BY 1, 2"#,
            id.0,
            window.from,
            window.to,
            window.bucket_ms,
            counted,
        )
        .fetch_all(&self.pool)
        .await?;
        let classes = sqlx::query_as!(
            ClassRow,
            r#"SELECT (extract(epoch FROM minute - $2::timestamptz) * 1000)::bigint / $4 AS "bucket!", version_number AS "version!",
                      class AS "class!", sum(n)::bigint AS "count!"
               FROM (SELECT m.minute, m.version_number, c.class, c.n
                     FROM execution_minutes m, UNNEST(m.classes, m.class_counts) AS c (class, n)
                     WHERE m.function_id = $1 AND m.minute >= $2 AND m.minute < LEAST($3::timestamptz, $5::timestamptz)
                     UNION ALL
                     SELECT minute_of(id), version_number, duration_class(duration_us), 1
                     FROM executions
                     WHERE function_id = $1 AND id >= least_id_of(GREATEST($2::timestamptz, $5::timestamptz)) AND id < least_id_of($3::timestamptz)) AS m
               GROUP BY 1, 2, 3"#,
            id.0,
            window.from,
            window.to,
            window.bucket_ms,
            counted,
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(FunctionFigures { counts, classes })
    }

    /// The figures of the functions with the most executions in a window, most first.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn all_stats(&self, window: StatsWindow, most: i64) -> Result<Vec<FunctionCounts>, StoreError> {
        let counted = self.counted_until().await?;
        let counts = sqlx::query!(
            r#"WITH counts AS (
                   SELECT function_id, (extract(epoch FROM minute - $1::timestamptz) * 1000)::bigint / $3 AS bucket,
                          sum(count)::bigint AS count, sum(failed)::bigint AS failed, sum(canceled)::bigint AS canceled,
                          sum(cold)::bigint AS cold
                   FROM (SELECT function_id, minute, count, failed, canceled, cold
                         FROM execution_minutes
                         WHERE minute >= $1 AND minute < LEAST($2::timestamptz, $4::timestamptz)
                         UNION ALL
                         SELECT function_id, minute_of(id), 1, (status = 'FAILED')::integer,
                                (status = 'CANCELED')::integer, cold::integer
                         FROM executions
                         WHERE id >= least_id_of(GREATEST($1::timestamptz, $4::timestamptz)) AND id < least_id_of($2::timestamptz)) AS m
                   GROUP BY 1, 2),
               busiest AS (
                   SELECT function_id, f.name, sum(count) AS total
                   FROM counts JOIN functions f ON f.id = function_id
                   GROUP BY 1, 2
                   ORDER BY 3 DESC, 1
                   LIMIT $5)
               SELECT function_id AS "id!", name AS "name!", bucket AS "bucket!", count AS "count!", failed AS "failed!",
                      canceled AS "canceled!", cold AS "cold!"
               FROM counts JOIN busiest USING (function_id)
               ORDER BY total DESC, function_id, bucket"#,
            window.from,
            window.to,
            window.bucket_ms,
            counted,
            most,
        )
        .fetch_all(&self.pool)
        .await?;
        let mut functions: Vec<FunctionCounts> = Vec::new();
        for row in counts {
            let count = CountRow {
                bucket: row.bucket,
                version: 0,
                count: row.count,
                failed: row.failed,
                canceled: row.canceled,
                cold: row.cold,
            };
            match functions.last_mut().filter(|last| last.id.0 == row.id) {
                Some(last) => last.counts.push(count),
                None => functions.push(FunctionCounts {
                    id: FunctionId(row.id),
                    name: rows::name(&row.name)?,
                    counts: vec![count],
                    classes: Vec::new(),
                }),
            }
        }
        self.add_classes(&mut functions, window, counted).await?;
        Ok(functions)
    }

    async fn add_classes(
        &self,
        functions: &mut [FunctionCounts],
        window: StatsWindow,
        counted: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let ids: Vec<uuid::Uuid> = functions.iter().map(|function| function.id.0).collect();
        let classes = sqlx::query!(
            r#"SELECT function_id AS "id!", class AS "class!", sum(n)::bigint AS "count!"
               FROM (SELECT m.function_id, c.class, c.n
                     FROM execution_minutes m, UNNEST(m.classes, m.class_counts) AS c (class, n)
                     WHERE m.function_id = ANY($1) AND m.minute >= $2 AND m.minute < LEAST($3::timestamptz, $4::timestamptz)
                     UNION ALL
                     SELECT function_id, duration_class(duration_us), 1
                     FROM executions
                     WHERE function_id = ANY($1) AND id >= least_id_of(GREATEST($2::timestamptz, $4::timestamptz)) AND id < least_id_of($3::timestamptz)) AS m
               GROUP BY 1, 2"#,
            &ids,
            window.from,
            window.to,
            counted,
        )
        .fetch_all(&self.pool)
        .await?;
        for row in classes {
            if let Some(function) = functions.iter_mut().find(|function| function.id.0 == row.id) {
                function.classes.push(ClassRow { bucket: 0, version: 0, class: row.class, count: row.count });
            }
        }
        Ok(())
    }

    /// Where the count stands; nothing is counted on a database that is new.
    async fn counted_until(&self) -> Result<DateTime<Utc>, StoreError> {
        let counted =
            sqlx::query_scalar!("SELECT counted_until FROM execution_minutes_state").fetch_optional(&self.pool).await?;
        Ok(counted.unwrap_or(DateTime::UNIX_EPOCH))
    }
}
