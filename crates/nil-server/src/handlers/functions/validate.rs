//! What a function may be, checked before anything is stored.

use nil_api::{FileEntries, ProblemKind};
use nil_core::{CompileLimits, FunctionName, Language, SourceFiles};

use crate::http::ApiError;

/// Longest description, in bytes.
const DESCRIPTION_BYTES: usize = 4_096;

pub(super) fn name(text: &str) -> Result<FunctionName, ApiError> {
    Ok(text.parse::<FunctionName>()?)
}

pub(super) fn language(text: &str) -> Result<Language, ApiError> {
    if text.trim().is_empty() {
        return Err(ApiError::invalid("`language` is empty; use for example `assemblyscript`"));
    }
    Ok(text.parse::<Language>()?)
}

pub(super) fn source(text: &str, limits: &CompileLimits) -> Result<(), ApiError> {
    if text.trim().is_empty() {
        return Err(ApiError::invalid("`source` is empty; send the source text of the function"));
    }
    if text.len() as u64 > limits.source_bytes {
        return Err(ApiError::new(
            ProblemKind::TooLarge,
            format!("`source` has {} bytes; at most {} are compiled", text.len(), limits.source_bytes),
        ));
    }
    no_nul("source", text)
}

/// The files beside the entry file, which has `source_bytes`. Where the language is not given it is not changed, and
/// the compiler holds the entry file's name against them.
pub(super) fn files(
    entries: Option<FileEntries>,
    language: Option<Language>,
    source_bytes: usize,
    limits: &CompileLimits,
) -> Result<Option<SourceFiles>, ApiError> {
    let Some(FileEntries(entries)) = entries else { return Ok(None) };
    let files = SourceFiles::new(entries)?;
    if let Some(language) = language {
        files.check_entry(language)?;
    }
    let bytes = files.bytes() + source_bytes as u64;
    if bytes > limits.source_bytes {
        return Err(ApiError::new(
            ProblemKind::TooLarge,
            format!("`source` and `files` have {bytes} bytes together; at most {} are compiled", limits.source_bytes),
        ));
    }
    Ok(Some(files))
}

pub(super) fn description(text: &str) -> Result<(), ApiError> {
    if text.len() > DESCRIPTION_BYTES {
        return Err(ApiError::new(
            ProblemKind::InvalidValue,
            format!("`description` has {} bytes; use at most {DESCRIPTION_BYTES}", text.len()),
        ));
    }
    no_nul("description", text)
}

/// PostgreSQL's text holds every character but this one.
fn no_nul(field: &str, text: &str) -> Result<(), ApiError> {
    match text.find('\0') {
        None => Ok(()),
        Some(at) => Err(ApiError::new(
            ProblemKind::InvalidValue,
            format!("`{field}` holds a NUL character at byte {at}; remove it"),
        )),
    }
}
