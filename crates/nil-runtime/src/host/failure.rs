//! How a function of a compiled language says that it failed: module `nil`, UTF-8 in the module's own memory.
//!
//! `fail` is for an error the function returns: a message, and no place, because its author chose the words. `panic`
//! is for what went wrong by itself: the place, and where the function was.

use wasmtime::{Caller, Extern, Linker, Result};

use super::{Abort, HostState, catalog::OWN_MODULE};

/// Bytes kept of a message and of a file's name.
const MESSAGE_BYTES: usize = 8 * 1024;
const FILE_BYTES: usize = 256;

/// The guest called `nil.fail`.
#[derive(Debug, Clone, thiserror::Error)]
#[error("failed: {message}")]
pub(crate) struct Failed {
    /// What it returned as its error.
    pub message: String,
}

/// Defines `fail` and `panic`.
pub(super) fn link(linker: &mut Linker<HostState>) -> Result<()> {
    linker.func_wrap(
        OWN_MODULE,
        "fail",
        |mut caller: Caller<'_, HostState>, message: u32, length: u32| -> Result<()> {
            Err(Failed { message: text(&mut caller, message, length, MESSAGE_BYTES) }.into())
        },
    )?;
    linker.func_wrap(
        OWN_MODULE,
        "panic",
        |mut caller: Caller<'_, HostState>,
         message: u32,
         length: u32,
         file: u32,
         file_length: u32,
         line: u32,
         column: u32|
         -> Result<()> {
            let message = text(&mut caller, message, length, MESSAGE_BYTES);
            let file = text(&mut caller, file, file_length, FILE_BYTES);
            Err(Abort { message, file, line, column }.into())
        },
    )?;
    Ok(())
}

/// A broken pointer here must not hide that the guest failed.
fn text(caller: &mut Caller<'_, HostState>, pointer: u32, length: u32, most_bytes: usize) -> String {
    let memory = match caller.data().memory {
        Some(export) => caller.get_module_export(&export),
        None => caller.get_export("memory"),
    };
    let Some(Extern::Memory(memory)) = memory else { return "(unreadable)".to_owned() };
    let start = pointer as usize;
    let bytes = memory.data(&*caller).get(start..start.saturating_add(length as usize));
    bytes.map_or_else(
        || "(unreadable)".to_owned(),
        |bytes| String::from_utf8_lossy(&bytes[..bytes.len().min(most_bytes)]).into_owned(),
    )
}
