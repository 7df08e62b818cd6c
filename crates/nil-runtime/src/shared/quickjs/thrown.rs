//! What a script threw, in the lines of the user's source.

use std::{borrow::Cow, collections::HashMap, fmt};

use nil_core::{Script, escape_control, truncate_to_char_boundary};
use oxc_sourcemap::SourceMap;
use serde::Deserialize;

use super::{Value, api::Vm, boot::PRELUDE_NAME};
use crate::{abi::Stop, backtrace::MAX_FRAMES, outcome::FailureKind};

/// Bytes kept of a message.
const MAX_MESSAGE_BYTES: usize = 8 << 10;

/// Bytes kept of a frame.
const MAX_FRAME_BYTES: usize = 300;

/// The source maps of a function, read when something is thrown.
#[derive(Default)]
pub(crate) struct SourceMaps(HashMap<String, String>);

/// An exception.
#[derive(Debug, Clone)]
pub(crate) struct Thrown {
    /// `TypeError: x is not a function`; for a value that is no error, what it looks like.
    pub message: String,
    /// `handle (index.ts:3:9)`, innermost first.
    pub frames: Vec<String>,
}

#[derive(Deserialize)]
struct Described {
    message: String,
    stack: String,
}

impl Thrown {
    /// Takes the exception that is pending.
    pub(super) fn take(vm: &mut Vm<'_>, maps: &SourceMaps) -> wasmtime::Result<Self> {
        let error = vm.exception()?;
        Self::describe(vm, error, maps)
    }

    /// Reads `error`.
    pub(super) fn describe(vm: &mut Vm<'_>, error: Value, maps: &SourceMaps) -> wasmtime::Result<Self> {
        let text = vm.call(vm.boot.describe, error)?;
        let mut described = None;
        if text == Value::EXCEPTION {
            vm.exception()?;
        } else {
            described = vm.text(text, |text| serde_json::from_slice::<Described>(text).ok())?.flatten();
        }
        let Some(described) = described else {
            // No memory or stack is left to read it with.
            let out_of_memory = vm.store.data().limiter.denied().is_some();
            let message = if out_of_memory { OUT_OF_MEMORY } else { "an error that cannot be described" };
            return Ok(Self { message: message.to_owned(), frames: Vec::new() });
        };
        let message = truncate_to_char_boundary(&described.message, MAX_MESSAGE_BYTES);
        let message = message.split('\n').map(escape_control).collect::<Vec<_>>().join("\n");
        let frames = described
            .stack
            .lines()
            .map(str::trim)
            .filter_map(|line| line.strip_prefix("at "))
            .filter(|frame| !frame.contains(PRELUDE_NAME))
            .take(MAX_FRAMES)
            .map(|frame| escape_control(truncate_to_char_boundary(&maps.apply(frame), MAX_FRAME_BYTES)))
            .collect();
        Ok(Self { message, frames })
    }

    pub(super) fn is_out_of_memory(&self) -> bool {
        self.message == OUT_OF_MEMORY
    }

    /// How an execution ends that threw this.
    pub(super) fn into_stop(self, vm: &Vm<'_>) -> Stop {
        let limiter = &vm.store.data().limiter;
        if self.is_out_of_memory() && limiter.denied().is_some() {
            return Stop::Failure(FailureKind::MemoryLimit {
                limit_bytes: limiter.memory_limit_bytes(),
                own_maximum: false,
                then: None,
            });
        }
        Stop::Thrown(self)
    }

    /// File, line and column of the innermost frame that has them.
    pub(crate) fn place(&self) -> Option<(&str, u32, u32)> {
        self.frames.iter().find_map(|frame| {
            let (_, file, line, column) = split_frame(frame)?;
            Some((file, line, column))
        })
    }
}

/// What the engine says when memory does not grow.
const OUT_OF_MEMORY: &str = "InternalError: out of memory";

impl SourceMaps {
    /// The maps of `script`.
    pub(crate) fn new(script: &Script) -> Self {
        let maps = script.modules.iter().filter_map(|module| Some((module.path.clone(), module.map.clone()?)));
        Self(maps.collect())
    }

    pub(crate) fn from_parts(maps: HashMap<String, String>) -> Self {
        Self(maps)
    }

    pub(crate) fn parts(&self) -> &HashMap<String, String> {
        &self.0
    }

    /// Memory they take, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.0.iter().map(|(path, map)| path.len() + map.len() + 64).sum()
    }

    /// A frame or any text that ends in `file:line:column`, with optional parentheses, in lines of the source.
    pub(crate) fn apply<'a>(&self, frame: &'a str) -> Cow<'a, str> {
        if self.0.is_empty() {
            return Cow::Borrowed(frame);
        }
        let mapped = split_frame(frame).and_then(|(before, file, line, column)| {
            let map = SourceMap::from_json_string(self.0.get(file)?).ok()?;
            let table = map.generate_lookup_table();
            let token = map.lookup_token(&table, line.checked_sub(1)?, column.checked_sub(1)?)?;
            let close = if frame.ends_with(')') { ")" } else { "" };
            Some(format!("{before}{file}:{}:{}{close}", token.get_src_line() + 1, token.get_src_col() + 1))
        });
        mapped.map_or(Cow::Borrowed(frame), Cow::Owned)
    }

    /// [`apply`](Self::apply) to each line of a stack that a script prints.
    pub(crate) fn apply_to_lines<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if self.0.is_empty() || !text.contains("    at ") {
            return Cow::Borrowed(text);
        }
        let line =
            |line: &'a str| if line.trim_start().starts_with("at ") { self.apply(line) } else { Cow::Borrowed(line) };
        Cow::Owned(text.split('\n').map(line).collect::<Vec<_>>().join("\n"))
    }
}

impl fmt::Debug for SourceMaps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SourceMaps").field("modules", &self.0.len()).finish()
    }
}

/// `name (file:line:column)` or `file:line:column` as what stands before the file, file, line, column.
fn split_frame(frame: &str) -> Option<(&str, &str, u32, u32)> {
    let inner = frame.strip_suffix(')').unwrap_or(frame);
    let (rest, column) = inner.rsplit_once(':')?;
    let (rest, line) = rest.rsplit_once(':')?;
    let start = if frame.ends_with(')') { rest.rfind('(')? + 1 } else { rest.rfind(' ').map_or(0, |at| at + 1) };
    Some((&frame[..start], &rest[start..], line.parse().ok()?, column.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_taken_apart() {
        assert_eq!(split_frame("handle (lib/a b.ts:3:9)"), Some(("handle (", "lib/a b.ts", 3, 9)));
        assert_eq!(split_frame("index.js:1:2"), Some(("", "index.js", 1, 2)));
        assert_eq!(split_frame("map (native)"), None);
        assert_eq!(split_frame("é (é:1:1)"), Some(("é (", "é", 1, 1)));
    }
}
