//! What happened while a version was built. Lines are kept by step, so that a report which is delivered again adds
//! nothing.

use chrono::{DateTime, Utc};
use nil_core::{BuildLogLine, BuildStream, FunctionRef, FunctionStatus, VersionId};

use crate::{error::StoreError, rows, store::Store};

/// A step of a build: the attempt and how far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct BuildStep {
    /// Which try, from 1; 0 where there is nothing to try.
    pub attempt: u32,
    /// How far it is.
    pub phase: BuildPhase,
}

/// How far an attempt is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum BuildPhase {
    /// A compiler has it.
    Started,
    /// The compiler is done.
    Compiled,
    /// The module was looked at.
    Published,
}

impl BuildStep {
    /// Sorts as the build goes.
    fn number(self) -> i32 {
        i32::try_from(self.attempt).unwrap_or(i32::MAX / 16).saturating_mul(10) + self.phase as i32
    }
}

/// A version's build so far.
#[derive(Debug, Clone)]
pub struct BuildLogRow {
    /// The version.
    pub version_id: VersionId,
    /// Its state.
    pub status: FunctionStatus,
    /// When it was stored.
    pub created_at: DateTime<Utc>,
    /// When it was built or given up.
    pub built_at: Option<DateTime<Utc>>,
    /// What was said, first to last.
    pub lines: Vec<BuildLogLine>,
}

impl Store {
    /// Keeps what a step says, unless it was kept before or the version is gone.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn append_build_log(
        &self,
        version: VersionId,
        step: BuildStep,
        lines: &[(BuildStream, String)],
    ) -> Result<(), StoreError> {
        let streams: Vec<String> = lines.iter().map(|(stream, _)| stream.as_str().to_owned()).collect();
        let texts: Vec<String> = lines.iter().map(|(_, text)| text.replace('\0', "\u{fffd}")).collect();
        sqlx::query!(
            "INSERT INTO build_log (version_id, step, number, stream, text)
             SELECT v.id, $2, line.number::integer, line.stream, line.text
             FROM versions v, UNNEST($3::text[], $4::text[]) WITH ORDINALITY AS line (stream, text, number)
             WHERE v.id = $1
             ON CONFLICT DO NOTHING",
            version.0,
            step.number(),
            &streams,
            &texts,
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// The build of one version of a function. `Ok(None)`: no such function or version.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn build_log(&self, function: &FunctionRef, number: i32) -> Result<Option<BuildLogRow>, StoreError> {
        let (id, key) = match function {
            FunctionRef::Id(id) => (Some(id.0), None),
            FunctionRef::Name(name) => (None, Some(name.key())),
        };
        // The lines behind the state: a version that is over by then has all of them.
        let Some(version) = sqlx::query!(
            r#"SELECT v.id, v.status::text AS "status!", v.created_at, v.built_at
               FROM functions f JOIN versions v ON v.function_id = f.id
               WHERE (($1::uuid IS NOT NULL AND f.id = $1) OR ($2::text IS NOT NULL AND f.name_key = $2))
                 AND v.number = $3"#,
            id,
            key,
            number,
        )
        .fetch_optional(&self.pool)
        .await?
        else {
            return Ok(None);
        };
        let lines = sqlx::query!(
            "SELECT at, stream, text FROM build_log WHERE version_id = $1 ORDER BY step, number",
            version.id
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(Some(BuildLogRow {
            version_id: VersionId(version.id),
            status: rows::status(&version.status)?,
            created_at: version.created_at,
            built_at: version.built_at,
            lines: lines
                .into_iter()
                .map(|line| BuildLogLine {
                    at: line.at,
                    stream: if line.stream == "compiler" { BuildStream::Compiler } else { BuildStream::Nil },
                    text: line.text,
                })
                .collect(),
        }))
    }
}
