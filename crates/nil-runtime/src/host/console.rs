//! `console.*` and `trace`: output becomes the execution's logs.

use std::{fmt::Write as _, sync::Arc};

use nil_core::{LogLevel, truncate_to_char_boundary};
use wasmtime::{Caller, Linker, Result};

use super::{HostClock, HostState, catalog::MODULE, guest_text};

/// Timers of one execution, and the bytes of a timer's label; more of either is ignored.
const MAX_TIMERS: usize = 100;
const MAX_LABEL_BYTES: usize = 256;

/// Defines `console.*` and `trace`.
pub(super) fn link(linker: &mut Linker<HostState>, clock: &Arc<dyn HostClock>) -> Result<()> {
    for (name, level) in [
        ("console.log", LogLevel::Log),
        ("console.debug", LogLevel::Debug),
        ("console.info", LogLevel::Info),
        ("console.warn", LogLevel::Warn),
        ("console.error", LogLevel::Error),
    ] {
        let clock = Arc::clone(clock);
        linker.func_wrap(MODULE, name, move |mut caller: Caller<'_, HostState>, text: u32| {
            write(&mut caller, &*clock, level, "", text, "")
        })?;
    }
    let on_assert = Arc::clone(clock);
    linker.func_wrap(
        MODULE,
        "console.assert",
        move |mut caller: Caller<'_, HostState>, condition: i32, text: u32| {
            if condition != 0 {
                return Ok(());
            }
            write(&mut caller, &*on_assert, LogLevel::Error, "Assertion failed: ", text, "")
        },
    )?;
    link_trace(linker, clock)?;
    link_timers(linker, clock)
}

fn link_trace(linker: &mut Linker<HostState>, clock: &Arc<dyn HostClock>) -> Result<()> {
    let clock = Arc::clone(clock);
    linker.func_wrap(
        MODULE,
        "trace",
        move |mut caller: Caller<'_, HostState>, text: u32, count: i32, a: f64, b: f64, c: f64, d: f64, e: f64| {
            let count = usize::try_from(count).unwrap_or(0);
            let mut values = String::new();
            for (index, value) in [a, b, c, d, e].into_iter().take(count).enumerate() {
                // Writing to a String cannot fail.
                let _ = write!(values, "{}{value}", if index == 0 { " " } else { ", " });
            }
            write(&mut caller, &*clock, LogLevel::Debug, "", text, &values)
        },
    )?;
    Ok(())
}

fn link_timers(linker: &mut Linker<HostState>, clock: &Arc<dyn HostClock>) -> Result<()> {
    let start = Arc::clone(clock);
    linker.func_wrap(MODULE, "console.time", move |mut caller: Caller<'_, HostState>, label: u32| -> Result<()> {
        let label = read_label(&mut caller, label)?;
        let state = caller.data_mut();
        let known = state.timers.iter().any(|(name, _)| *name == label);
        if !known && state.timers.len() < MAX_TIMERS {
            let now = start.since(state.started);
            state.timers.push((label, now));
        }
        Ok(())
    })?;
    for (name, ends) in [("console.timeLog", false), ("console.timeEnd", true)] {
        let clock = Arc::clone(clock);
        linker.func_wrap(MODULE, name, move |mut caller: Caller<'_, HostState>, label: u32| -> Result<()> {
            let label = read_label(&mut caller, label)?;
            let state = caller.data_mut();
            let now = clock.since(state.started);
            if let Some(index) = state.timers.iter().position(|(name, _)| *name == label) {
                let elapsed = now.saturating_sub(state.timers[index].1);
                let line = format!("{label}: {:.3}ms", elapsed.as_secs_f64() * 1_000.0);
                state.logs.write(now, LogLevel::Log, &line);
                if ends {
                    state.timers.swap_remove(index);
                }
            }
            Ok(())
        })?;
    }
    Ok(())
}

fn write(
    caller: &mut Caller<'_, HostState>,
    clock: &dyn HostClock,
    level: LogLevel,
    before: &str,
    text: u32,
    after: &str,
) -> Result<()> {
    let room = caller.data().logs.room_units();
    let read = guest_text::read(caller, text, room)?;
    let state = caller.data_mut();
    let now = clock.since(state.started);
    state.logs.drop_unread(read.dropped_units);
    if before.is_empty() && after.is_empty() {
        state.logs.write(now, level, &read.text);
    } else {
        state.logs.write(now, level, &format!("{before}{}{after}", read.text));
    }
    Ok(())
}

fn read_label(caller: &mut Caller<'_, HostState>, label: u32) -> Result<String> {
    let text = guest_text::read(caller, label, MAX_LABEL_BYTES)?.text;
    Ok(truncate_to_char_boundary(&text, MAX_LABEL_BYTES).to_owned())
}
