//! `alloc(length) → pointer` and `handle(pointer, length) → pointer << 32 | length`: UTF-8 in and out of the module's
//! own memory. A module may export `release`; nothing calls it, because the sandbox is thrown away after the call.

use wasmtime::{Instance, ModuleExport, Store, ValRaw, ValType};

use super::{
    Exports, Stop,
    exports::{self, NumericExport},
};
use crate::{execute::Call, host::HostState, outcome::FailureKind};

/// What a call needs of the module.
pub(crate) struct Buffer {
    memory: ModuleExport,
    alloc: NumericExport,
    handle: NumericExport,
}

impl Buffer {
    /// Looks the exports up; `None` if one is missing or of another type.
    pub(crate) fn new(exports: &Exports<'_>, handle: &str) -> Option<Self> {
        const I32: ValType = ValType::I32;
        Some(Self {
            memory: exports.memory()?,
            alloc: exports.numeric("alloc", &[I32], &[I32])?,
            handle: exports.numeric(handle, &[I32, I32], &[ValType::I64])?,
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
        let length = u32::try_from(call.input.len())
            .map_err(|_| Stop::Failure(FailureKind::InputTooLarge { limit_bytes: u64::from(u32::MAX) }))?;
        let mut values = [ValRaw::u32(length)];
        self.alloc.call(store, instance, &mut values)?;
        let pointer = values[0].get_u32();
        let start = pointer as usize;
        memory
            .data_mut(&mut *store)
            .get_mut(start..start.saturating_add(call.input.len()))
            .filter(|_| pointer != 0)
            .ok_or_else(|| {
                Stop::contract(format!("`alloc` answered {pointer:#x} for {length} bytes, which is no place for them"))
            })?
            .copy_from_slice(call.input.as_bytes());
        let mut values = [ValRaw::u32(pointer), ValRaw::u32(length)];
        self.handle.call(store, instance, &mut values)?;
        read_output(memory.data(&*store), values[0].get_u64(), call.limits.output_bytes)
    }
}

/// The text `handle` answered with, of at most `limit_bytes`.
fn read_output(memory: &[u8], answer: u64, limit_bytes: u64) -> Result<String, Stop> {
    let (pointer, length) = ((answer >> 32) as u32, answer as u32);
    let start = pointer as usize;
    let Some(bytes) = memory.get(start..start.saturating_add(length as usize)) else {
        return Err(Stop::contract(format!(
            "the returned output at {pointer:#x} has a length of {} bytes, which ends outside of memory",
            length as i32
        )));
    };
    if bytes.len() as u64 > limit_bytes {
        return Err(Stop::Failure(FailureKind::OutputTooLarge { limit_bytes }));
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.to_owned()),
        Err(error) => Err(Stop::output(format!("the returned output is not UTF-8 at byte {}", error.valid_up_to()))),
    }
}
