//! Reads AssemblyScript strings for host functions, whatever their pointers say.
//!
//! The input and output of a call do not pass here: see `abi::assemblyscript`, where they are checked strictly.

use wasmtime::{Caller, Extern, Result};

use super::HostState;

/// A pointer that is no string: the guest broke its side of the ABI.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the pointer {pointer:#x} given to a host function is no string in the module's memory")]
pub(crate) struct BadPointer {
    /// What the guest gave.
    pub pointer: u32,
}

/// A string read from the guest.
pub(super) struct GuestText {
    /// Its first code units; lone surrogates replaced.
    pub text: String,
    /// How many code units were left out. They are not looked at: a function may log strings of many megabytes
    /// in a loop, and the host's share of that must not grow with them.
    pub dropped_units: u64,
}

/// Reads at most `max_units` UTF-16 code units of the string at `pointer`; `null` reads as `null`.
pub(super) fn read(caller: &mut Caller<'_, HostState>, pointer: u32, max_units: usize) -> Result<GuestText> {
    if pointer == 0 {
        return Ok(GuestText { text: "null".to_owned(), dropped_units: 0 });
    }
    let memory = match caller.data().memory {
        Some(export) => caller.get_module_export(&export),
        // A start function runs before anybody could look the export up.
        None => caller.get_export("memory"),
    };
    let Some(Extern::Memory(memory)) = memory else { return Err(BadPointer { pointer }.into()) };
    let units = code_units(memory.data(&*caller), pointer).ok_or(BadPointer { pointer })?;
    let kept = units.chunks_exact(2).take(max_units).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
    let text = char::decode_utf16(kept).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    let dropped_units = (units.len() / 2).saturating_sub(max_units) as u64;
    Ok(GuestText { text, dropped_units })
}

/// The bytes of the string at `pointer`, whose length in bytes stands four bytes before it.
fn code_units(memory: &[u8], pointer: u32) -> Option<&[u8]> {
    let start = usize::try_from(pointer).ok()?;
    let header = memory.get(start.checked_sub(4)?..start)?;
    let length = u32::from_le_bytes(header.try_into().ok()?);
    memory.get(start..start.checked_add(usize::try_from(length).ok()?)?)
}
