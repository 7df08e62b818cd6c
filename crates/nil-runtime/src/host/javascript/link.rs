//! Puts the host functions of scripts into a linker, for one of three phases.

use std::sync::Arc;

use nil_core::LogLevel;
use wasmtime::{Caller, Engine, Linker, Result};

use super::{
    codec,
    guest::{Guest, NOTHING, lossy},
    modules, urls, wasi,
};
use crate::host::{HostClock, HostRandom, HostState};

/// When the functions are called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// While the image is made: time stands still at a known moment.
    Boot,
    /// While a function is evaluated for its snapshot: what must not be frozen stops it.
    Evaluate,
    /// During a call.
    Call,
}

/// A module asked, while it was evaluated, for something whose answer must not be frozen into a snapshot.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("`{what}` was used during initialisation")]
pub(crate) struct AskedWhileEvaluating {
    /// What the author wrote.
    pub what: &'static str,
}

impl Phase {
    /// Stops an evaluation.
    pub(super) fn effect(self, what: &'static str) -> Result<()> {
        if self == Self::Evaluate { Err(AskedWhileEvaluating { what }.into()) } else { Ok(()) }
    }
}

/// The host functions the prelude is given, in the order it takes them.
pub(crate) const HOST_FUNCTIONS: [&str; 7] = ["log", "random", "wait", "url", "encode", "decode", "env"];

/// What the functions share.
#[derive(Clone)]
pub(super) struct Shared {
    pub phase: Phase,
    pub clock: Arc<dyn HostClock>,
    pub random: Arc<dyn HostRandom>,
}

/// Everything a script's runtime imports.
pub(crate) fn link(
    engine: &Engine,
    phase: Phase,
    clock: &Arc<dyn HostClock>,
    random: &Arc<dyn HostRandom>,
) -> Result<Linker<HostState>> {
    let mut linker = Linker::new(engine);
    let shared = Shared { phase, clock: Arc::clone(clock), random: Arc::clone(random) };
    // Functions run in UTC.
    linker.func_wrap("env", "host_get_timezone_offset", |_high: u32, _low: u32| 0_i32)?;
    // The epoch interrupts; the interpreter need not ask.
    linker.func_wrap("env", "host_interrupt", || 0_i32)?;
    // Only called once a tracker is set, and none is.
    linker.func_wrap("env", "host_promise_rejection", |_promise: u32, _reason: u32, _handled: u32| ())?;
    modules::link(&mut linker)?;
    wasi::link(&mut linker, &shared)?;
    linker.func_wrap(
        "env",
        "host_call",
        move |mut caller: Caller<'_, HostState>, name: u32, len: u32, _this: u32, count: u32, at: u32| -> Result<u32> {
            let guest = &mut Guest(&mut caller);
            match call(guest, &shared, (name, len), (at, count))? {
                // Zero would mean that an exception is pending.
                NOTHING => guest.call("qjs_get_undefined", ()),
                value => Ok(value),
            }
        },
    )?;
    Ok(linker)
}

/// Calls one of [`HOST_FUNCTIONS`]; the prelude alone has them and passes what they take.
fn call(guest: &mut Guest<'_, '_>, shared: &Shared, name: (u32, u32), arguments: (u32, u32)) -> Result<u32> {
    const MAX_ARGUMENTS: u32 = 4;
    let name = String::from_utf8_lossy(guest.bytes(name.0, name.1.min(16) as usize)?).into_owned();
    let mut given = [None; MAX_ARGUMENTS as usize];
    for index in 0..arguments.1.min(MAX_ARGUMENTS) {
        given[index as usize] = Some(guest.u32_at(arguments.0 + index * 4)?);
    }
    match (name.as_str(), given) {
        ("log", [Some(level), Some(text), ..]) => log(guest, shared, level, text),
        ("random", [Some(buffer), ..]) => fill(guest, shared, buffer),
        ("wait", [Some(ms), ..]) => wait(guest, shared, ms),
        ("url", [Some(operation), Some(first), Some(second), third]) => {
            urls::call(guest, operation, first, second, third)
        }
        ("encode", [Some(text), ..]) => codec::encode(guest, text),
        ("decode", [Some(bytes), Some(label), Some(mode), ..]) => codec::decode(guest, bytes, label, mode),
        ("env", [name, ..]) => env(guest, shared, name),
        _ => Ok(NOTHING),
    }
}

/// The value of the variable `name`, or nothing; without a name, the names of all as JSON.
fn env(guest: &mut Guest<'_, '_>, shared: &Shared, name: Option<u32>) -> Result<u32> {
    shared.phase.effect("process.env")?;
    let name = name.map(|name| guest.string(name)).transpose()?.flatten();
    let variables = guest.0.data().variables.clone();
    match (name, variables) {
        (Some(name), Some(variables)) => match variables.get(&name) {
            Some(value) => guest.new_string(value),
            None => Ok(NOTHING),
        },
        (Some(_), None) => Ok(NOTHING),
        (None, variables) => {
            let names: Vec<_> = variables.iter().flat_map(|variables| variables.names()).collect();
            let json = serde_json::to_string(&names).map_err(wasmtime::Error::from)?;
            guest.new_string(&json)
        }
    }
}

fn log(guest: &mut Guest<'_, '_>, shared: &Shared, level: u32, text: u32) -> Result<u32> {
    shared.phase.effect("console")?;
    let level = match guest.number(level)? as u32 {
        0 => LogLevel::Debug,
        2 => LogLevel::Info,
        3 => LogLevel::Warn,
        4 => LogLevel::Error,
        _ => LogLevel::Log,
    };
    // Each kept unit takes at least one byte; a character at the cut is lost with it.
    let room = guest.0.data().logs.room_units();
    let Some((line, len)) = guest.text(text, room, |bytes, len| (lossy(bytes), len))? else { return Ok(NOTHING) };
    let state = guest.0.data_mut();
    let now = shared.clock.since(state.started);
    let maps = state.script.as_ref().map(|script| Arc::clone(&script.maps));
    let line = maps.as_ref().map_or_else(|| line.as_str().into(), |maps| maps.apply_to_lines(&line));
    state.logs.drop_unread(len.saturating_sub(room) as u64);
    state.logs.write(now, level, &line);
    Ok(NOTHING)
}

/// Fills an `ArrayBuffer`, for `crypto`.
fn fill(guest: &mut Guest<'_, '_>, shared: &Shared, buffer: u32) -> Result<u32> {
    // As the Web Cryptography API has it.
    const MAX_BYTES: usize = 65_536;
    shared.phase.effect("crypto")?;
    if let Some((at, len)) = guest.buffer(buffer)? {
        let mut bytes = vec![0; len.min(MAX_BYTES)];
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&shared.random.next_u64().to_le_bytes()[..chunk.len()]);
        }
        guest.write(at, &bytes)?;
    }
    Ok(NOTHING)
}

/// Sleeps for a timer, but not past the deadline.
fn wait(guest: &mut Guest<'_, '_>, shared: &Shared, ms: u32) -> Result<u32> {
    shared.phase.effect("setTimeout")?;
    let ms = guest.number(ms)?;
    let state = guest.0.data_mut();
    state.is_not_short();
    let left = state.time_limit.saturating_sub(state.started.elapsed());
    let wanted = std::time::Duration::try_from_secs_f64(ms.max(0.0) / 1_000.0).unwrap_or(std::time::Duration::MAX);
    state.sleep(wanted.min(left));
    if wanted >= left {
        return Err(wasmtime::Trap::Interrupt.into());
    }
    Ok(NOTHING)
}
