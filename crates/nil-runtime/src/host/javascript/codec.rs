//! `TextEncoder` and `TextDecoder`: the encodings of the web.

use encoding_rs::Encoding;
use wasmtime::Result;

use super::guest::{Guest, NOTHING, lossy};

/// A string as UTF-8.
pub(super) fn encode(guest: &mut Guest<'_, '_>, text: u32) -> Result<u32> {
    match guest.text(text, usize::MAX, |bytes, _| lossy(bytes))? {
        Some(text) => guest.new_buffer(text.as_bytes()),
        None => Ok(NOTHING),
    }
}

/// Bytes as a string; nothing if they are malformed and `mode` is 1. With mode 2, the name of the encoding that `label`
/// stands for, or nothing.
pub(super) fn decode(guest: &mut Guest<'_, '_>, bytes: u32, label: u32, mode: u32) -> Result<u32> {
    let label = guest.string(label)?.unwrap_or_default();
    let Some(encoding) = Encoding::for_label_no_replacement(label.as_bytes()) else { return Ok(NOTHING) };
    let mode = guest.number(mode)? as u32;
    if mode == 2 {
        return guest.new_string(&encoding.name().to_ascii_lowercase());
    }
    let Some((at, len)) = guest.buffer(bytes)? else { return Ok(NOTHING) };
    let (text, malformed) = encoding.decode_without_bom_handling(guest.bytes(at, len)?);
    let text = text.into_owned();
    if malformed && mode == 1 { Ok(NOTHING) } else { guest.new_string(&text) }
}
