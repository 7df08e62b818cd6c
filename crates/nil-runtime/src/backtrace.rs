//! Turns a Wasmtime backtrace into lines a function's author recognises.

use nil_core::{escape_control, truncate_to_char_boundary};
use wasmtime::{FrameInfo, WasmBacktrace};

/// Frames captured of a stack, innermost first.
pub(crate) const MAX_FRAMES: usize = 20;

/// Bytes kept of a function's name: Rust's generics and hostile name sections can make them very long.
const MAX_NAME_BYTES: usize = 200;

/// AssemblyScript's name for the wrapper around an exported function.
const EXPORT_WRAPPER: &str = "export:";

/// The frames attached to `error`, named from the module's name section. A function that called itself is listed
/// once, with the number of its frames.
pub(crate) fn symbolise(error: &wasmtime::Error) -> Vec<String> {
    let Some(backtrace) = error.downcast_ref::<WasmBacktrace>() else { return Vec::new() };
    let mut runs: Vec<(String, usize)> = Vec::new();
    for frame in backtrace.frames() {
        let (name, is_wrapper) = name(frame);
        match runs.last_mut() {
            Some((last, _)) if is_wrapper && *last == name => {}
            Some((last, count)) if *last == name => *count += 1,
            _ => runs.push((name, 1)),
        }
    }
    let line = |(name, count)| if count == 1 { name } else { format!("{name} ({count} frames)") };
    runs.into_iter().map(line).collect()
}

/// A frame's function, and whether it is a wrapper around the function of that name.
fn name(frame: &FrameInfo) -> (String, bool) {
    let Some(name) = frame.func_name() else { return (format!("function {}", frame.func_index()), false) };
    let wrapped = name.strip_prefix(EXPORT_WRAPPER);
    let name = format!("{:#}", rustc_demangle::demangle(wrapped.unwrap_or(name)));
    (escape_control(truncate_to_char_boundary(&name, MAX_NAME_BYTES)), wrapped.is_some())
}
