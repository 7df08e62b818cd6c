//! The queue of compilation reports, and what the publisher makes of them in the tables.
//!
//! Every change is fenced twice: by the lease on the report, and by the state of the version, so a report
//! that is delivered again changes nothing.

use std::time::Duration;

use nil_core::{
    CompilationJob, CompilationReport, CompileLimits, Diagnostic, FunctionId, GateReport, Language, VersionId,
};
use sqlx::PgConnection;

use crate::{
    compilation_jobs::{enqueue, send_report},
    error::StoreError,
    notify::announce,
    queue::{Lease, fractional_seconds, seconds},
    rows::{self, json, to_jsonb_text},
    store::Store,
    versions::VersionArtifact,
};

/// A report and the right to act on it until the visibility timeout runs out.
#[derive(Debug, Clone)]
pub struct LeasedReport {
    /// The hold on the message.
    pub lease: Lease,
    /// What a compiler service said.
    pub report: CompilationReport,
}

/// What became of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Publication {
    /// The version changed as reported.
    Applied(FunctionId),
    /// The version is gone, or was past that state already; the report is removed.
    Stale,
    /// Somebody else holds the report now; nothing was changed.
    LeaseLost,
}

impl Store {
    /// Takes up to `at_most` reports that nobody holds, each for `visibility`, oldest first.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn lease_reports(&self, at_most: i32, visibility: Duration) -> Result<Vec<LeasedReport>, StoreError> {
        let mut rows = sqlx::query!(
            r#"SELECT msg_id AS "msg_id!", read_ct AS "read_ct!", message::text AS "message!"
               FROM pgmq.read('compilation_results', $1, $2)"#,
            seconds(visibility),
            at_most,
        )
        .fetch_all(&self.pool)
        .await?;
        rows.sort_by_key(|row| row.msg_id);
        let mut reports = Vec::with_capacity(rows.len());
        for row in rows {
            let lease = Lease { message_id: row.msg_id, attempt: row.read_ct };
            match json("compilation report", &row.message) {
                Ok(report) => reports.push(LeasedReport { lease, report }),
                Err(error) => {
                    tracing::error!(message_id = row.msg_id, %error, "archived an unreadable compilation report");
                    sqlx::query!("SELECT pgmq.archive('compilation_results', $1::bigint)", row.msg_id)
                        .fetch_one(&self.pool)
                        .await?;
                }
            }
        }
        Ok(reports)
    }

    /// Keeps the report for another `visibility` from now. `false`: somebody else has it, or it was acted on.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn renew_report(&self, lease: Lease, visibility: Duration) -> Result<bool, StoreError> {
        let renewed = sqlx::query!(
            "UPDATE pgmq.q_compilation_results SET vt = clock_timestamp() + make_interval(secs => $3)
             WHERE msg_id = $1 AND read_ct = $2",
            lease.message_id,
            lease.attempt,
            fractional_seconds(visibility),
        )
        .execute(&self.pool)
        .await?
        .rows_affected();
        Ok(renewed == 1)
    }

    /// `PENDING → COMPILING`.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn apply_started(&self, lease: Lease, version: VersionId) -> Result<Publication, StoreError> {
        self.apply(lease, async |connection| {
            Ok(sqlx::query_scalar!(
                "UPDATE versions SET status = 'COMPILING' WHERE id = $1 AND status = 'PENDING' RETURNING function_id",
                version.0
            )
            .fetch_optional(connection)
            .await?)
        })
        .await
    }

    /// `→ FAILED`. The live version stays.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn apply_failed(
        &self,
        lease: Lease,
        version: VersionId,
        compile_error: &str,
        diagnostics: &[Diagnostic],
    ) -> Result<Publication, StoreError> {
        let diagnostics = to_jsonb_text("diagnostics", &diagnostics)?;
        let compile_error = compile_error.replace('\0', "\u{fffd}");
        self.apply(lease, async |connection| {
            Ok(sqlx::query_scalar!(
                "UPDATE versions
                 SET status = 'FAILED', compile_error = $2, diagnostics = ($3::text)::jsonb, built_at = now()
                 WHERE id = $1 AND status IN ('PENDING', 'COMPILING')
                 RETURNING function_id",
                version.0,
                compile_error,
                diagnostics,
            )
            .fetch_optional(connection)
            .await?)
        })
        .await
    }

    /// `→ READY` with the binary, and live unless a newer version is live already, a rollback passed over it or
    /// `gate` says that it must not.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn apply_ready(
        &self,
        lease: Lease,
        version: VersionId,
        artifact: &VersionArtifact,
        gate: Option<&GateReport>,
    ) -> Result<Publication, StoreError> {
        let report = gate_text(gate)?;
        self.apply(lease, async |connection| {
            let Some(function) = sqlx::query_scalar!(
                "UPDATE versions
                 SET status = 'READY', wasm_binary = $2, wasm_digest = $3, abi = ($4::text)::jsonb,
                     diagnostics = ($5::text)::jsonb, toolchain = $6, build_notes = ($7::text)::jsonb, built_at = now(),
                     build_key = sha256(int8send($8) || $9 || source_digest), gate = ($10::text)::json
                 WHERE id = $1 AND status IN ('PENDING', 'COMPILING')
                 RETURNING function_id",
                version.0,
                artifact.wasm,
                artifact.wasm_digest.as_slice(),
                artifact.abi_json,
                artifact.diagnostics_json,
                artifact.toolchain,
                artifact.build_notes_json,
                i64::try_from(artifact.builder.len()).unwrap_or(i64::MAX),
                artifact.builder,
                report,
            )
            .fetch_optional(&mut *connection)
            .await?
            else {
                return Ok(None);
            };
            go_live(connection, function, version, gate).await?;
            Ok(Some(function))
        })
        .await
    }

    /// `→ READY` with the module of `built`, which was built from the same source. Where that is gone the version is
    /// compiled after all.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn apply_reused(
        &self,
        lease: Lease,
        version: VersionId,
        built: VersionId,
        limits: &CompileLimits,
        gate: Option<&GateReport>,
    ) -> Result<Publication, StoreError> {
        let report = gate_text(gate)?;
        self.apply(lease, async |connection| {
            let reused = sqlx::query_scalar!(
                "UPDATE versions v
                 SET status = 'READY', wasm_binary = b.wasm_binary, wasm_digest = b.wasm_digest, abi = b.abi,
                     diagnostics = b.diagnostics, toolchain = b.toolchain, build_key = b.build_key, built_at = now(),
                     build_notes = jsonb_build_object('reused', b.id), gate = ($3::text)::json
                 FROM versions b
                 WHERE v.id = $1 AND v.status IN ('PENDING', 'COMPILING')
                   AND b.id = $2 AND b.status = 'READY' AND b.source_digest = v.source_digest
                 RETURNING v.function_id",
                version.0,
                built.0,
                report,
            )
            .fetch_optional(&mut *connection)
            .await?;
            match reused {
                Some(function) => {
                    go_live(connection, function, version, gate).await?;
                    Ok(Some(function))
                }
                None => build_after_all(connection, version, limits).await,
            }
        })
        .await
    }

    /// Removes the report and applies `change` in one transaction, then tells every server.
    async fn apply(
        &self,
        lease: Lease,
        change: impl AsyncFnOnce(&mut PgConnection) -> Result<Option<uuid::Uuid>, StoreError>,
    ) -> Result<Publication, StoreError> {
        let mut transaction = self.pool.begin().await?;
        let removed = sqlx::query!(
            "DELETE FROM pgmq.q_compilation_results WHERE msg_id = $1 AND read_ct = $2",
            lease.message_id,
            lease.attempt,
        )
        .execute(&mut *transaction)
        .await?
        .rows_affected();
        if removed == 0 {
            return Ok(Publication::LeaseLost);
        }
        let publication = match change(&mut transaction).await? {
            Some(function) => {
                sqlx::query!("UPDATE functions SET updated_at = now() WHERE id = $1", function)
                    .execute(&mut *transaction)
                    .await?;
                announce(&mut transaction, FunctionId(function)).await?;
                Publication::Applied(FunctionId(function))
            }
            None => Publication::Stale,
        };
        transaction.commit().await?;
        Ok(publication)
    }
}

fn gate_text(gate: Option<&GateReport>) -> Result<Option<String>, StoreError> {
    gate.map(|gate| to_jsonb_text("gate", gate)).transpose()
}

/// Makes a ready version the one that answers calls, unless a newer one does already, a rollback passed over it, or the
/// gate is shut.
async fn go_live(
    connection: &mut PgConnection,
    function: uuid::Uuid,
    version: VersionId,
    gate: Option<&GateReport>,
) -> Result<(), StoreError> {
    if gate.is_some_and(|gate| !gate.passed) {
        return Ok(());
    }
    sqlx::query!(
        "UPDATE functions f SET live_version_id = new.id
         FROM versions new
         WHERE f.id = $1 AND new.id = $2 AND new.number > f.passed_over
           AND NOT EXISTS (SELECT FROM versions live WHERE live.id = f.live_version_id AND live.number > new.number)",
        function,
        version.0,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Queues the build of a version whose twin is gone. `Ok(None)`: it is gone itself, or built.
async fn build_after_all(
    connection: &mut PgConnection,
    version: VersionId,
    limits: &CompileLimits,
) -> Result<Option<uuid::Uuid>, StoreError> {
    let Some(row) = sqlx::query!(
        r#"SELECT f.id, f.name, v.language, v.source, v.files::text AS "files!"
           FROM versions v JOIN functions f ON f.id = v.function_id
           WHERE v.id = $1 AND v.status IN ('PENDING', 'COMPILING')"#,
        version.0,
    )
    .fetch_optional(&mut *connection)
    .await?
    else {
        return Ok(None);
    };
    let language: Language = rows::language(&row.language)?;
    if language.is_compiled() {
        let job = CompilationJob {
            version_id: version,
            function_id: FunctionId(row.id),
            function_name: row.name,
            language,
            source: row.source,
            files: json("files", &row.files)?,
            limits: *limits,
        };
        enqueue(connection, &job).await?;
    } else {
        send_report(connection, &CompilationReport::Uploaded { version_id: version }).await?;
    }
    Ok(Some(row.id))
}
