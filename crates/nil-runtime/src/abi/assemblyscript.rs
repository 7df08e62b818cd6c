//! `handle(string): string`: the input becomes a string on AssemblyScript's heap, the answer is read from it.
//!
//! A managed object is a pointer to its payload; before it stand `rtId` (u32 at -8) and `rtSize` (u32 at -4,
//! the payload's bytes). Strings are UTF-16LE with class id 2. Source: AssemblyScript, std/assembly/rt/common.

use wasmtime::{Instance, Memory, ModuleExport, Store, ValRaw, ValType};
use zerocopy::FromBytes;

use super::{
    Exports, Stop,
    exports::{self, NumericExport},
    transcode,
};
use crate::{execute::Call, host::HostState, outcome::FailureKind};

/// AssemblyScript's class id of `string`.
const STRING_ID: u32 = 2;

/// The largest payload its allocator gives (BLOCK_MAXSIZE is 1 GiB less a header), rounded down.
const MAX_STRING_BYTES: usize = (1 << 30) - 64;

/// What a call needs of the module.
pub(crate) struct AssemblyScript {
    memory: ModuleExport,
    new: NumericExport,
    handle: NumericExport,
    set_arguments_length: Option<NumericExport>,
}

impl AssemblyScript {
    /// Looks the exports up; `None` if one is missing or of another type.
    pub(crate) fn new(exports: &Exports<'_>, handle: &str) -> Option<Self> {
        const I32: ValType = ValType::I32;
        Some(Self {
            memory: exports.memory()?,
            new: exports.numeric("__new", &[I32, I32], &[I32])?,
            handle: exports.numeric(handle, &[I32], &[I32])?,
            // Only there when an exported function has optional parameters, which it would otherwise default.
            set_arguments_length: exports.numeric("__setArgumentsLength", &[I32], &[]),
        })
    }

    /// One call on a fresh instance.
    pub(crate) fn call(
        &self,
        store: &mut Store<HostState>,
        instance: &Instance,
        call: &Call<'_>,
    ) -> Result<String, Stop> {
        let memory = exports::memory(store, instance, &self.memory)?;
        let input = self.write_input(store, instance, memory, call.input)?;
        if let Some(set_arguments_length) = &self.set_arguments_length {
            set_arguments_length.call(store, instance, &mut [ValRaw::u32(1)])?;
        }
        // Not pinned: nothing allocates between `__new` and `handle`, and from there on AssemblyScript's
        // export wrapper keeps its argument alive.
        let mut values = [ValRaw::u32(input)];
        self.handle.call(store, instance, &mut values)?;
        read_string(memory.data(&*store), values[0].get_u32(), call.limits.output_bytes)
    }

    fn write_input(
        &self,
        store: &mut Store<HostState>,
        instance: &Instance,
        memory: Memory,
        input: &str,
    ) -> Result<u32, Stop> {
        let bytes = transcode::utf16_len(input) * 2;
        if bytes > MAX_STRING_BYTES {
            return Err(Stop::Failure(FailureKind::InputTooLarge { limit_bytes: MAX_STRING_BYTES as u64 / 2 }));
        }
        let mut values = [ValRaw::u32(bytes as u32), ValRaw::u32(STRING_ID)];
        self.new.call(store, instance, &mut values)?;
        let pointer = values[0].get_u32();
        let start = pointer as usize;
        let units = memory
            .data_mut(&mut *store)
            .get_mut(start..start + bytes)
            .filter(|_| pointer != 0)
            .and_then(|bytes| <[u16]>::mut_from_bytes(bytes).ok())
            .ok_or_else(|| {
                Stop::contract(format!("`__new` answered {pointer:#x} for {bytes} bytes, which is no place for them"))
            })?;
        transcode::to_utf16(input, units);
        Ok(pointer)
    }
}

/// The string at `pointer` in `memory` as UTF-8 of at most `limit_bytes`.
fn read_string(memory: &[u8], pointer: u32, limit_bytes: u64) -> Result<String, Stop> {
    if pointer == 0 {
        return Err(Stop::output("the function returned null, not a string"));
    }
    let start = pointer as usize;
    let header = start
        .checked_sub(8)
        .and_then(|from| memory.get(from..start))
        .and_then(|header| <[u32; 2]>::read_from_bytes(header).ok());
    let Some([id, length]) = header else {
        return Err(Stop::contract(format!("the returned pointer {pointer:#x} is outside of memory")));
    };
    if id != STRING_ID {
        return Err(Stop::contract(format!(
            "the returned pointer {pointer:#x} is no string: its class id is {id}, not {STRING_ID}"
        )));
    }
    let Some(payload) = memory.get(start..start.saturating_add(length as usize)) else {
        return Err(Stop::contract(format!(
            "the returned string at {pointer:#x} has a length of {} bytes, which ends outside of memory",
            length as i32
        )));
    };
    let Ok(units) = <[u16]>::ref_from_bytes(payload) else {
        return Err(Stop::contract(format!(
            "the returned string at {pointer:#x} with a length of {length} bytes is not made of 16-bit units"
        )));
    };
    // Each unit is at least one byte of UTF-8, so this bounds the copy below.
    if units.len() as u64 > limit_bytes {
        return Err(Stop::Failure(FailureKind::OutputTooLarge { limit_bytes }));
    }
    let text = transcode::to_utf8(units).map_err(|surrogate| {
        Stop::output(format!("the returned string has a lone surrogate at code unit {}", surrogate.at))
    })?;
    if text.len() as u64 > limit_bytes {
        return Err(Stop::Failure(FailureKind::OutputTooLarge { limit_bytes }));
    }
    Ok(text)
}

#[cfg(target_endian = "big")]
compile_error!("WebAssembly memory is little-endian; strings are read in place, which needs a little-endian machine");
