//! Links shared libraries (`dylink.0`) into one core module: what a dynamic linker does when a program starts, done once.
//!
//! Each library gets a part of memory and of the table. What one imports and another exports becomes an index or a
//! constant; what nobody exports is the host's, or refuses. Relocations and constructors are left to `_initialize`, which
//! is made here.

mod layout;
mod library;
mod module;
mod reencode;

use library::Library;

/// What to link.
pub(crate) struct Link<'a> {
    /// Names and modules, in the order symbols are looked for; constructors run from the last to the first.
    pub(crate) libraries: &'a [(&'a str, &'a [u8])],
    /// The module whose imports stay imports.
    pub(crate) host: &'a str,
    /// Functions that stay visible.
    pub(crate) exports: &'a [&'a str],
    /// Imports nobody defines that answer "access denied" through the pointer they are given last: WASI's
    /// `result<_, error-code>` with a payload at offset 4. Every other stops the program.
    pub(crate) denied: &'a [&'a str],
    /// Imports that answer 0, be they the host's or nobody's.
    pub(crate) zero: &'a [&'a str],
    /// Bytes of the stack, which lies first in memory.
    pub(crate) stack_bytes: u32,
    /// Memory beyond static data that is there from the start.
    pub(crate) heap_bytes: u32,
}

/// Libraries that do not fit together.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LinkError {
    /// One is no WebAssembly.
    #[error("a library cannot be read: {0}")]
    Parse(#[from] wasmparser::BinaryReaderError),
    /// One has something that is not known here.
    #[error("`{library}` cannot be linked: {what}")]
    Unsupported {
        /// Its name.
        library: String,
        /// What it has.
        what: String,
    },
}

/// The linked module.
///
/// # Errors
/// When a library cannot be read, or uses something that linking does not know.
pub(crate) fn link(link: &Link<'_>) -> Result<Vec<u8>, LinkError> {
    let libraries =
        link.libraries.iter().map(|(name, wasm)| Library::read(name, wasm)).collect::<Result<Vec<_>, _>>()?;
    let mut layout = layout::Layout::new(link, &libraries)?;
    module::write(link, &libraries, &mut layout)
}

#[cfg(test)]
mod tests;
