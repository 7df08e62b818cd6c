//! Whether the entry exports something to call, as far as its text tells.

use nil_core::Diagnostic;

use super::diagnostics::At;

/// What a module exports, by its own declarations.
#[derive(Debug, Default)]
pub(super) struct Exports {
    /// Names with their places; `default` is one.
    pub names: Vec<(String, At)>,
    /// Whether it passes on what another module exports, names unknown.
    pub star: bool,
}

/// The names that can be called.
const ENTRY_POINTS: [&str; 2] = ["handle", "default"];

/// A complaint when there is nothing to call.
pub(super) fn check(path: &str, source: &str, exports: &Exports) -> Option<Diagnostic> {
    if exports.star || exports.names.iter().any(|(name, _)| ENTRY_POINTS.contains(&name.as_str())) {
        return None;
    }
    let commonjs = source.contains("module.exports") || source.contains("exports.handle");
    let (found, at) = match exports.names.as_slice() {
        [] if commonjs => (
            "it exports nothing, since functions are ES modules and `module.exports` means nothing here".to_owned(),
            At::START,
        ),
        [] => ("it exports nothing".to_owned(), At::START),
        names => {
            let list: Vec<_> = names.iter().map(|(name, _)| format!("`{name}`")).collect();
            (format!("it exports {}", list.join(", ")), names[0].1)
        }
    };
    let message = format!(
        "there is nothing to call; write `export function handle(input) {{ … }}`, or export a function as default; {found}"
    );
    Some(at.diagnostic(path, source, "NIL001", message))
}
