//! The WASI preview 1 functions that QuickJS's C library imports: clocks, randomness, and output that goes to the
//! logs. Everything about files answers that there are none.

use nil_core::LogStream;
use wasmtime::{Caller, Linker, Result};

use super::{
    guest::Guest,
    link::{Phase, Shared},
};
use crate::host::HostState;

const MODULE: &str = "wasi_snapshot_preview1";
const SUCCESS: i32 = 0;
const BAD_DESCRIPTOR: i32 = 8;
const INVALID: i32 = 28;

/// What the clock says while the image is made, in nanoseconds since 1970: any moment will do, but on every machine the
/// same, for the image must come out the same everywhere.
const BOOT_TIME_NS: u64 = 1_000_000_000_000_000_000;

const CLOCK_REALTIME: i32 = 0;
const CLOCK_MONOTONIC: i32 = 1;

pub(super) fn link(linker: &mut Linker<HostState>, shared: &Shared) -> Result<()> {
    let clocks = shared.clone();
    linker.func_wrap(
        MODULE,
        "clock_time_get",
        move |mut caller: Caller<'_, HostState>, clock: i32, _precision: i64, out: u32| -> Result<i32> {
            let nanoseconds = match (clock, clocks.phase) {
                (CLOCK_REALTIME, Phase::Boot) => BOOT_TIME_NS,
                (CLOCK_MONOTONIC, Phase::Boot) => 0,
                (CLOCK_REALTIME, _) => {
                    clocks.phase.effect("Date")?;
                    (clocks.clock.unix_ms() * 1e6) as u64
                }
                (CLOCK_MONOTONIC, _) => {
                    clocks.phase.effect("performance.now")?;
                    clocks.clock.since(caller.data().started).as_nanos() as u64
                }
                _ => return Ok(INVALID),
            };
            Guest(&mut caller).write(out, &nanoseconds.to_le_bytes())?;
            Ok(SUCCESS)
        },
    )?;
    let random = shared.clone();
    linker.func_wrap(
        MODULE,
        "random_get",
        move |mut caller: Caller<'_, HostState>, at: u32, len: u32| -> Result<i32> {
            random.phase.effect("crypto")?;
            let guest = &mut Guest(&mut caller);
            for offset in (0..len).step_by(8) {
                let bits = if random.phase == Phase::Boot { u64::from(offset) } else { random.random.next_u64() };
                let bytes = bits.to_le_bytes();
                guest.write(at + offset, &bytes[..(len - offset).min(8) as usize])?;
            }
            Ok(SUCCESS)
        },
    )?;
    let output = shared.clone();
    linker.func_wrap(
        MODULE,
        "fd_write",
        move |mut caller: Caller<'_, HostState>, file: i32, vectors: u32, count: u32, out: u32| -> Result<i32> {
            let stream = match file {
                1 => LogStream::Stdout,
                2 => LogStream::Stderr,
                _ => return Ok(BAD_DESCRIPTOR),
            };
            output.phase.effect("console")?;
            let mut written = 0_u32;
            for index in 0..count.min(16) {
                let guest = &mut Guest(&mut caller);
                let (at, len) = (guest.u32_at(vectors + index * 8)?, guest.u32_at(vectors + index * 8 + 4)?);
                let room = guest.0.data().logs.room_units();
                let text = String::from_utf8_lossy(guest.bytes(at, (len as usize).min(room))?).into_owned();
                let state = caller.data_mut();
                let now = output.clock.since(state.started);
                state.logs.drop_unread((len as usize).saturating_sub(room) as u64);
                state.logs.write_stream(now, stream, text.strip_suffix('\n').unwrap_or(&text));
                written = written.saturating_add(len);
            }
            Guest(&mut caller).write(out, &written.to_le_bytes())?;
            Ok(SUCCESS)
        },
    )?;
    linker.func_wrap(MODULE, "fd_close", |_file: i32| BAD_DESCRIPTOR)?;
    linker.func_wrap(MODULE, "fd_fdstat_get", |_file: i32, _out: i32| BAD_DESCRIPTOR)?;
    linker.func_wrap(MODULE, "fd_seek", |_file: i32, _offset: i64, _whence: i32, _out: i32| BAD_DESCRIPTOR)?;
    Ok(())
}
