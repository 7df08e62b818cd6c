//! Holds a module's imports against what the host offers.

use nil_core::Diagnostic;
use wasmparser::ValType;

use crate::{
    Rejection, host,
    shown::shown,
    validate::{ImportKind, ModuleSummary, Signature},
};

/// Diagnostics listed at most; the rest is counted.
const MAX_LISTED: usize = 20;

/// Checks every import of `module`.
///
/// # Errors
/// One diagnostic for each import that is unknown or has another type than the host function of that name.
pub(crate) fn check(module: &ModuleSummary<'_>) -> Result<(), Rejection> {
    let mut problems: Vec<_> = module
        .imports
        .iter()
        .filter_map(|import| problem(import.module, import.name, &import.kind).map(Diagnostic::error))
        .collect();
    if problems.is_empty() {
        return Ok(());
    }
    let more = problems.len().saturating_sub(MAX_LISTED);
    if more > 0 {
        problems.truncate(MAX_LISTED);
        problems.push(Diagnostic::error(format!("{more} more imports are not offered")));
    }
    Err(Rejection { diagnostics: problems })
}

fn problem(module: &str, name: &str, kind: &ImportKind) -> Option<String> {
    let full_name = || format!("{}.{}", shown(module), shown(name));
    let expected = if let Some(function) = host::function(module, name) {
        let signature = Signature { params: function.params.to_vec(), results: function.results.to_vec() };
        if *kind == ImportKind::Function(signature.clone()) {
            return None;
        }
        format!("a function {signature}")
    } else if host::constant(module, name).is_some() {
        if *kind == (ImportKind::Global { content: ValType::F64, mutable: false }) {
            return None;
        }
        "an immutable global f64".to_owned()
    } else {
        return Some(format!(
            "the module imports `{}` ({}), which is not offered; functions may import {}",
            full_name(),
            describe(kind),
            host::offers()
        ));
    };
    Some(format!("the module imports `{}` as {}; it is {expected}", full_name(), describe(kind)))
}

fn describe(kind: &ImportKind) -> String {
    match kind {
        ImportKind::Function(signature) => format!("a function {signature}"),
        ImportKind::Global { content, mutable: false } => format!("an immutable global {content}"),
        ImportKind::Global { content, mutable: true } => format!("a mutable global {content}"),
        ImportKind::Memory => "a memory".to_owned(),
        ImportKind::Table => "a table".to_owned(),
        ImportKind::Tag => "an exception tag".to_owned(),
    }
}
