//! A function in a language that is interpreted: what its tiny module carries, and which runtime it asks for.
//!
//! The toolchain writes it, the runtime reads it; both sides resolve imports by the one rule here.

use serde::{Deserialize, Serialize};

/// The custom section of a function's module that carries its [`Script`] as JSON.
pub const SCRIPT_SECTION: &str = "nil:script";

/// The custom section of a shared runtime that carries its [`RuntimeDescription`] as JSON.
pub const RUNTIME_SECTION: &str = "nil:runtime";

/// The custom section of a shared runtime with the source it evaluates before any function.
pub const PRELUDE_SECTION: &str = "nil:prelude";

/// The custom section of a shared runtime with the zip archive of its standard library, where it has one.
pub const LIBRARY_SECTION: &str = "nil:library";

/// The modules of one function, ready for the interpreter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Script {
    /// SHA-256 of the shared runtime, in hexadecimal.
    pub runtime: String,
    /// The path of the module that exports `handle`.
    pub entry: String,
    /// Every module, the entry among them.
    pub modules: Vec<ScriptModule>,
}

/// One module of a [`Script`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ScriptModule {
    /// Its path as the user wrote it, relative and with forward slashes: `lib/money.ts`.
    pub path: String,
    /// What the interpreter runs.
    pub code: String,
    /// The source map from `code` to the user's text, as JSON; absent where they are the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub map: Option<String>,
}

/// What a shared runtime is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RuntimeDescription {
    /// Which interpreter, and so how the host drives it.
    pub engine: ScriptEngine,
    /// Its version, for people.
    pub version: String,
}

/// The interpreters the host can drive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ScriptEngine {
    /// QuickJS-ng as a reactor, by its own C API.
    Quickjs,
    /// CPython 3.14 linked into a reactor, by its own C API.
    Cpython,
}

/// Extensions an import may leave out.
const EXTENSIONS: &[&str] = &["", ".ts", ".js", ".mts", ".mjs", "/index.ts", "/index.js"];

/// The module that `specifier` names in the module `from`, among those for which `exists` holds.
///
/// # Errors
/// When it is not a relative path, leaves the function's folder, or names no module.
pub fn resolve_import(from: &str, specifier: &str, exists: impl Fn(&str) -> bool) -> Result<String, ImportError> {
    if !specifier.starts_with("./") && !specifier.starts_with("../") && specifier != "." && specifier != ".." {
        return Err(ImportError::Bare);
    }
    let mut path: Vec<&str> = from.split('/').collect();
    path.pop();
    for part in specifier.split('/') {
        match part {
            "." | "" => {}
            ".." => drop(path.pop().ok_or(ImportError::Outside)?),
            part => path.push(part),
        }
    }
    let path = path.join("/");
    let stem = path.rsplit_once('.');
    EXTENSIONS
        .iter()
        .map(|extension| format!("{path}{extension}"))
        // As TypeScript has it: `./a.js` is written where `a.ts` will have become it.
        .chain(stem.and_then(|(stem, extension)| match extension {
            "js" => Some(format!("{stem}.ts")),
            "mjs" => Some(format!("{stem}.mts")),
            _ => None,
        }))
        .find(|candidate| exists(candidate.trim_start_matches('/')))
        .map(|found| found.trim_start_matches('/').to_owned())
        .ok_or(ImportError::Missing)
}

/// Why an import leads nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// A package.
    #[error(
        "packages are not available; import files of the function by a relative path such as `./lib.js`, or copy the \
         code into it"
    )]
    Bare,
    /// Above the function's own folder.
    #[error("the path leads out of the function's folder")]
    Outside,
    /// No such file.
    #[error("the function has no such file")]
    Missing,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_stay_in_the_functions_folder() {
        let files = ["index.ts", "lib/money.ts", "lib/index.js", "data.js"];
        let resolve = |from: &str, specifier: &str| resolve_import(from, specifier, |path| files.contains(&path));
        assert_eq!(resolve("index.ts", "./lib/money.ts").as_deref(), Ok("lib/money.ts"));
        assert_eq!(resolve("index.ts", "./lib/money.js").as_deref(), Ok("lib/money.ts"));
        assert_eq!(resolve("index.ts", "./lib/money").as_deref(), Ok("lib/money.ts"));
        assert_eq!(resolve("index.ts", "./lib").as_deref(), Ok("lib/index.js"));
        assert_eq!(resolve("lib/money.ts", "../data.js").as_deref(), Ok("data.js"));
        assert_eq!(resolve("lib/money.ts", ".").as_deref(), Ok("lib/index.js"));
        assert_eq!(resolve("index.ts", "../index.ts"), Err(ImportError::Outside));
        assert_eq!(resolve("index.ts", "./nothing"), Err(ImportError::Missing));
        assert_eq!(resolve("index.ts", "lodash"), Err(ImportError::Bare));
        assert_eq!(resolve("index.ts", "/etc/passwd"), Err(ImportError::Bare));
    }
}
