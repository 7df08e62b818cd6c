//! What a function may be, checked before anything is stored.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use nil_api::{FileEntries, ProblemKind};
use nil_core::{CompileLimits, FunctionName, Language, SourceFiles};

use crate::http::ApiError;

/// Longest description, in bytes.
const DESCRIPTION_BYTES: usize = 4_096;

pub(crate) fn name(text: &str) -> Result<FunctionName, ApiError> {
    Ok(text.parse::<FunctionName>()?)
}

pub(crate) fn language(text: &str) -> Result<Language, ApiError> {
    if text.trim().is_empty() {
        return Err(ApiError::invalid("`language` is empty; use for example `assemblyscript`"));
    }
    Ok(text.parse::<Language>()?)
}

fn source(text: &str, limits: &CompileLimits) -> Result<(), ApiError> {
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

/// What a function is made of, as a request brings it.
pub(crate) struct Content {
    pub(crate) source: Option<String>,
    pub(crate) files: Option<SourceFiles>,
    pub(crate) module: Option<Vec<u8>>,
}

/// A text or a module, as `language` has it; where that is not given, whichever was sent.
pub(crate) fn content(
    language: Option<Language>,
    source: Option<String>,
    entries: Option<FileEntries>,
    wasm_base64: Option<&str>,
    limits: &CompileLimits,
) -> Result<Content, ApiError> {
    let is_module = language == Some(Language::Wasm);
    if (is_module || wasm_base64.is_some()) && (source.is_some() || entries.is_some()) {
        return Err(ApiError::invalid(
            "a function is a source or a module: send `source` and `files`, or `language: wasm` with `wasmBase64`",
        ));
    }
    if let (Some(language), true) = (language.filter(|language| language.is_compiled()), wasm_base64.is_some()) {
        return Err(ApiError::invalid(format!("`wasmBase64` goes with the language `wasm`, not `{language}`")));
    }
    let module = wasm_base64.map(|text| decode_module(text, limits)).transpose()?;
    if let Some(source) = &source {
        self::source(source, limits)?;
    }
    let files = files(entries, language, source.as_ref().map_or(0, String::len), limits)?;
    Ok(Content { source, files, module })
}

/// As [`content`], of a function that is not there yet: one of both must be given.
pub(crate) fn new_content(
    language: Language,
    source: Option<String>,
    entries: Option<FileEntries>,
    wasm_base64: Option<&str>,
    limits: &CompileLimits,
) -> Result<Content, ApiError> {
    let content = content(Some(language), source, entries, wasm_base64, limits)?;
    match (&content.source, &content.module) {
        (None, None) if language.is_compiled() => {
            Err(ApiError::invalid("`source` is missing; send the source text of the function"))
        }
        (None, None) => Err(ApiError::invalid("`wasmBase64` is missing; send the module in base64")),
        _ => Ok(content),
    }
}

fn decode_module(text: &str, limits: &CompileLimits) -> Result<Vec<u8>, ApiError> {
    let bytes = BASE64_STANDARD
        .decode(text)
        .map_err(|error| ApiError::invalid(format!("`wasmBase64` is not base64: {error}")))?;
    module(&bytes, limits)?;
    Ok(bytes)
}

/// The size of a module. What is in it is the publisher's to judge.
pub(crate) fn module(bytes: &[u8], limits: &CompileLimits) -> Result<(), ApiError> {
    if bytes.is_empty() {
        return Err(ApiError::invalid("the module is empty; send the bytes of a WebAssembly module"));
    }
    if bytes.len() as u64 > limits.module_bytes {
        return Err(ApiError::new(
            ProblemKind::TooLarge,
            format!("the module has {} bytes; at most {} are taken", bytes.len(), limits.module_bytes),
        ));
    }
    Ok(())
}

/// The files beside the entry file, which has `source_bytes`. Where the language is not given it is not changed, and
/// the compiler holds the entry file's name against them.
fn files(
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

pub(crate) fn description(text: &str) -> Result<(), ApiError> {
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
