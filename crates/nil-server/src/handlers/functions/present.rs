//! From stored rows to the bodies of the API.

use nil_api::{FunctionCreated, FunctionDetail, FunctionSummary};
use nil_store::FunctionRow;

pub(super) fn created(row: FunctionRow) -> FunctionCreated {
    FunctionCreated { id: row.id, name: row.name, status: row.status, version: row.version, created_at: row.created_at }
}

pub(super) fn summary(row: FunctionRow) -> FunctionSummary {
    FunctionSummary {
        id: row.id,
        name: row.name,
        status: row.status,
        language: row.language,
        version: row.version,
        live_version: row.live_version,
        created_at: row.created_at,
        updated_at: row.updated_at,
    }
}

pub(super) fn detail(row: FunctionRow) -> FunctionDetail {
    FunctionDetail {
        id: row.id,
        name: row.name,
        description: row.description,
        language: row.language,
        source: row.source,
        files: row.files,
        status: row.status,
        compile_error: row.compile_error,
        diagnostics: row.diagnostics,
        settings: row.settings,
        version: row.version,
        version_id: row.version_id,
        live_version: row.live_version,
        abi: row.abi,
        wasm_bytes: row.wasm_bytes,
        build_ms: row.build_ms,
        // A question of its own; whoever shows it asks.
        environments: Vec::new(),
        created_at: row.created_at,
        updated_at: row.updated_at,
    }
}
