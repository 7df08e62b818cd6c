//! Functions: a name, what it is for, and which of its versions are newest and live.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use nil_core::{
    Abi, CompilationJob, CompilationReport, CompileLimits, Diagnostic, EnvironmentName, Example, FunctionId,
    FunctionName, FunctionRef, FunctionSettings, FunctionStatus, GateReport, Language, SourceFiles, VersionId,
    source_digest,
};
use sqlx::PgConnection;

use crate::{
    compilation_jobs::{enqueue, send_report},
    environments::replace_environments,
    error::StoreError,
    examples::replace_examples,
    notify::announce,
    rows,
    store::Store,
    versions::{NewVersion, build_key, insert_version},
};

/// A function to store.
#[derive(Debug, Clone)]
pub struct NewFunction {
    /// Its name.
    pub name: FunctionName,
    /// What it is for.
    pub description: Option<String>,
    /// The language of its source.
    pub language: Language,
    /// Its source: the entry file.
    pub source: String,
    /// The files beside it.
    pub files: SourceFiles,
    /// A ready module in place of a source: if and only if the language is [`Language::Wasm`].
    pub module: Option<Vec<u8>>,
    /// Its own limits.
    pub settings: FunctionSettings,
    /// What it must return for which input.
    pub examples: Vec<Example>,
    /// What it is configured with, the later counting more.
    pub environments: Vec<EnvironmentName>,
    /// What would build it now; equal builds are not made twice.
    pub builders: Builders,
}

/// What would build a source now, by language: opaque bytes that are equal where equal sources become equal modules.
/// A language that is missing is always built.
pub type Builders = BTreeMap<Language, Vec<u8>>;

/// A change to a function; `None` leaves a field as it is.
#[derive(Debug, Clone, Default)]
pub struct FunctionChange {
    /// A new name.
    pub name: Option<FunctionName>,
    /// A new description.
    pub description: Option<String>,
    /// A new language.
    pub language: Option<Language>,
    /// A new source.
    pub source: Option<String>,
    /// New files beside it, in place of all there are.
    pub files: Option<SourceFiles>,
    /// A new module in place of a source.
    pub module: Option<Vec<u8>>,
    /// New settings.
    pub settings: Option<FunctionSettings>,
    /// New examples in place of all there are.
    pub examples: Option<Vec<Example>>,
    /// Environments in place of those it had.
    pub environments: Option<Vec<EnvironmentName>>,
    /// What would build it now; equal builds are not made twice.
    pub builders: Builders,
}

/// A function with its newest version. Listings leave `source`, `files`, `compile_error`,
/// `diagnostics` and `gate` empty.
#[derive(Debug, Clone)]
pub struct FunctionRow {
    /// Its id.
    pub id: FunctionId,
    /// Its name.
    pub name: FunctionName,
    /// What it is for.
    pub description: Option<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// The newest version's id.
    pub version_id: VersionId,
    /// The newest version's number.
    pub version: i32,
    /// The number of the version that answers calls.
    pub live_version: Option<i32>,
    /// The newest version's language.
    pub language: Language,
    /// The newest version's source: its entry file.
    pub source: String,
    /// The newest version's files beside it.
    pub files: SourceFiles,
    /// What the newest version is built from, as a digest. Listings leave it zero.
    pub source_digest: [u8; 32],
    /// The newest version's settings.
    pub settings: FunctionSettings,
    /// The newest version's state.
    pub status: FunctionStatus,
    /// Why it failed.
    pub compile_error: Option<String>,
    /// What the compiler said.
    pub diagnostics: Vec<Diagnostic>,
    /// Its calling convention.
    pub abi: Option<Abi>,
    /// Its module's size in bytes.
    pub wasm_bytes: Option<i64>,
    /// From stored to built, in milliseconds.
    pub build_ms: Option<i64>,
    /// What the function's examples said about it.
    pub gate: Option<GateReport>,
}

/// Which functions to list; `None` means any.
#[derive(Debug, Clone, Default)]
pub struct FunctionFilter {
    /// Whose newest version is in this state.
    pub status: Option<FunctionStatus>,
    /// Whose newest version is written in this.
    pub language: Option<Language>,
    /// With this in their name, whatever the case.
    pub name: Option<String>,
    /// Made at this time or later.
    pub since: Option<DateTime<Utc>>,
    /// Made before this time.
    pub until: Option<DateTime<Utc>>,
}

/// Which part of a listing.
#[derive(Debug, Clone, Copy)]
pub struct Page<Id> {
    /// Entries at the most.
    pub limit: i64,
    /// Continue behind this entry.
    pub after: Option<Id>,
}

impl Store {
    /// Stores a function and its first version and queues the compilation, in one transaction.
    ///
    /// # Errors
    /// [`StoreError::NameTaken`] when another function has the name; [`StoreError::UnknownEnvironment`].
    pub async fn create_function(&self, new: &NewFunction, limits: &CompileLimits) -> Result<FunctionRow, StoreError> {
        let (id, version_id) = (FunctionId::generate(), VersionId::generate());
        let mut transaction = self.pool.begin().await?;
        sqlx::query!(
            "INSERT INTO functions (id, name, description, latest_version_id) VALUES ($1, $2, $3, $4)",
            id.0,
            new.name.as_str(),
            new.description,
            version_id.0,
        )
        .execute(&mut *transaction)
        .await?;
        let version = NewVersion {
            id: version_id,
            function_id: id,
            number: 1,
            language: new.language,
            source: &new.source,
            files: &new.files,
            settings: &new.settings,
            module: new.module.as_deref(),
            source_digest: source_digest(new.language, &new.source, &new.files, new.module.as_deref()),
            module_of: None,
        };
        insert_version(&mut transaction, &version).await?;
        replace_examples(&mut transaction, id, &new.examples).await?;
        if !new.environments.is_empty() {
            replace_environments(&mut transaction, id, &new.environments).await?;
        }
        send_off(&mut transaction, &version, new.name.as_str(), limits, &new.builders).await?;
        announce(&mut transaction, id).await?;
        // Read back: the database's clock dates the row. Before the commit, because a moment behind it the function
        // may already be something else than what was created.
        let row = select_function(&mut transaction, &FunctionRef::Id(id)).await?;
        transaction.commit().await?;
        row.ok_or(StoreError::Unreadable { what: "function", reason: "it is not where it was inserted".to_owned() })
    }

    /// Changes a function. A changed language, source or settings makes a new version and queues its
    /// compilation in the same transaction; the live version stays until the new one is ready. So does the same source
    /// again if it could not be built.
    /// `Ok(None)`: no such function.
    ///
    /// # Errors
    /// [`StoreError::NameTaken`] when another function has the new name; [`StoreError::UnknownEnvironment`].
    pub async fn update_function(
        &self,
        function: &FunctionRef,
        change: &FunctionChange,
        limits: &CompileLimits,
    ) -> Result<Option<FunctionRow>, StoreError> {
        let mut transaction = self.pool.begin().await?;
        let Some(id) = lock_function(&mut transaction, function).await? else { return Ok(None) };
        let Some(current) = select_function(&mut transaction, &FunctionRef::Id(id)).await? else { return Ok(None) };
        let name = change.name.as_ref().unwrap_or(&current.name);
        sqlx::query!(
            "UPDATE functions SET name = $2, description = $3, updated_at = now() WHERE id = $1",
            id.0,
            name.as_str(),
            change.description.as_ref().or(current.description.as_ref()),
        )
        .execute(&mut *transaction)
        .await?;
        if let Some(examples) = &change.examples {
            replace_examples(&mut transaction, id, examples).await?;
        }
        if let Some(environments) = &change.environments {
            replace_environments(&mut transaction, id, environments).await?;
        }
        let content = content_after(&current, change)?;
        let version = NewVersion {
            id: VersionId::generate(),
            function_id: id,
            number: current.version + 1,
            language: content.language,
            source: content.source,
            files: content.files,
            settings: change.settings.as_ref().unwrap_or(&current.settings),
            module: change.module.as_deref(),
            source_digest: content.digest,
            module_of: (content.language == Language::Wasm).then_some(current.version_id),
        };
        let changed = version.source_digest != current.source_digest || *version.settings != current.settings;
        // Whoever sends again what could not be built means that it can be now: toolchains change, too.
        let again = current.status == FunctionStatus::Failed && (change.source.is_some() || change.module.is_some());
        if changed || again {
            insert_version(&mut transaction, &version).await?;
            sqlx::query!("UPDATE functions SET latest_version_id = $2 WHERE id = $1", id.0, version.id.0)
                .execute(&mut *transaction)
                .await?;
            send_off(&mut transaction, &version, name.as_str(), limits, &change.builders).await?;
        }
        announce(&mut transaction, id).await?;
        let row = select_function(&mut transaction, &FunctionRef::Id(id)).await?;
        transaction.commit().await?;
        Ok(row)
    }

    /// A function with its newest version's source and diagnostics.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn function(&self, function: &FunctionRef) -> Result<Option<FunctionRow>, StoreError> {
        let mut connection = self.pool.acquire().await?;
        select_function(&mut connection, function).await
    }

    /// Functions by age, oldest first. The binary and the source are never read.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn functions(
        &self,
        filter: &FunctionFilter,
        page: Page<FunctionId>,
    ) -> Result<Vec<FunctionRow>, StoreError> {
        let rows = sqlx::query_as!(
            RawFunction,
            r#"SELECT f.id, f.name, f.description, f.created_at, f.updated_at, v.id AS version_id,
                      v.number AS version, live.number AS "live_version?", v.language, '' AS "source!", '{}' AS "files!", decode(repeat('00', 32), 'hex') AS "source_digest!",
                      v.settings::text AS "settings!", v.status::text AS "status!", NULL AS compile_error,
                      '[]' AS "diagnostics!", v.abi ->> 'abi' AS abi,
                      octet_length(v.wasm_binary)::bigint AS wasm_bytes,
                      (extract(epoch FROM v.built_at - v.created_at) * 1000)::bigint AS build_ms, NULL AS gate
               FROM functions f
               JOIN versions v ON v.id = f.latest_version_id
               LEFT JOIN versions live ON live.id = f.live_version_id
               WHERE ($1::uuid IS NULL OR f.id > $1)
                 AND ($3::text IS NULL OR v.status = ($3::text)::function_status)
                 AND ($4::text IS NULL OR v.language = $4)
                 AND ($5::text IS NULL OR position(lower($5) IN f.name_key) > 0)
                 AND ($6::timestamptz IS NULL OR f.created_at >= $6)
                 AND ($7::timestamptz IS NULL OR f.created_at < $7)
               ORDER BY f.id
               LIMIT $2"#,
            page.after.map(|id| id.0),
            page.limit,
            filter.status.map(FunctionStatus::as_str),
            filter.language.map(Language::as_str),
            filter.name,
            filter.since,
            filter.until,
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(RawFunction::read).collect()
    }

    /// Deletes a function with its versions and queued jobs. Its executions cannot be found from now on and
    /// are purged by [`Store::purge_deleted`]. `Ok(None)`: no such function.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn delete_function(&self, function: &FunctionRef) -> Result<Option<FunctionId>, StoreError> {
        let mut transaction = self.pool.begin().await?;
        let Some(id) = lock_function(&mut transaction, function).await? else { return Ok(None) };
        sqlx::query!("DELETE FROM functions WHERE id = $1", id.0).execute(&mut *transaction).await?;
        sqlx::query!("INSERT INTO deleted_functions (function_id) VALUES ($1) ON CONFLICT DO NOTHING", id.0)
            .execute(&mut *transaction)
            .await?;
        sqlx::query!("DELETE FROM queued_executions WHERE function_id = $1", id.0).execute(&mut *transaction).await?;
        sqlx::query!("DELETE FROM callbacks WHERE function_id = $1", id.0).execute(&mut *transaction).await?;
        let id_text = id.to_string();
        sqlx::query!("DELETE FROM pgmq.q_compilation_jobs WHERE message ->> 'functionId' = $1", id_text)
            .execute(&mut *transaction)
            .await?;
        sqlx::query!(
            "DELETE FROM pgmq.q_compilation_dead_letters WHERE message -> 'job' ->> 'functionId' = $1",
            id_text
        )
        .execute(&mut *transaction)
        .await?;
        announce(&mut transaction, id).await?;
        transaction.commit().await?;
        Ok(Some(id))
    }
}

/// What a changed function is made of.
struct Content<'a> {
    language: Language,
    source: &'a str,
    files: &'a SourceFiles,
    digest: [u8; 32],
}

/// A text stays a text and a module a module, unless the change brings the other.
fn content_after<'a>(current: &'a FunctionRow, change: &'a FunctionChange) -> Result<Content<'a>, StoreError> {
    static NO_FILES: SourceFiles = SourceFiles::none();
    let language = change.language.unwrap_or(current.language);
    let was_module = current.language == Language::Wasm;
    if language != Language::Wasm {
        if change.module.is_some() || (was_module && change.source.is_none()) {
            return Err(StoreError::WrongContent);
        }
        let source = change.source.as_deref().unwrap_or(&current.source);
        let files = change.files.as_ref().unwrap_or(&current.files);
        return Ok(Content { language, source, files, digest: source_digest(language, source, files, None) });
    }
    let has_files = change.files.as_ref().is_some_and(|files| !files.is_empty());
    if change.source.is_some() || has_files || (!was_module && change.module.is_none()) {
        return Err(StoreError::WrongContent);
    }
    let digest = match &change.module {
        Some(module) => source_digest(language, "", &NO_FILES, Some(module)),
        None => current.source_digest,
    };
    Ok(Content { language, source: "", files: &NO_FILES, digest })
}

/// Queues what makes a new version ready: a compiler, or where there is nothing to compile the publisher alone.
async fn send_off(
    connection: &mut PgConnection,
    version: &NewVersion<'_>,
    function_name: &str,
    limits: &CompileLimits,
    builders: &Builders,
) -> Result<(), StoreError> {
    if let Some(builder) = builders.get(&version.language)
        && let Some(built_version_id) = find_build(connection, &build_key(&version.source_digest, builder)).await?
    {
        let report = CompilationReport::Reusable { version_id: version.id, built_version_id, limits: *limits };
        return send_report(connection, &report).await;
    }
    if version.language.is_compiled() {
        enqueue(connection, &version.job(function_name, limits)).await
    } else {
        send_report(connection, &CompilationReport::Uploaded { version_id: version.id }).await
    }
}

async fn find_build(connection: &mut PgConnection, key: &[u8; 32]) -> Result<Option<VersionId>, StoreError> {
    let found = sqlx::query_scalar!(
        "SELECT id FROM versions WHERE build_key = $1 AND status = 'READY' LIMIT 1",
        key.as_slice()
    )
    .fetch_optional(connection)
    .await?;
    Ok(found.map(VersionId))
}

/// Locks the function's row so that changes to one function queue up behind each other.
pub(crate) async fn lock_function(
    connection: &mut PgConnection,
    function: &FunctionRef,
) -> Result<Option<FunctionId>, StoreError> {
    let (id, key) = split(function);
    let found = sqlx::query_scalar!(
        "SELECT id FROM functions WHERE ($1::uuid IS NOT NULL AND id = $1) OR ($2::text IS NOT NULL AND name_key = $2)
         FOR UPDATE",
        id,
        key,
    )
    .fetch_optional(connection)
    .await?;
    Ok(found.map(FunctionId))
}

pub(crate) fn split(function: &FunctionRef) -> (Option<uuid::Uuid>, Option<String>) {
    match function {
        FunctionRef::Id(id) => (Some(id.0), None),
        FunctionRef::Name(name) => (None, Some(name.key())),
    }
}

pub(crate) async fn select_function(
    connection: &mut PgConnection,
    function: &FunctionRef,
) -> Result<Option<FunctionRow>, StoreError> {
    let (id, key) = split(function);
    let row = sqlx::query_as!(
        RawFunction,
        r#"SELECT f.id AS "id!", f.name AS "name!", f.description, f.created_at AS "created_at!",
                  f.updated_at AS "updated_at!", v.id AS "version_id!", v.number AS "version!",
                  live.number AS "live_version?", v.language AS "language!", v.source AS "source!",
                  v.files::text AS "files!", v.source_digest AS "source_digest!",
                  v.settings::text AS "settings!", v.status::text AS "status!", v.compile_error,
                  v.diagnostics::text AS "diagnostics!", v.abi ->> 'abi' AS abi,
                  octet_length(v.wasm_binary)::bigint AS wasm_bytes,
                  (extract(epoch FROM v.built_at - v.created_at) * 1000)::bigint AS build_ms, v.gate::text AS gate
           FROM functions f
           JOIN versions v ON v.id = f.latest_version_id
           LEFT JOIN versions live ON live.id = f.live_version_id
           WHERE ($1::uuid IS NOT NULL AND f.id = $1) OR ($2::text IS NOT NULL AND f.name_key = $2)"#,
        id,
        key,
    )
    .fetch_optional(connection)
    .await?;
    row.map(RawFunction::read).transpose()
}

/// The columns of a function as PostgreSQL hands them over.
struct RawFunction {
    id: uuid::Uuid,
    name: String,
    description: Option<String>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    version_id: uuid::Uuid,
    version: i32,
    live_version: Option<i32>,
    language: String,
    source: String,
    files: String,
    source_digest: Vec<u8>,
    settings: String,
    status: String,
    compile_error: Option<String>,
    diagnostics: String,
    abi: Option<String>,
    wasm_bytes: Option<i64>,
    build_ms: Option<i64>,
    gate: Option<String>,
}

impl RawFunction {
    fn read(self) -> Result<FunctionRow, StoreError> {
        Ok(FunctionRow {
            id: FunctionId(self.id),
            name: rows::name(&self.name)?,
            description: self.description,
            created_at: self.created_at,
            updated_at: self.updated_at,
            version_id: VersionId(self.version_id),
            version: self.version,
            live_version: self.live_version,
            language: rows::language(&self.language)?,
            source: self.source,
            files: rows::json("files", &self.files)?,
            source_digest: rows::digest("source digest", &self.source_digest)?,
            settings: rows::settings(&self.settings)?,
            status: rows::status(&self.status)?,
            compile_error: self.compile_error,
            diagnostics: rows::json("diagnostics", &self.diagnostics)?,
            abi: self.abi.as_deref().map(|text| rows::parse("ABI", text)).transpose()?,
            wasm_bytes: self.wasm_bytes,
            build_ms: self.build_ms,
            gate: self.gate.as_deref().map(|text| rows::json("gate", text)).transpose()?,
        })
    }
}

impl NewVersion<'_> {
    fn job(&self, function_name: &str, limits: &CompileLimits) -> CompilationJob {
        CompilationJob {
            version_id: self.id,
            function_id: self.function_id,
            function_name: function_name.to_owned(),
            language: self.language,
            source: self.source.to_owned(),
            files: self.files.clone(),
            limits: *limits,
        }
    }
}
