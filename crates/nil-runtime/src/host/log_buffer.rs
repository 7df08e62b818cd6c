//! The lines a function writes, kept within its limit; the rest is counted.

use std::time::Duration;

use nil_core::{LogLevel, LogLine, LogStream, truncate_to_char_boundary};

/// Lines kept at most, whatever their length: a flood of empty lines must not cost memory either.
const MAX_LINES: usize = 10_000;

/// Collects console output. Every line counts its text and its line end.
#[derive(Debug)]
pub(crate) struct LogBuffer {
    lines: Vec<LogLine>,
    left_bytes: u64,
    dropped_bytes: u64,
}

impl LogBuffer {
    /// An empty buffer that keeps at most `limit_bytes`.
    pub(crate) fn new(limit_bytes: u64) -> Self {
        Self { lines: Vec::new(), left_bytes: limit_bytes, dropped_bytes: 0 }
    }

    /// How many more code units are worth reading: each takes at least one byte.
    pub(super) fn room_units(&self) -> usize {
        if self.lines.len() >= MAX_LINES { 0 } else { usize::try_from(self.left_bytes).unwrap_or(usize::MAX) }
    }

    /// Adds what the console was given, one line for each of its lines.
    pub(super) fn write(&mut self, at: Duration, level: LogLevel, text: &str) {
        self.lines(at, level, LogStream::Console, text);
    }

    /// Adds what standard output or standard error was given, one line for each of its lines.
    pub(super) fn write_stream(&mut self, at: Duration, stream: LogStream, text: &str) {
        let level = if stream == LogStream::Stderr { LogLevel::Error } else { LogLevel::Log };
        self.lines(at, level, stream, text);
    }

    fn lines(&mut self, at: Duration, level: LogLevel, stream: LogStream, text: &str) {
        let at_us = u64::try_from(at.as_micros()).unwrap_or(u64::MAX);
        for line in text.split('\n') {
            self.line(at_us, level, stream, line.strip_suffix('\r').unwrap_or(line));
        }
    }

    /// Counts text that was never read: a byte for each code unit, which is exact for ASCII.
    pub(super) fn drop_unread(&mut self, units: u64) {
        self.dropped_bytes += units;
    }

    /// The lines kept and the bytes dropped.
    pub(crate) fn into_parts(self) -> (Vec<LogLine>, u64) {
        (self.lines, self.dropped_bytes)
    }

    fn line(&mut self, at_us: u64, level: LogLevel, stream: LogStream, line: &str) {
        let bytes = line.len() as u64 + 1;
        if self.left_bytes == 0 || self.lines.len() >= MAX_LINES {
            self.dropped_bytes += bytes;
            return;
        }
        let kept = truncate_to_char_boundary(line, usize::try_from(self.left_bytes).unwrap_or(usize::MAX));
        self.dropped_bytes += (line.len() - kept.len()) as u64;
        self.left_bytes = if kept.len() < line.len() { 0 } else { self.left_bytes.saturating_sub(bytes) };
        self.lines.push(LogLine { at_us, level, stream, message: kept.to_owned() });
    }
}
