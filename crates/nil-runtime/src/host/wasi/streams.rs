//! Standard input, output and error of one execution.

use std::time::Duration;

use nil_core::LogStream;

use crate::host::log_buffer::LogBuffer;

/// A line without an end is cut into lines of this many bytes.
const LINE_BYTES: usize = 8 * 1024;

/// What is remembered of standard error for the message of a failure, in bytes.
const TAIL_BYTES: usize = 2 * 1024;

/// The three streams. Empty ones take no memory: most functions have no use for them.
#[derive(Debug, Default)]
pub(crate) struct Streams {
    input: Vec<u8>,
    /// How much of the input was read.
    read: usize,
    /// Set for programs, whose standard output is the output; that of any other function is a log.
    output_limit_bytes: Option<u64>,
    output: Vec<u8>,
    /// Lines that have no end yet, of standard output and standard error.
    unfinished: [Vec<u8>; 2],
    tail: Vec<u8>,
    closed: [bool; 3],
}

/// More output than the function may return.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the output is larger than {limit_bytes} bytes")]
pub(crate) struct OutputFlood {
    /// The limit, in bytes.
    pub limit_bytes: u64,
}

impl Streams {
    /// Makes these the streams of a program.
    pub(crate) fn be_command(&mut self, input: &[u8], output_limit_bytes: u64) {
        self.input = input.to_vec();
        self.output_limit_bytes = Some(output_limit_bytes);
    }

    /// What a program has written to standard output.
    pub(crate) fn take_stdout(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.output)
    }

    /// The end of what was written to standard error, from a whole line on.
    pub(crate) fn stderr_tail(&self) -> String {
        let text = String::from_utf8_lossy(&self.tail);
        let text = text.trim();
        match text.split_once('\n') {
            Some((_, rest)) if self.tail.len() >= TAIL_BYTES => rest.to_owned(),
            _ => text.to_owned(),
        }
    }

    /// Puts lines that never ended into the logs.
    pub(crate) fn finish(&mut self, at: Duration, logs: &mut LogBuffer) {
        for (unfinished, stream) in self.unfinished.iter_mut().zip([LogStream::Stdout, LogStream::Stderr]) {
            if !unfinished.is_empty() {
                logs.write_stream(at, stream, &String::from_utf8_lossy(&std::mem::take(unfinished)));
            }
        }
    }

    /// Whether `fd` is an open stream.
    pub(super) fn is_open(&self, fd: u32) -> bool {
        self.closed.get(fd as usize).is_some_and(|closed| !closed)
    }

    pub(super) fn close(&mut self, fd: u32) {
        if let Some(closed) = self.closed.get_mut(fd as usize) {
            *closed = true;
        }
    }

    /// Bytes of input that were not read yet.
    pub(super) fn readable(&self) -> usize {
        self.input.len() - self.read
    }

    /// Moves input into `buffer`; how much.
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> usize {
        let length = buffer.len().min(self.readable());
        buffer[..length].copy_from_slice(&self.input[self.read..self.read + length]);
        self.read += length;
        length
    }

    /// Takes what was written to standard output (1) or standard error (2).
    pub(super) fn write(
        &mut self,
        fd: u32,
        bytes: &[u8],
        at: Duration,
        logs: &mut LogBuffer,
    ) -> Result<(), OutputFlood> {
        if let (1, Some(limit_bytes)) = (fd, self.output_limit_bytes) {
            if (self.output.len() + bytes.len()) as u64 > limit_bytes {
                return Err(OutputFlood { limit_bytes });
            }
            self.output.extend_from_slice(bytes);
            return Ok(());
        }
        if fd == 2 {
            self.remember(bytes);
        }
        // What no longer fits is counted, not looked at: a flood must not cost the host what it costs the guest.
        let room = logs.room_units();
        let kept = &bytes[..bytes.len().min(room)];
        logs.drop_unread((bytes.len() - kept.len()) as u64);
        let (unfinished, stream) = match fd {
            1 => (&mut self.unfinished[0], LogStream::Stdout),
            _ => (&mut self.unfinished[1], LogStream::Stderr),
        };
        for piece in kept.split_inclusive(|byte| *byte == b'\n') {
            unfinished.extend_from_slice(piece);
            if unfinished.ends_with(b"\n") || unfinished.len() >= LINE_BYTES {
                let line = String::from_utf8_lossy(unfinished);
                logs.write_stream(at, stream, line.strip_suffix('\n').unwrap_or(&line));
                unfinished.clear();
            }
        }
        Ok(())
    }

    fn remember(&mut self, bytes: &[u8]) {
        let last = &bytes[bytes.len().saturating_sub(TAIL_BYTES)..];
        self.tail.extend_from_slice(last);
        let over = self.tail.len().saturating_sub(TAIL_BYTES);
        self.tail.drain(..over);
    }
}
