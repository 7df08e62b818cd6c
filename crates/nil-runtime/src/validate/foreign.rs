//! Recognises what people upload in place of a core module, so that the rejection can say what it is.

const KNOWN: &[(&[u8], &str)] = &[
    (b"\x7fELF", "an ELF executable"),
    (b"MZ", "a Windows executable"),
    (b"\x89PNG", "a PNG image"),
    (b"PK\x03\x04", "a zip archive"),
    (b"\x1f\x8b", "a gzip file"),
    (b"(module", "WebAssembly text; assemble it first, for example with wat2wasm"),
    (b"(component", "WebAssembly component text"),
    (b"#!", "a script"),
];

/// Why `bytes` is not a core module, judged by its first eight bytes; `None` if it may be one.
pub(crate) fn describe(bytes: &[u8]) -> Option<String> {
    const MODULE: &[u8] = b"\0asm\x01\0\0\0";
    const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";
    if bytes.is_empty() {
        return Some("not a WebAssembly module: the file is empty (at offset 0x0)".to_owned());
    }
    if bytes.starts_with(MODULE) {
        return None;
    }
    if bytes.starts_with(COMPONENT) {
        return Some("this is a WebAssembly component; only core modules can be functions here".to_owned());
    }
    if let Some((_, kind)) = KNOWN.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return Some(format!("not a WebAssembly module: this is {kind} (at offset 0x0)"));
    }
    if bytes.starts_with(b"\0asm") && bytes.len() >= 8 {
        return Some("not a WebAssembly module of version 1 (at offset 0x4)".to_owned());
    }
    let shared = bytes.iter().zip(MODULE).take_while(|(a, b)| a == b).count();
    Some(format!("not a WebAssembly module: it does not start with `\\0asm` (at offset 0x{shared:x})"))
}
