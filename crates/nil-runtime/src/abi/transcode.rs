//! UTF-8 ↔ UTF-16 between the host's JSON and AssemblyScript's strings.
//!
//! JSON is nearly all ASCII, so the ASCII part is a plain loop over blocks that the compiler vectorises; the
//! first other character hands over to `encoding_rs`. Nothing here allocates but the output.

use encoding_rs::mem;
use nil_core::truncate_to_char_boundary;

/// Units per block of the ASCII loops: four SSE2 registers of output.
const BLOCK: usize = 64;

/// Units converted at a time outside of ASCII; 1 KiB of stack.
const BUFFER: usize = 512;

/// UTF-16 with a surrogate that has no partner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LoneSurrogate {
    /// Its position, in code units.
    pub at: usize,
}

/// How many UTF-16 code units `text` has.
pub(crate) fn utf16_len(text: &str) -> usize {
    if text.is_ascii() {
        return text.len();
    }
    // One unit for each character, that is each byte that is no continuation; one more where four bytes start.
    text.bytes().map(|byte| usize::from(byte as i8 >= -0x40) + usize::from(byte >= 0xf0)).sum()
}

/// Writes `text` into `units`, which has exactly [`utf16_len`] units.
pub(crate) fn to_utf16(text: &str, units: &mut [u16]) {
    let bytes = text.as_bytes();
    let mut done = 0;
    while let (Some(source), Some(target)) = (bytes[done..].first_chunk::<BLOCK>(), units[done..].first_chunk_mut()) {
        if !source.is_ascii() {
            break;
        }
        widen(source, target);
        done += BLOCK;
    }
    for (target, source) in units[done..].iter_mut().zip(&bytes[done..]).take_while(|(_, byte)| byte.is_ascii()) {
        *target = u16::from(*source);
        done += 1;
    }
    if done < bytes.len() {
        // Only ASCII is behind, so this is a character's start.
        convert_to_utf16(&text[done..], &mut units[done..]);
    }
}

/// Through a buffer, because the conversion wants room for as many units as there are bytes, and the guest's
/// string has fewer.
fn convert_to_utf16(mut text: &str, units: &mut [u16]) {
    let mut buffer = [0; BUFFER];
    let mut done = 0;
    while !text.is_empty() {
        let piece = truncate_to_char_boundary(text, BUFFER);
        let written = mem::convert_str_to_utf16(piece, &mut buffer);
        units[done..done + written].copy_from_slice(&buffer[..written]);
        done += written;
        text = &text[piece.len()..];
    }
}

/// `units` as UTF-8.
pub(crate) fn to_utf8(units: &[u16]) -> Result<String, LoneSurrogate> {
    let mut bytes = vec![0; units.len()];
    let mut done = 0;
    while let (Some(source), Some(target)) = (units[done..].first_chunk::<BLOCK>(), bytes[done..].first_chunk_mut()) {
        if !narrow(source, target) {
            break;
        }
        done += BLOCK;
    }
    for (target, source) in bytes[done..].iter_mut().zip(&units[done..]).take_while(|(_, unit)| **unit < 0x80) {
        *target = *source as u8;
        done += 1;
    }
    let rest = &units[done..];
    if !rest.is_empty() {
        let valid = mem::utf16_valid_up_to(rest);
        if valid < rest.len() {
            return Err(LoneSurrogate { at: done + valid });
        }
        bytes.resize(done + rest.len() * 3, 0);
        let written = mem::convert_utf16_to_utf8(rest, &mut bytes[done..]);
        bytes.truncate(done + written);
    }
    // Cannot fail: valid UTF-16 was converted. Checking again costs a few percent of what this function does
    // and keeps it free of `unsafe`.
    String::from_utf8(bytes).map_err(|_| LoneSurrogate { at: done })
}

fn widen(source: &[u8; BLOCK], target: &mut [u16; BLOCK]) {
    for (target, source) in target.iter_mut().zip(source) {
        *target = u16::from(*source);
    }
}

/// Copies a block if it is all ASCII.
fn narrow(source: &[u16; BLOCK], target: &mut [u8; BLOCK]) -> bool {
    let union = source.iter().fold(0, |union, unit| union | unit);
    if union >= 0x80 {
        return false;
    }
    for (target, source) in target.iter_mut().zip(source) {
        *target = *source as u8;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Text with `filler` at every position around the blocks' and the buffer's ends.
    fn texts() -> impl Iterator<Item = String> {
        let lengths = [0, 1, 2, 63, 64, 65, 127, 128, 129, 510, 511, 512, 513, 1_100];
        let fillers = ["x", "é", "語", "🦀", "\u{0}", "\u{7f}", "\u{80}", "\u{ffff}"];
        lengths.into_iter().flat_map(move |length| {
            fillers.into_iter().flat_map(move |filler| {
                ["", "tail", "é", "🦀🦀"]
                    .into_iter()
                    .map(move |tail| format!("{}{filler}{tail}{}", "a".repeat(length), filler.repeat(70)))
            })
        })
    }

    #[test]
    fn both_ways_agree_with_the_standard_library() {
        for text in texts() {
            let expected: Vec<u16> = text.encode_utf16().collect();
            assert_eq!(utf16_len(&text), expected.len(), "{text}");
            let mut units = vec![0xffff; expected.len()];
            to_utf16(&text, &mut units);
            assert_eq!(units, expected, "{text}");
            assert_eq!(to_utf8(&units).as_deref(), Ok(&text[..]));
        }
    }

    #[test]
    fn a_lone_surrogate_is_found_where_it_is() {
        for before in [0, 1, 63, 64, 65, 200] {
            for lone in [&[0xd800][..], &[0xdfff], &[0xdbff, 0x41], &[0xdc00, 0xd800]] {
                let units = [&vec![0x61; before][..], lone, &[0x62]].concat();
                assert_eq!(to_utf8(&units), Err(LoneSurrogate { at: before }), "{before} {lone:?}");
            }
        }
        assert_eq!(to_utf8(&[0xd83e, 0xdd80]).as_deref(), Ok("🦀"));
    }
}
