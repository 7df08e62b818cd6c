//! Turns a Wasmtime backtrace into lines a function's author recognises.

use nil_core::truncate_to_char_boundary;
use wasmtime::{FrameInfo, WasmBacktrace};

/// Frames kept of a backtrace, innermost first.
pub(crate) const MAX_FRAMES: usize = 20;

/// Bytes kept of a function's name: Rust's generics and hostile name sections can make them very long.
const MAX_NAME_BYTES: usize = 200;

/// The frames attached to `error`, named from the module's name section.
pub(crate) fn symbolise(error: &wasmtime::Error) -> Vec<String> {
    let Some(backtrace) = error.downcast_ref::<WasmBacktrace>() else { return Vec::new() };
    backtrace.frames().iter().take(MAX_FRAMES).map(frame).collect()
}

fn frame(frame: &FrameInfo) -> String {
    match frame.func_name() {
        Some(name) => {
            // AssemblyScript wraps exports and numbers specialisations; Rust mangles. The reader wants the name.
            let name = name.strip_prefix("export:").unwrap_or(name);
            let name = format!("{:#}", rustc_demangle::demangle(name));
            nil_core::escape_control(truncate_to_char_boundary(&name, MAX_NAME_BYTES))
        }
        None => format!("function {}", frame.func_index()),
    }
}
