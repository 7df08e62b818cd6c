//! Which ABI does a validated module speak, and through which export? Decided at publication, never guessed
//! silently: what does not fit exactly one reading is rejected with what was looked for and what was found.

mod description;
mod rules;
mod section;

pub use description::{AbiDescription, Param, ScalarType};

use crate::{Rejection, validate::ModuleSummary};

/// The ABI of the module: from its `nil:abi` section where it has one, else from its exports.
///
/// # Errors
/// Says what was looked for and what the module exports instead.
pub(crate) fn detect(module: &ModuleSummary<'_>) -> Result<AbiDescription, Rejection> {
    match module.abi_section {
        Some(section) => section::read(section, module),
        None => rules::apply(module),
    }
}

/// Whether the toolchain promises that the language asks for its environment at each call, whatever an initialiser
/// was told.
pub(crate) fn reads_environ_later(module: &ModuleSummary<'_>) -> bool {
    module.abi_section.is_some_and(section::reads_environ_later)
}
