//! The versions of a function as people look at them: listing, showing one, and what a call by number needs.

use chrono::{DateTime, Utc};
use nil_core::{
    Diagnostic, FunctionId, FunctionRef, FunctionSettings, FunctionStatus, GateReport, Language, SourceFiles, VersionId,
};

use crate::{
    error::StoreError,
    functions::{Page, split},
    rows,
    store::Store,
    versions::LiveVersion,
};

/// A version in a list.
#[derive(Debug, Clone)]
pub struct VersionEntry {
    /// Its number.
    pub number: i32,
    /// Its id.
    pub id: VersionId,
    /// Its state.
    pub status: FunctionStatus,
    /// Its language.
    pub language: Language,
    /// Whether it answers calls.
    pub live: bool,
    /// When it was stored.
    pub created_at: DateTime<Utc>,
    /// SHA-256 of its module, once it is ready.
    pub digest: Option<Vec<u8>>,
    /// Its module's size.
    pub size_bytes: Option<i64>,
    /// Why it failed; in lists the beginning of it.
    pub compile_error: Option<String>,
    /// Whether its function's examples passed, where it was gated.
    pub gate_passed: Option<bool>,
}

/// A version with all it is made of.
#[derive(Debug, Clone)]
pub struct VersionRow {
    /// As in lists.
    pub entry: VersionEntry,
    /// Its entry file.
    pub source: String,
    /// The files beside it.
    pub files: SourceFiles,
    /// What it is built from, as a digest.
    pub source_digest: [u8; 32],
    /// Its settings.
    pub settings: FunctionSettings,
    /// What the compiler said.
    pub diagnostics: Vec<Diagnostic>,
    /// What its function's examples said.
    pub gate: Option<GateReport>,
}

/// Of a compile error in a list so many characters.
const ERROR_EXCERPT: i32 = 500;

impl Store {
    /// Versions, newest first, continuing behind a number. `Ok(None)`: no such function.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn versions(
        &self,
        function: &FunctionRef,
        page: Page<i32>,
    ) -> Result<Option<Vec<VersionEntry>>, StoreError> {
        let (id, key) = split(function);
        let rows = sqlx::query!(
            r#"SELECT v.number AS "number?", v.id AS "id?", v.status::text AS status, v.language AS "language?",
                      v.id = f.live_version_id AS live, v.created_at AS "created_at?", v.wasm_digest,
                      octet_length(v.wasm_binary)::bigint AS size_bytes, left(v.compile_error, $5) AS compile_error,
                      (v.gate ->> 'passed')::boolean AS gate_passed
               FROM functions f
               LEFT JOIN LATERAL (
                   SELECT * FROM versions v
                   WHERE v.function_id = f.id AND ($3::integer IS NULL OR v.number < $3)
                   ORDER BY v.number DESC LIMIT $4) v ON true
               WHERE ($1::uuid IS NOT NULL AND f.id = $1) OR ($2::text IS NOT NULL AND f.name_key = $2)
               ORDER BY v.number DESC"#,
            id,
            key,
            page.after,
            page.limit,
            ERROR_EXCERPT,
        )
        .fetch_all(&self.pool)
        .await?;
        if rows.is_empty() {
            return Ok(None);
        }
        let entries = rows.into_iter().filter_map(|row| {
            let (number, id, status, language) = (row.number?, row.id?, row.status?, row.language?);
            let created_at = row.created_at?;
            Some(rows::status(&status).and_then(|status| {
                Ok(VersionEntry {
                    number,
                    id: VersionId(id),
                    status,
                    language: rows::language(&language)?,
                    live: row.live.unwrap_or(false),
                    created_at,
                    digest: row.wasm_digest,
                    size_bytes: row.size_bytes,
                    compile_error: row.compile_error,
                    gate_passed: row.gate_passed,
                })
            }))
        });
        entries.collect::<Result<Vec<_>, _>>().map(Some)
    }

    /// One version. `Ok(None)`: no such function, or no such version of it.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn version(&self, function: &FunctionRef, number: i32) -> Result<Option<VersionRow>, StoreError> {
        let (id, key) = split(function);
        let row = sqlx::query!(
            r#"SELECT v.id, v.number, v.status::text AS "status!", v.language,
                      COALESCE(v.id = f.live_version_id, false) AS "live!", v.created_at,
                      v.wasm_digest, octet_length(v.wasm_binary)::bigint AS size_bytes, v.compile_error, v.source,
                      v.files::text AS "files!", v.source_digest,
                      v.settings::text AS "settings!", v.diagnostics::text AS "diagnostics!", v.gate::text AS gate
               FROM functions f JOIN versions v ON v.function_id = f.id
               WHERE v.number = $3
                 AND (($1::uuid IS NOT NULL AND f.id = $1) OR ($2::text IS NOT NULL AND f.name_key = $2))"#,
            id,
            key,
            number,
        )
        .fetch_optional(&self.pool)
        .await?;
        row.map(|row| {
            let gate: Option<GateReport> = row.gate.as_deref().map(|text| rows::json("gate", text)).transpose()?;
            Ok(VersionRow {
                entry: VersionEntry {
                    number: row.number,
                    id: VersionId(row.id),
                    status: rows::status(&row.status)?,
                    language: rows::language(&row.language)?,
                    live: row.live,
                    created_at: row.created_at,
                    digest: row.wasm_digest,
                    size_bytes: row.size_bytes,
                    compile_error: row.compile_error,
                    gate_passed: gate.as_ref().map(|gate| gate.passed),
                },
                source: row.source,
                files: rows::json("files", &row.files)?,
                source_digest: rows::digest("source digest", &row.source_digest)?,
                settings: rows::settings(&row.settings)?,
                diagnostics: rows::json("diagnostics", &row.diagnostics)?,
                gate,
            })
        })
        .transpose()
    }

    /// A ready version by its number, as calls need it. `Ok(None)`: no such function, no such version, or not ready.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn ready_version(&self, function: &FunctionRef, number: i32) -> Result<Option<LiveVersion>, StoreError> {
        let (id, key) = split(function);
        let row = sqlx::query!(
            r#"SELECT f.id AS function_id, f.name, v.id AS version_id, v.number, v.settings::text AS "settings!",
                      v.wasm_digest AS "wasm_digest!", v.abi::text AS "abi!",
                      EXISTS (SELECT FROM function_environments e WHERE e.function_id = f.id) AS "is_configured!"
               FROM functions f JOIN versions v ON v.function_id = f.id
               WHERE v.number = $3 AND v.status = 'READY'
                 AND (($1::uuid IS NOT NULL AND f.id = $1) OR ($2::text IS NOT NULL AND f.name_key = $2))"#,
            id,
            key,
            number,
        )
        .fetch_optional(&self.pool)
        .await?;
        row.map(|row| {
            Ok(LiveVersion {
                function_id: FunctionId(row.function_id),
                name: rows::name(&row.name)?,
                version_id: VersionId(row.version_id),
                number: row.number,
                settings: rows::settings(&row.settings)?,
                wasm_digest: rows::digest("wasm digest", &row.wasm_digest)?,
                abi_json: row.abi,
                is_configured: row.is_configured,
            })
        })
        .transpose()
    }
}
