//! Follows imports from the entry through the function's own files.

use std::collections::BTreeSet;

use nil_core::{Diagnostic, ScriptModule, resolve_import};

use super::{Files, exports, strip};

/// Modules of one function at most; each is parsed at publication.
const MAX_MODULES: usize = 1_000;

/// Every module that `entry` reaches, the entry first; or what is wrong with any of them.
pub(super) fn collect(entry: &str, files: &Files) -> Result<Vec<ScriptModule>, Vec<Diagnostic>> {
    let mut modules = Vec::new();
    let mut errors = Vec::new();
    let mut seen = BTreeSet::from([entry.to_owned()]);
    let mut next = vec![entry.to_owned()];
    while let Some(path) = next.pop() {
        let Some(source) = files.get(&path) else {
            errors.push(Diagnostic::error(format!("the function has no file `{path}`")));
            continue;
        };
        let stripped = match strip::strip(&path, source) {
            Ok(stripped) => stripped,
            Err(found) => {
                errors.extend(found);
                continue;
            }
        };
        if path == entry {
            errors.extend(exports::check(&path, source, &stripped.exports));
        }
        for import in stripped.imports {
            match resolve_import(&path, &import.specifier, |path| files.contains_key(path)) {
                Ok(target) => {
                    if seen.insert(target.clone()) {
                        next.push(target);
                    }
                }
                Err(error) => {
                    let message = format!("cannot import `{}`: {error}", import.specifier);
                    errors.push(import.at.diagnostic(&path, source, "NIL201", message));
                }
            }
        }
        modules.push(ScriptModule { path, code: stripped.code, map: stripped.map });
    }
    if modules.len() > MAX_MODULES {
        errors.push(Diagnostic::error(format!("the function has {} modules; at most {MAX_MODULES}", modules.len())));
    }
    if errors.is_empty() { Ok(modules) } else { Err(errors) }
}
