//! How a function ends itself: `abort` (throw, assert, runtime errors) and `process.exit`.

use wasmtime::{Caller, Linker, Result};

use super::{HostState, catalog::MODULE, guest_text};

/// Code units kept of an abort's message and file name.
const MESSAGE_UNITS: usize = 4_096;
const FILE_UNITS: usize = 256;

/// The guest called `env.abort`.
#[derive(Debug, Clone, thiserror::Error)]
#[error("aborted: {message}")]
pub(crate) struct Abort {
    /// The thrown message; empty when there was none.
    pub message: String,
    /// The source file; empty when unknown.
    pub file: String,
    /// From 1; 0 when unknown.
    pub line: u32,
    /// From 1; 0 when unknown.
    pub column: u32,
}

/// The guest called `process.exit`.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("exited with code {code}")]
pub(crate) struct Exit {
    /// The code it gave.
    pub code: i32,
}

/// Defines `abort` and `process.exit`.
pub(super) fn link(linker: &mut Linker<HostState>) -> Result<()> {
    linker.func_wrap(MODULE, "abort", abort)?;
    linker.func_wrap(MODULE, "process.exit", |code: i32| -> Result<()> { Err(Exit { code }.into()) })?;
    Ok(())
}

/// Always an error: AssemblyScript has `unreachable` behind the call.
pub(super) fn abort(mut caller: Caller<'_, HostState>, message: u32, file: u32, line: u32, column: u32) -> Result<()> {
    // A broken pointer here must not hide that the guest aborted.
    let mut text = |pointer, units| {
        if pointer == 0 {
            return String::new();
        }
        guest_text::read(&mut caller, pointer, units).map_or_else(|_| "(unreadable)".to_owned(), |text| text.text)
    };
    let message = text(message, MESSAGE_UNITS);
    let file = text(file, FILE_UNITS);
    Err(Abort { message, file, line, column }.into())
}
