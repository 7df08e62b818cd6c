//! `environ_sizes_get` and `environ_get`: the function's variables, at each call as they are then.
//!
//! What an initialiser reads would be frozen into a snapshot, so it is not run ahead when it asks; unless its
//! toolchain promises that the language looks again at each call, and then it finds none.

use wasmtime::{Caller, Linker, Result};

use super::{
    catalog::MODULE,
    errno::{Errno, SUCCESS},
    memory::{bytes_mut, memory, store},
};
use crate::{
    Variables,
    host::{CalledWhileInitializing, HostState},
};

/// The functions of this file.
pub(crate) const NAMES: [&str; 2] = ["environ_sizes_get", "environ_get"];

/// For executions.
pub(super) fn link(linker: &mut Linker<HostState>) -> Result<()> {
    linker.func_wrap(MODULE, NAMES[0], |mut caller: Caller<'_, HostState>, count: u32, bytes: u32| {
        sizes(&mut caller, count, bytes).err().unwrap_or(SUCCESS)
    })?;
    linker.func_wrap(MODULE, NAMES[1], |mut caller: Caller<'_, HostState>, list: u32, text: u32| {
        get(&mut caller, list, text).err().unwrap_or(SUCCESS)
    })?;
    Ok(())
}

/// For initialisers.
pub(crate) fn link_for_initialization(linker: &mut Linker<HostState>) -> Result<()> {
    fn allowed(caller: &Caller<'_, HostState>, function: &'static str) -> Result<()> {
        if caller.data().reads_environ_later {
            return Ok(());
        }
        Err(CalledWhileInitializing { module: MODULE, function }.into())
    }
    linker.func_wrap(MODULE, NAMES[0], |mut caller: Caller<'_, HostState>, count: u32, bytes: u32| -> Result<u32> {
        allowed(&caller, NAMES[0])?;
        Ok(sizes(&mut caller, count, bytes).err().unwrap_or(SUCCESS))
    })?;
    linker.func_wrap(MODULE, NAMES[1], |caller: Caller<'_, HostState>, _list: u32, _text: u32| -> Result<u32> {
        allowed(&caller, NAMES[1])?;
        Ok(SUCCESS)
    })?;
    Ok(())
}

fn sizes(caller: &mut Caller<'_, HostState>, count: u32, bytes: u32) -> Result<(), Errno> {
    let memory = memory(caller)?;
    let (memory, state) = memory.data_and_store_mut(caller);
    let size = |length: Option<usize>| u32::try_from(length.unwrap_or(0)).unwrap_or(u32::MAX).to_le_bytes();
    let variables = state.variables.as_deref();
    store(memory, count, size(variables.map(|variables| variables.names().len())))?;
    store(memory, bytes, size(variables.map(|variables| variables.environ().len())))
}

fn get(caller: &mut Caller<'_, HostState>, list: u32, text: u32) -> Result<(), Errno> {
    let Some(variables) = caller.data().variables.clone() else { return Ok(()) };
    let memory = memory(caller)?;
    let memory = memory.data_mut(caller);
    write(memory, &variables, list, text)
}

fn write(memory: &mut [u8], variables: &Variables, list: u32, text: u32) -> Result<(), Errno> {
    let environ = variables.environ();
    bytes_mut(memory, text, environ.len() as u32)?.copy_from_slice(environ);
    let mut place = list;
    let mut at = text;
    for entry in environ.split_inclusive(|byte| *byte == 0) {
        store(memory, place, at.to_le_bytes())?;
        place = place.saturating_add(4);
        at += entry.len() as u32;
    }
    Ok(())
}
