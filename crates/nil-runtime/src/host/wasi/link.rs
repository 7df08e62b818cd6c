//! Puts preview 1 into linkers: all of it for executions, what always answers the same for initialisers.

use std::sync::Arc;

use wasmtime::{Caller, Linker, Result, Trap};

use super::{
    catalog::MODULE,
    denied, environ,
    errno::{BADF, Errno, INVAL, NOTSUP, SUCCESS},
    memory::{bytes_mut, memory, pieces, store},
    poll::poll_oneoff,
};
use crate::host::{Exit, HostClock, HostRandom, HostState};

/// Random bytes made between two looks at the time.
const RANDOM_CHUNK_BYTES: usize = 64 * 1024;

/// Everything of preview 1.
pub(crate) fn link(
    linker: &mut Linker<HostState>,
    clock: &Arc<dyn HostClock>,
    random: &Arc<dyn HostRandom>,
) -> Result<()> {
    link_pure(linker)?;
    environ::link(linker)?;
    linker.func_wrap(MODULE, "proc_exit", |code: i32| -> Result<()> { Err(Exit { code }.into()) })?;
    linker.func_wrap(MODULE, "fd_close", |mut caller: Caller<'_, HostState>, fd: u32| {
        let streams = &mut caller.data_mut().wasi;
        if !streams.is_open(fd) {
            return BADF;
        }
        streams.close(fd);
        SUCCESS
    })?;
    linker.func_wrap(
        MODULE,
        "fd_read",
        |mut caller: Caller<'_, HostState>, fd: u32, list: u32, count: u32, read: u32| {
            errno(fd_read(&mut caller, fd, list, count, read))
        },
    )?;
    let at = Arc::clone(clock);
    linker.func_wrap(
        MODULE,
        "fd_write",
        move |mut caller: Caller<'_, HostState>, fd: u32, list: u32, count: u32, written: u32| {
            fd_write(&mut caller, &*at, [fd, list, count, written])
        },
    )?;
    let time = Arc::clone(clock);
    linker.func_wrap(
        MODULE,
        "clock_time_get",
        move |mut caller: Caller<'_, HostState>, id: u32, _precision: u64, result: u32| {
            errno(clock_time(&mut caller, &*time, id, result))
        },
    )?;
    let bits = Arc::clone(random);
    linker.func_wrap(MODULE, "random_get", move |mut caller: Caller<'_, HostState>, pointer: u32, length: u32| {
        random_get(&mut caller, &*bits, pointer, length)
    })?;
    let time = Arc::clone(clock);
    linker.func_wrap(
        MODULE,
        "poll_oneoff",
        move |mut caller: Caller<'_, HostState>, subscriptions: u32, events: u32, count: u32, answered: u32| {
            poll_oneoff(&mut caller, &*time, [subscriptions, events, count, answered])
        },
    )?;
    Ok(())
}

/// What answers the same at publication as at every call: that there is nothing.
pub(crate) fn link_pure(linker: &mut Linker<HostState>) -> Result<()> {
    denied::link(linker)?;
    linker.func_wrap(MODULE, "args_get", |_list: u32, _text: u32| SUCCESS)?;
    linker.func_wrap(MODULE, "args_sizes_get", |mut caller: Caller<'_, HostState>, count: u32, bytes: u32| {
        errno(with_memory(&mut caller, |memory| {
            store(memory, count, 0_u32.to_le_bytes())?;
            store(memory, bytes, 0_u32.to_le_bytes())
        }))
    })?;
    linker.func_wrap(MODULE, "sched_yield", || SUCCESS)?;
    // No folder is open.
    linker.func_wrap(MODULE, "fd_prestat_get", |_fd: u32, _result: u32| BADF)?;
    linker.func_wrap(MODULE, "clock_res_get", |mut caller: Caller<'_, HostState>, id: u32, result: u32| {
        let nanoseconds: u64 = match id {
            0 => 1_000_000,
            1 => 1,
            2 | 3 => return NOTSUP,
            _ => return INVAL,
        };
        errno(with_memory(&mut caller, |memory| store(memory, result, nanoseconds.to_le_bytes())))
    })?;
    linker.func_wrap(MODULE, "fd_fdstat_get", |mut caller: Caller<'_, HostState>, fd: u32, result: u32| {
        const READ: u64 = 1 << 1;
        const WRITE: u64 = 1 << 6;
        const POLL: u64 = 1 << 27;
        if !caller.data().wasi.is_open(fd) {
            return BADF;
        }
        // Of an unknown kind: a terminal would make programs write line by line.
        let mut stat = [0; 24];
        stat[8..16].copy_from_slice(&(POLL | if fd == 0 { READ } else { WRITE }).to_le_bytes());
        errno(with_memory(&mut caller, |memory| store(memory, result, stat)))
    })?;
    linker.func_wrap(MODULE, "fd_fdstat_set_flags", |caller: Caller<'_, HostState>, fd: u32, _flags: u32| {
        // None of them means anything for a stream that never blocks.
        if caller.data().wasi.is_open(fd) { SUCCESS } else { BADF }
    })?;
    linker.func_wrap(MODULE, "fd_filestat_get", |mut caller: Caller<'_, HostState>, fd: u32, result: u32| {
        if !caller.data().wasi.is_open(fd) {
            return BADF;
        }
        errno(with_memory(&mut caller, |memory| store(memory, result, [0; 64])))
    })?;
    Ok(())
}

fn errno(result: Result<(), Errno>) -> Errno {
    result.err().unwrap_or(SUCCESS)
}

fn with_memory(
    caller: &mut Caller<'_, HostState>,
    write: impl FnOnce(&mut [u8]) -> Result<(), Errno>,
) -> Result<(), Errno> {
    let memory = memory(caller)?;
    write(memory.data_mut(caller))
}

fn fd_read(caller: &mut Caller<'_, HostState>, fd: u32, list: u32, count: u32, read: u32) -> Result<(), Errno> {
    if fd != 0 || !caller.data().wasi.is_open(fd) {
        return Err(BADF);
    }
    let memory = memory(caller)?;
    let (memory, state) = memory.data_and_store_mut(caller);
    // Before anything is taken from the stream, so that a bad pointer loses no input.
    bytes_mut(memory, read, 4)?;
    let mut total: u32 = 0;
    for (pointer, length) in pieces(memory, list, count)? {
        let moved = state.wasi.read(bytes_mut(memory, pointer, length)?);
        total += moved as u32;
        if moved < length as usize {
            break;
        }
    }
    store(memory, read, total.to_le_bytes())
}

fn fd_write(
    caller: &mut Caller<'_, HostState>,
    clock: &dyn HostClock,
    [fd, list, count, written]: [u32; 4],
) -> Result<Errno> {
    if fd == 0 || !caller.data().wasi.is_open(fd) {
        return Ok(BADF);
    }
    let memory = match memory(caller) {
        Ok(memory) => memory,
        Err(errno) => return Ok(errno),
    };
    let (memory, state) = memory.data_and_store_mut(caller);
    let pieces = match bytes_mut(memory, written, 4).map(drop).and_then(|()| pieces(memory, list, count)) {
        Ok(pieces) => pieces,
        Err(errno) => return Ok(errno),
    };
    let now = clock.since(state.started);
    let mut total: u32 = 0;
    for (pointer, length) in pieces {
        let start = pointer as usize;
        state.wasi.write(fd, &memory[start..start + length as usize], now, &mut state.logs)?;
        total = total.saturating_add(length);
    }
    Ok(errno(store(memory, written, total.to_le_bytes())))
}

fn clock_time(caller: &mut Caller<'_, HostState>, clock: &dyn HostClock, id: u32, result: u32) -> Result<(), Errno> {
    let nanoseconds = match id {
        0 => (clock.unix_ms().max(0.0) as u64).saturating_mul(1_000_000),
        1 => u64::try_from(clock.since(caller.data().started).as_nanos()).unwrap_or(u64::MAX),
        2 | 3 => return Err(NOTSUP),
        _ => return Err(INVAL),
    };
    with_memory(caller, |memory| store(memory, result, nanoseconds.to_le_bytes()))
}

fn random_get(caller: &mut Caller<'_, HostState>, random: &dyn HostRandom, pointer: u32, length: u32) -> Result<Errno> {
    let memory = match memory(caller) {
        Ok(memory) => memory,
        Err(errno) => return Ok(errno),
    };
    let (memory, state) = memory.data_and_store_mut(caller);
    let bytes = match bytes_mut(memory, pointer, length) {
        Ok(bytes) => bytes,
        Err(errno) => return Ok(errno),
    };
    for chunk in bytes.chunks_mut(RANDOM_CHUNK_BYTES) {
        for eight in chunk.chunks_mut(8) {
            eight.copy_from_slice(&random.next_u64().to_le_bytes()[..eight.len()]);
        }
        if state.started.elapsed() >= state.time_limit {
            return Err(Trap::Interrupt.into());
        }
    }
    Ok(SUCCESS)
}
