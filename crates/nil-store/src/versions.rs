//! Versions: immutable source with its settings, and the binary that became of it.

use nil_core::{FunctionId, FunctionName, FunctionRef, FunctionSettings, Language, SourceFiles, VersionId};
use sha2::{Digest as _, Sha256};
use sqlx::PgConnection;

use crate::{error::StoreError, rows, store::Store};

/// A version to store; its function's row exists in the same transaction.
pub(crate) struct NewVersion<'a> {
    pub(crate) id: VersionId,
    pub(crate) function_id: FunctionId,
    pub(crate) number: i32,
    pub(crate) language: Language,
    pub(crate) source: &'a str,
    pub(crate) files: &'a SourceFiles,
    pub(crate) settings: &'a FunctionSettings,
    /// The uploaded module; `None` for text, and for a module that stays as it is.
    pub(crate) module: Option<&'a [u8]>,
    /// What tells whether two versions are built from the same.
    pub(crate) source_digest: [u8; 32],
    /// The version whose module it keeps.
    pub(crate) module_of: Option<VersionId>,
}

/// What a server needs to answer calls of a function: everything but the binary.
#[derive(Debug, Clone)]
pub struct LiveVersion {
    /// The function.
    pub function_id: FunctionId,
    /// Its name.
    pub name: FunctionName,
    /// The live version.
    pub version_id: VersionId,
    /// Its number.
    pub number: i32,
    /// Its settings.
    pub settings: FunctionSettings,
    /// SHA-256 of the stored module.
    pub wasm_digest: [u8; 32],
    /// The calling convention, as the publisher described it (JSON).
    pub abi_json: String,
    /// Whether environments are attached to the function; without, nobody need ask for what is in them.
    pub is_configured: bool,
}

/// What the publisher stores when a version becomes ready.
#[derive(Debug, Clone)]
pub struct VersionArtifact {
    /// The module, validated and pre-initialised where that was possible.
    pub wasm: Vec<u8>,
    /// SHA-256 of `wasm`.
    pub wasm_digest: [u8; 32],
    /// The calling convention (JSON with an `abi` field).
    pub abi_json: String,
    /// Warnings (JSON array).
    pub diagnostics_json: String,
    /// Which toolchain made it; `None` for an uploaded module.
    pub toolchain: Option<String>,
    /// Identifies the toolchain and everything else the build depends on beside the source.
    pub builder: Vec<u8>,
    /// What the publisher did and how long it took (JSON object).
    pub build_notes_json: String,
}

pub(crate) async fn insert_version(connection: &mut PgConnection, version: &NewVersion<'_>) -> Result<(), StoreError> {
    let settings = rows::to_jsonb_text("settings", version.settings)?;
    let files = rows::to_jsonb_text("files", version.files)?;
    sqlx::query!(
        "INSERT INTO versions (id, function_id, number, language, source, files, settings, source_digest, source_module)
         VALUES ($1, $2, $3, $4, $5, ($6::text)::jsonb, ($7::text)::jsonb, $8,
                 COALESCE($9, (SELECT source_module FROM versions WHERE id = $10)))",
        version.id.0,
        version.function_id.0,
        version.number,
        version.language.as_str(),
        version.source,
        files,
        settings,
        version.source_digest.as_slice(),
        version.module,
        version.module_of.map(|id| id.0),
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// What a build is looked up by: what it was built from, and by what. `apply_ready` computes the same in SQL.
pub(crate) fn build_key(source_digest: &[u8], builder: &[u8]) -> [u8; 32] {
    Sha256::new()
        .chain_update((builder.len() as u64).to_be_bytes())
        .chain_update(builder)
        .chain_update(source_digest)
        .finalize()
        .into()
}

impl Store {
    /// The module a version was uploaded as. `Ok(None)`: the version is gone, or has a source text.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn uploaded_module(&self, version: VersionId) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(sqlx::query_scalar!(
            r#"SELECT source_module AS "module!" FROM versions WHERE id = $1 AND source_module IS NOT NULL"#,
            version.0
        )
        .fetch_optional(&self.pool)
        .await?)
    }

    /// The version that answers calls of this function. `Ok(None)`: no such function, or none is ready.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn live_version(&self, function: &FunctionRef) -> Result<Option<LiveVersion>, StoreError> {
        let (id, key) = match function {
            FunctionRef::Id(id) => (Some(id.0), None),
            FunctionRef::Name(name) => (None, Some(name.key())),
        };
        let row = sqlx::query!(
            r#"SELECT f.id AS function_id, f.name, v.id AS version_id, v.number, v.settings::text AS "settings!",
                      v.wasm_digest AS "wasm_digest!", v.abi::text AS "abi!",
                      EXISTS (SELECT FROM function_environments e WHERE e.function_id = f.id) AS "is_configured!"
               FROM functions f JOIN versions v ON v.id = f.live_version_id
               WHERE ($1::uuid IS NOT NULL AND f.id = $1) OR ($2::text IS NOT NULL AND f.name_key = $2)"#,
            id,
            key,
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

    /// The digest and the calling convention (JSON) of a ready version's module. `Ok(None)`: the version is gone.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn version_module(&self, version: VersionId) -> Result<Option<([u8; 32], String)>, StoreError> {
        let row = sqlx::query!(
            r#"SELECT wasm_digest AS "digest!", abi::text AS "abi!" FROM versions WHERE id = $1 AND status = 'READY'"#,
            version.0
        )
        .fetch_optional(&self.pool)
        .await?;
        row.map(|row| Ok((rows::digest("wasm digest", &row.digest)?, row.abi))).transpose()
    }

    /// The WebAssembly of a version. `Ok(None)`: the version is gone.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn version_wasm(&self, version: VersionId) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(sqlx::query_scalar!(
            r#"SELECT wasm_binary AS "wasm!" FROM versions WHERE id = $1 AND wasm_binary IS NOT NULL"#,
            version.0
        )
        .fetch_optional(&self.pool)
        .await?)
    }
}
