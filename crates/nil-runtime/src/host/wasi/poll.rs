//! `poll_oneoff`: sleeping, and asking streams that are always ready.

use std::time::Duration;

use wasmtime::{Caller, Result, Trap};

use super::{
    errno::{BADF, Errno, INVAL, NOTSUP, SUCCESS},
    memory::{bytes_mut, load_u16, load_u32, load_u64, memory, store},
};
use crate::host::{HostClock, HostState};

/// Subscriptions of one call at the most.
const MAX_SUBSCRIPTIONS: u32 = 1_024;

const SUBSCRIPTION_BYTES: u32 = 48;
const EVENT_BYTES: u32 = 32;

/// What a program waits for.
enum Wanted {
    /// Until a time has passed.
    Clock(Duration),
    /// A stream, which is ready: `type` of the event and how many bytes can be read.
    Stream(u8, u64),
    /// Something that cannot be had.
    Refused(u8, Errno),
}

pub(super) fn poll_oneoff(
    caller: &mut Caller<'_, HostState>,
    clock: &dyn HostClock,
    [subscriptions, events, count, answered]: [u32; 4],
) -> Result<Errno> {
    if count == 0 || count > MAX_SUBSCRIPTIONS {
        return Ok(INVAL);
    }
    let wanted = match read(caller, clock, subscriptions, count) {
        Ok(wanted) => wanted,
        Err(errno) => return Ok(errno),
    };
    let ready_at_once = wanted.iter().any(|(_, wanted)| !matches!(wanted, Wanted::Clock(_)));
    let first = wanted.iter().filter_map(|(_, wanted)| match wanted {
        Wanted::Clock(after) => Some(*after),
        _ => None,
    });
    let waited = if ready_at_once { Duration::ZERO } else { first.min().unwrap_or_default() };
    sleep(caller, waited)?;
    Ok(write(caller, &wanted, waited, events, answered).err().unwrap_or(SUCCESS))
}

/// Sleeps on the guest's thread, never past the execution's deadline.
fn sleep(caller: &mut Caller<'_, HostState>, wanted: Duration) -> Result<()> {
    if wanted.is_zero() {
        return Ok(());
    }
    let state = caller.data_mut();
    state.is_not_short();
    let left = state.time_limit.saturating_sub(state.started.elapsed());
    state.sleep(wanted.min(left));
    if wanted >= left || state.is_canceled() { Err(Trap::Interrupt.into()) } else { Ok(()) }
}

fn read(
    caller: &mut Caller<'_, HostState>,
    clock: &dyn HostClock,
    list: u32,
    count: u32,
) -> Result<Vec<(u64, Wanted)>, Errno> {
    let memory = memory(caller)?;
    let (memory, state) = memory.data_and_store_mut(caller);
    // All of it at once, so that adding to its pointers cannot overflow below.
    bytes_mut(memory, list, count * SUBSCRIPTION_BYTES)?;
    (0..count)
        .map(|index| {
            let at = list + index * SUBSCRIPTION_BYTES;
            let userdata = load_u64(memory, at)?;
            let kind = memory[at as usize + 8];
            let wanted = match kind {
                0 => clock_wanted(memory, at, state, clock)?,
                1 | 2 => {
                    let fd = load_u32(memory, at + 16)?;
                    match (kind, fd) {
                        (1, 0) if state.wasi.is_open(0) => Wanted::Stream(kind, state.wasi.readable() as u64),
                        (2, 1 | 2) if state.wasi.is_open(fd) => Wanted::Stream(kind, 0),
                        _ => Wanted::Refused(kind, BADF),
                    }
                }
                _ => return Err(INVAL),
            };
            Ok((userdata, wanted))
        })
        .collect()
}

fn clock_wanted(memory: &[u8], at: u32, state: &HostState, clock: &dyn HostClock) -> Result<Wanted, Errno> {
    const ABSOLUTE: u16 = 1;
    let (id, timeout, flags) = (load_u32(memory, at + 16)?, load_u64(memory, at + 24)?, load_u16(memory, at + 40)?);
    let now = match id {
        0 => Duration::from_secs_f64((clock.unix_ms() / 1_000.0).max(0.0)),
        1 => clock.since(state.started),
        _ => return Ok(Wanted::Refused(0, NOTSUP)),
    };
    let timeout = Duration::from_nanos(timeout);
    Ok(Wanted::Clock(if flags & ABSOLUTE != 0 { timeout.saturating_sub(now) } else { timeout }))
}

fn write(
    caller: &mut Caller<'_, HostState>,
    wanted: &[(u64, Wanted)],
    waited: Duration,
    events: u32,
    answered: u32,
) -> Result<(), Errno> {
    let memory = memory(caller)?;
    let memory = memory.data_mut(caller);
    bytes_mut(memory, events, wanted.len() as u32 * EVENT_BYTES)?;
    let mut count = 0;
    for (userdata, wanted) in wanted {
        let (kind, errno, readable) = match *wanted {
            Wanted::Clock(after) if after <= waited => (0, SUCCESS, 0),
            Wanted::Clock(_) => continue,
            Wanted::Stream(kind, readable) => (kind, SUCCESS, readable),
            Wanted::Refused(kind, errno) => (kind, errno, 0),
        };
        let at = events + count * EVENT_BYTES;
        bytes_mut(memory, at, EVENT_BYTES)?.fill(0);
        store(memory, at, userdata.to_le_bytes())?;
        store(memory, at + 8, (errno as u16).to_le_bytes())?;
        store(memory, at + 10, [kind])?;
        store(memory, at + 16, readable.to_le_bytes())?;
        count += 1;
    }
    store(memory, answered, count.to_le_bytes())
}
