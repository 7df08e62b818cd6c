//! UTF-8 ↔ UTF-16, the runtime's own file compiled again: nobody outside of the runtime has a use for it.

use divan::{Bencher, counter::BytesCount};

#[expect(unused_imports, dead_code, reason = "its tests and what only the runtime asks of it")]
#[path = "../../../crates/nil-runtime/src/abi/transcode.rs"]
mod runtime;

const SIZES: [usize; 3] = [64, 4 << 10, 1 << 20];

/// What JSON is made of, nearly always.
fn ascii(bytes: usize) -> String {
    text(bytes, r#"{"name":"Ada","count":41},"#)
}

/// One, two, three and four bytes a character.
fn mixed(bytes: usize) -> String {
    text(bytes, r#"{"name":"Zoë","où":"東京","mood":"🙂"},"#)
}

fn text(bytes: usize, piece: &str) -> String {
    let mut text = piece.repeat(bytes / piece.len() + 1);
    let end = (0..=bytes).rev().find(|&end| text.is_char_boundary(end)).unwrap_or_default();
    text.truncate(end);
    text
}

fn to_utf16(bencher: Bencher<'_, '_>, text: &str) {
    bencher.counter(BytesCount::of_str(text)).with_inputs(|| vec![0; runtime::utf16_len(text)]).bench_refs(|units| {
        // Counting is part of it: a guest's string is made with its length.
        assert_eq!(runtime::utf16_len(divan::black_box(text)), units.len());
        runtime::to_utf16(divan::black_box(text), units);
    });
}

fn to_utf8(bencher: Bencher<'_, '_>, text: &str) {
    let mut units = vec![0; runtime::utf16_len(text)];
    runtime::to_utf16(text, &mut units);
    assert!(runtime::to_utf8(&units).is_ok_and(|back| back == text));
    bencher.counter(BytesCount::of_str(text)).bench(|| runtime::to_utf8(divan::black_box(&units)).is_ok());
}

#[divan::bench(args = SIZES)]
fn ascii_to_utf16(bencher: Bencher<'_, '_>, bytes: usize) {
    to_utf16(bencher, &ascii(bytes));
}

#[divan::bench(args = SIZES)]
fn mixed_to_utf16(bencher: Bencher<'_, '_>, bytes: usize) {
    to_utf16(bencher, &mixed(bytes));
}

#[divan::bench(args = SIZES)]
fn ascii_to_utf8(bencher: Bencher<'_, '_>, bytes: usize) {
    to_utf8(bencher, &ascii(bytes));
}

#[divan::bench(args = SIZES)]
fn mixed_to_utf8(bencher: Bencher<'_, '_>, bytes: usize) {
    to_utf8(bencher, &mixed(bytes));
}
