//! Guests that are written down: a folder a case, with the module as text and the outcome it must have.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The folder of cases.
pub fn guest_cases() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../nil-runtime/tests/cases")
}

/// Assembles a guest. `{{runtime}}` stands for AssemblyScript's runtime, `{{string:…}}` for a string with its
/// header.
///
/// # Panics
///
/// If it is no module.
pub fn assemble(text: &str) -> Vec<u8> {
    let include = fs::read_to_string(guest_cases().join("runtime.wat.inc")).expect("the runtime");
    let mut text = text.replace("{{runtime}}", &include);
    while let Some(start) = text.find("{{string:") {
        let end = start + text[start..].find("}}").expect("the end of a string");
        let payload = text[start + "{{string:".len()..end].replace("\\n", "\n");
        let units: Vec<u8> = payload.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let header = [2_u32.to_le_bytes(), (units.len() as u32).to_le_bytes()].concat();
        let bytes: String = header.iter().chain(&units).map(|byte| format!("\\{byte:02x}")).collect();
        text.replace_range(start..end + 2, &bytes);
    }
    wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}"))
}
