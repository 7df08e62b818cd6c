//! Puts the host functions of Python into a linker, for one of three phases.

use std::sync::Arc;

use wasmtime::{Caller, Engine, Linker, Result};

use super::files;
use crate::host::{
    HostClock, HostRandom, HostState, Phase,
    wasi::{self, SUCCESS, bytes_mut, errno, store, with_memory},
};

/// What the interpreter is told when it starts, each with a zero after it: where it is installed, no byte code beside
/// sources, UTF-8 everywhere, and the same hashes on every machine, since the image must come out the same everywhere.
const BOOT_ENVIRONMENT: &str = "PYTHONHOME=/\0PYTHONDONTWRITEBYTECODE=1\0PYTHONUTF8=1\0PYTHONHASHSEED=0\0";

/// What the clock says while the image is made, in nanoseconds since 1970.
const BOOT_TIME_NS: u64 = 1_000_000_000_000_000_000;

/// Everything the interpreter imports.
pub(crate) fn link(
    engine: &Engine,
    phase: Phase,
    clock: &Arc<dyn HostClock>,
    random: &Arc<dyn HostRandom>,
) -> Result<Linker<HostState>> {
    let mut linker = Linker::new(engine);
    wasi::link(&mut linker, clock, random)?;
    linker.allow_shadowing(true);
    files::link(&mut linker)?;
    match phase {
        Phase::Boot => boot(&mut linker)?,
        Phase::Evaluate => evaluate(&mut linker)?,
        Phase::Call => {}
    }
    Ok(linker)
}

/// Nothing about the machine or the moment gets into an image.
fn boot(linker: &mut Linker<HostState>) -> Result<()> {
    linker.func_wrap(
        wasi::MODULE,
        "environ_sizes_get",
        |mut caller: Caller<'_, HostState>, count: u32, bytes: u32| {
            errno(with_memory(&mut caller, |memory| {
                store(memory, count, (BOOT_ENVIRONMENT.matches('\0').count() as u32).to_le_bytes())?;
                store(memory, bytes, (BOOT_ENVIRONMENT.len() as u32).to_le_bytes())
            }))
        },
    )?;
    linker.func_wrap(wasi::MODULE, "environ_get", |mut caller: Caller<'_, HostState>, list: u32, text: u32| {
        errno(with_memory(&mut caller, |memory| {
            bytes_mut(memory, text, BOOT_ENVIRONMENT.len() as u32)?.copy_from_slice(BOOT_ENVIRONMENT.as_bytes());
            let starts = std::iter::once(0).chain(BOOT_ENVIRONMENT.match_indices('\0').map(|(at, _)| at as u32 + 1));
            for (index, start) in (0..).zip(starts.filter(|start| (*start as usize) < BOOT_ENVIRONMENT.len())) {
                store(memory, list + index * 4, (text + start).to_le_bytes())?;
            }
            Ok(())
        }))
    })?;
    linker.func_wrap(
        wasi::MODULE,
        "clock_time_get",
        |mut caller: Caller<'_, HostState>, _clock: u32, _precision: u64, result: u32| {
            errno(with_memory(&mut caller, |memory| store(memory, result, BOOT_TIME_NS.to_le_bytes())))
        },
    )?;
    linker.func_wrap(wasi::MODULE, "random_get", |mut caller: Caller<'_, HostState>, at: u32, length: u32| {
        errno(with_memory(&mut caller, |memory| {
            bytes_mut(memory, at, length)?.iter_mut().zip(0_u8..=255).for_each(|(byte, value)| *byte = value);
            Ok(())
        }))
    })?;
    Ok(())
}

/// What must not be frozen stops an evaluation.
fn evaluate(linker: &mut Linker<HostState>) -> Result<()> {
    let stop = |what: &'static str| Phase::Evaluate.effect(what).map(|()| SUCCESS);
    linker.func_wrap(wasi::MODULE, "clock_time_get", move |_clock: u32, _precision: u64, _result: u32| stop("time"))?;
    linker.func_wrap(wasi::MODULE, "random_get", move |_at: u32, _length: u32| stop("os.urandom"))?;
    linker.func_wrap(wasi::MODULE, "fd_write", move |_fd: u32, _list: u32, _count: u32, _out: u32| stop("print"))?;
    linker.func_wrap(
        wasi::MODULE,
        "poll_oneoff",
        move |_subscriptions: u32, _events: u32, _count: u32, _answered: u32| stop("time.sleep"),
    )?;
    Ok(())
}
