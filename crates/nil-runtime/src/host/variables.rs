//! Module `nil`: variables for languages whose library does not read WASI's environment.
//!
//! Both functions answer the length of a value, or -1 where there is none, and write the value where it fits the room
//! that was given: a guest asks twice, or offers room at once.

use wasmtime::{Caller, Extern, Linker, Memory, Result};

use super::{BadPointer, HostState, guest_text};

/// The module name they are imported from.
pub(crate) const MODULE: &str = "nil";

/// Longest name looked for; no variable has a longer one.
const MAX_NAME_BYTES: usize = 1_024;

/// There is no such variable.
const NONE: i32 = -1;

/// Defines `env_get` and `env_get_utf16`.
pub(super) fn link(linker: &mut Linker<HostState>) -> Result<()> {
    linker.func_wrap(
        MODULE,
        "env_get",
        |mut caller: Caller<'_, HostState>, name: u32, length: u32, into: u32, room: u32| -> Result<i32> {
            let memory = memory(&mut caller, name)?;
            let bytes = piece(memory.data(&caller), name, length as usize)?.to_vec();
            let Some(value) = std::str::from_utf8(&bytes).ok().and_then(|name| value(caller.data(), name)) else {
                return Ok(NONE);
            };
            answer(&mut caller, memory, value.as_bytes(), 1, (into, room))
        },
    )?;
    // For AssemblyScript: the name is one of its strings, and so is what the value is written into.
    linker.func_wrap(
        MODULE,
        "env_get_utf16",
        |mut caller: Caller<'_, HostState>, name: u32, into: u32, room: u32| -> Result<i32> {
            let name = guest_text::read(&mut caller, name, MAX_NAME_BYTES)?;
            let Some(value) = value(caller.data(), &name.text).filter(|_| name.dropped_units == 0) else {
                return Ok(NONE);
            };
            let units: Vec<u8> = value.encode_utf16().flat_map(u16::to_le_bytes).collect();
            let memory = memory(&mut caller, into)?;
            answer(&mut caller, memory, &units, 2, (into, room))
        },
    )?;
    Ok(())
}

fn value(state: &HostState, name: &str) -> Option<String> {
    state.variables.as_ref()?.get(name).map(str::to_owned)
}

/// The memory of the caller; without one the pointer it gave is bad.
fn memory(caller: &mut Caller<'_, HostState>, pointer: u32) -> Result<Memory> {
    let export = match caller.data().memory {
        Some(export) => caller.get_module_export(&export),
        None => caller.get_export("memory"),
    };
    match export {
        Some(Extern::Memory(memory)) => Ok(memory),
        _ => Err(BadPointer { pointer }.into()),
    }
}

fn piece(memory: &[u8], pointer: u32, length: usize) -> Result<&[u8]> {
    let start = pointer as usize;
    Ok(memory.get(start..start.saturating_add(length)).ok_or(BadPointer { pointer })?)
}

/// Writes `value` where it fits and answers its length in units of `unit` bytes.
fn answer(
    caller: &mut Caller<'_, HostState>,
    memory: Memory,
    value: &[u8],
    unit: usize,
    (into, room): (u32, u32),
) -> Result<i32> {
    let length = value.len() / unit;
    if length <= room as usize && length > 0 {
        let start = into as usize;
        let place = memory.data_mut(caller).get_mut(start..start.saturating_add(value.len()));
        place.ok_or(BadPointer { pointer: into })?.copy_from_slice(value);
    }
    Ok(i32::try_from(length).unwrap_or(i32::MAX))
}
