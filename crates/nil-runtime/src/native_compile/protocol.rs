//! What parent and compiling child say to each other: one length-prefixed request on stdin, one answer on stdout.

use std::io::{self, Read, Write};

use serde::{Deserialize, Serialize};

use crate::engine::Codegen;

/// Longest request header accepted, in bytes.
const MAX_HEADER_BYTES: u32 = 4_096;

/// The first byte of an answer.
const COMPILED: u8 = 0;
const REFUSED: u8 = 1;

/// Sent ahead of the module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Header {
    /// What to compile for.
    pub codegen: Codegen,
    /// Memory the child may use, in bytes.
    pub memory_bytes: u64,
    /// CPU time the child may use, in seconds; the parent's clock is stricter.
    pub cpu_seconds: u64,
    /// Length of the module that follows.
    pub wasm_bytes: u64,
}

/// What came of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// Native code.
    Compiled(Vec<u8>),
    /// Cranelift's reason.
    Refused(String),
}

/// Writes a request.
pub(super) fn send(mut to: impl Write, header: &Header, wasm: &[u8]) -> io::Result<()> {
    let header = serde_json::to_vec(header)?;
    to.write_all(&u32::try_from(header.len()).map_err(io::Error::other)?.to_le_bytes())?;
    to.write_all(&header)?;
    to.write_all(wasm)?;
    to.flush()
}

/// Reads a request's header; the module follows.
pub(super) fn receive_header(mut from: impl Read) -> io::Result<Header> {
    let mut length = [0; 4];
    from.read_exact(&mut length)?;
    let length = u32::from_le_bytes(length);
    if length > MAX_HEADER_BYTES {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "the request's header is too long"));
    }
    let mut header = vec![0; length as usize];
    from.read_exact(&mut header)?;
    Ok(serde_json::from_slice(&header)?)
}

/// Reads the module behind a header.
pub(super) fn receive_wasm(mut from: impl Read, header: &Header) -> io::Result<Vec<u8>> {
    let mut wasm = vec![0; usize::try_from(header.wasm_bytes).map_err(io::Error::other)?];
    from.read_exact(&mut wasm)?;
    Ok(wasm)
}

/// Writes an answer.
pub(super) fn answer(mut to: impl Write, answer: &Answer) -> io::Result<()> {
    let (kind, payload) = match answer {
        Answer::Compiled(native) => (COMPILED, &native[..]),
        Answer::Refused(reason) => (REFUSED, reason.as_bytes()),
    };
    to.write_all(&[kind])?;
    to.write_all(&(payload.len() as u64).to_le_bytes())?;
    to.write_all(payload)?;
    to.flush()
}

/// Parses everything a child wrote; `None` if it is not one whole answer.
pub(super) fn parse_answer(mut bytes: Vec<u8>) -> Option<Answer> {
    const HEAD_BYTES: usize = 9;
    let head: [u8; HEAD_BYTES] = bytes.get(..HEAD_BYTES)?.try_into().ok()?;
    let length = u64::from_le_bytes(head[1..].try_into().ok()?);
    if (bytes.len() - HEAD_BYTES) as u64 != length {
        return None;
    }
    bytes.drain(..HEAD_BYTES);
    match head[0] {
        COMPILED => Some(Answer::Compiled(bytes)),
        REFUSED => String::from_utf8(bytes).ok().map(Answer::Refused),
        _ => None,
    }
}
