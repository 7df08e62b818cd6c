//! Reads and writes a program's memory, whatever its pointers say.

use wasmtime::{Caller, Extern, Memory};

use super::errno::{Errno, FAULT, INVAL};
use crate::host::HostState;

/// Pieces of one read or write at the most; programs use a handful.
const MAX_PIECES: u32 = 1_024;

/// The memory of the caller; without one every pointer is bad.
pub(in crate::host) fn memory(caller: &mut Caller<'_, HostState>) -> Result<Memory, Errno> {
    let export = match caller.data().memory {
        Some(export) => caller.get_module_export(&export),
        None => caller.get_export("memory"),
    };
    match export {
        Some(Extern::Memory(memory)) => Ok(memory),
        _ => Err(FAULT),
    }
}

/// `length` bytes at `pointer`.
pub(super) fn bytes(memory: &[u8], pointer: u32, length: u32) -> Result<&[u8], Errno> {
    let start = pointer as usize;
    memory.get(start..start.saturating_add(length as usize)).ok_or(FAULT)
}

/// `length` bytes at `pointer`, to be written.
pub(in crate::host) fn bytes_mut(memory: &mut [u8], pointer: u32, length: u32) -> Result<&mut [u8], Errno> {
    let start = pointer as usize;
    memory.get_mut(start..start.saturating_add(length as usize)).ok_or(FAULT)
}

/// Puts `value` at `pointer`.
pub(in crate::host) fn store<const N: usize>(memory: &mut [u8], pointer: u32, value: [u8; N]) -> Result<(), Errno> {
    bytes_mut(memory, pointer, N as u32)?.copy_from_slice(&value);
    Ok(())
}

pub(super) fn load_u16(memory: &[u8], pointer: u32) -> Result<u16, Errno> {
    let bytes = bytes(memory, pointer, 2)?;
    Ok(u16::from_le_bytes([bytes[0], bytes[1]]))
}

pub(super) fn load_u32(memory: &[u8], pointer: u32) -> Result<u32, Errno> {
    let bytes = bytes(memory, pointer, 4)?;
    Ok(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
}

pub(super) fn load_u64(memory: &[u8], pointer: u32) -> Result<u64, Errno> {
    let low = load_u32(memory, pointer)?;
    let high = load_u32(memory, pointer.checked_add(4).ok_or(FAULT)?)?;
    Ok(u64::from(high) << 32 | u64::from(low))
}

/// The pieces (`pointer`, `length`) of a scattered read or write, each within memory.
pub(in crate::host) fn pieces(memory: &[u8], list: u32, count: u32) -> Result<Vec<(u32, u32)>, Errno> {
    if count > MAX_PIECES {
        return Err(INVAL);
    }
    let piece = |index: u32| {
        let at = list.checked_add(index * 8).ok_or(FAULT)?;
        let (pointer, length) = (load_u32(memory, at)?, load_u32(memory, at.checked_add(4).ok_or(FAULT)?)?);
        bytes(memory, pointer, length)?;
        Ok((pointer, length))
    };
    (0..count).map(piece).collect()
}
