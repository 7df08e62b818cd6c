//! Compiles JavaScript and TypeScript: parse, strip types, follow imports, pack. Runs in a worker process of our own
//! binary, boxed like any toolchain, and speaks the workers' protocol: hostile sources meet this process only.
//!
//! Nothing of a source is executed here, and nothing is kept between two of them.

mod container;
mod diagnostics;
mod dialect;
mod exports;
mod modules;
mod strip;
mod worker;

pub(crate) use container::runtime_module;
pub use dialect::{Certainty, Guess, guess_dialect};
pub use worker::script_worker_main;

use nil_core::{Diagnostic, Language};

/// What one compilation yields: the function's module, or what is wrong with the source.
pub(crate) type Outcome = Result<Vec<u8>, Vec<Diagnostic>>;

/// Files by path; the entry is [`Language::entry_file`] unless a file says otherwise.
pub(crate) type Files = std::collections::BTreeMap<String, String>;

/// Compiles `files` from `entry` on, for the shared runtime with the digest `runtime`.
pub(crate) fn compile(language: Language, runtime: &str, entry: &str, files: &Files) -> Outcome {
    let modules = modules::collect(entry, files)?;
    let script = nil_core::Script { runtime: runtime.to_owned(), entry: entry.to_owned(), modules };
    Ok(container::function_module(language, &script))
}

#[cfg(test)]
mod tests;
