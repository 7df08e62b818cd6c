//! Turns a Wasmtime backtrace into lines a function's author recognises.

use nil_core::{escape_control, truncate_to_char_boundary};
use wasmtime::{FrameInfo, WasmBacktrace};

/// Frames captured of a stack, innermost first.
pub(crate) const MAX_FRAMES: usize = 20;

/// Bytes kept of a function's name: Rust's generics and hostile name sections can make them very long.
const MAX_NAME_BYTES: usize = 200;

/// AssemblyScript's name for the wrapper around an exported function.
const EXPORT_WRAPPER: &str = "export:";

/// How LLVM begins the names that no other object may use: all of Zig's.
const PRIVATE: &str = ".L";

/// How names of functions begin by which languages end a program: in Rust, in C and C++, in Zig.
const ENDING: &[&str] = &[
    "nil::",
    "std::",
    "core::",
    "alloc::",
    "__rustc",
    "rust_",
    "nil_panic",
    "__assert_fail",
    "abort",
    "_Exit",
    "exit",
    "entry.panicked",
    "debug.FullPanic",
    "debug.panicExtra",
    "debug.defaultPanic",
];

/// Without the innermost frames that are how the language panics and not where: what is left begins with the function
/// that did.
pub(crate) fn without_ending(frames: Vec<String>) -> Vec<String> {
    let is_ending = |frame: &String| {
        let name = frame.trim_start_matches('<');
        ENDING.iter().any(|start| name.starts_with(start))
    };
    let at = frames.iter().position(|frame| !is_ending(frame)).unwrap_or(0);
    frames.into_iter().skip(at).collect()
}

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
    (readable(wrapped.unwrap_or(name)), wrapped.is_some())
}

/// The name of a function as its author wrote it, as far as that can be told.
fn readable(name: &str) -> String {
    let name = name.strip_prefix(PRIVATE).unwrap_or(name);
    let name = format!("{:#}", rustc_demangle::demangle(name));
    escape_control(truncate_to_char_boundary(&name, MAX_NAME_BYTES))
}

#[cfg(test)]
mod tests {
    use super::{readable, without_ending};

    #[test]
    fn a_panic_s_own_frames_are_left_out() {
        let frames = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let rust = [
            "nil::panicked",
            "<alloc::boxed::Box<F> as core::ops::Fn>::call",
            "core::panicking::panic_fmt",
            "function::work",
            "std::x",
        ];
        assert_eq!(without_ending(frames(&rust)), ["function::work", "std::x"]);
        assert_eq!(without_ending(frames(&["nil_panic", "abort", "work", "handle"])), ["work", "handle"]);
        assert_eq!(without_ending(frames(&["index/work", "index/handle"])), ["index/work", "index/handle"]);
        assert_eq!(without_ending(frames(&["abort"])), ["abort"]);
        let zig = [
            "entry.panicked",
            "debug.panicExtra__func_3",
            "debug.FullPanic((function 'panicked')).outOfBounds",
            "index.work",
        ];
        assert_eq!(without_ending(frames(&zig)), ["index.work"]);
    }

    #[test]
    fn names_are_shown_as_they_were_written() {
        for (name, shown) in [
            (".Lindex.work", "index.work"),
            ("index/work", "index/work"),
            ("_ZN8function4work17h0123456789abcdefE", "function::work"),
            ("a\u{1b}b", "a\\u{1b}b"),
        ] {
            assert_eq!(readable(name), shown);
        }
    }
}
