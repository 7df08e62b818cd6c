//! From stored versions to the bodies of the API.

use nil_api::{VersionDetail, VersionSummary};
use nil_store::{VersionEntry, VersionRow};

use crate::handlers::functions::hex;

pub(super) fn summary(entry: VersionEntry) -> VersionSummary {
    VersionSummary {
        number: entry.number,
        id: entry.id,
        status: entry.status,
        language: entry.language,
        live: entry.live,
        created_at: entry.created_at,
        digest: entry.digest.as_deref().map(hex),
        size_bytes: entry.size_bytes,
        compile_error: entry.compile_error,
        gate_passed: entry.gate_passed,
    }
}

pub(super) fn detail(row: VersionRow) -> VersionDetail {
    VersionDetail {
        summary: summary(row.entry),
        source_digest: hex(&row.source_digest),
        source: row.source,
        files: row.files,
        settings: row.settings,
        diagnostics: row.diagnostics,
        gate: row.gate,
    }
}
