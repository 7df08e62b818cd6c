//! Reads what is to be sent, bounded.

use std::{fs::File, io::Read as _, path::Path};

use crate::failure::Failure;

/// Reading stops here; every server's source limit is far below.
const SOURCE_LIMIT_BYTES: u64 = 16 * 1024 * 1024;

/// A source file as text.
///
/// # Errors
/// [`Failure::Usage`] if it cannot be read, is far too large or is not UTF-8.
pub(super) fn read_text(file: &Path, shown_as: &str) -> Result<String, Failure> {
    let bytes = read_bytes(file, shown_as, SOURCE_LIMIT_BYTES, "this does not look like a source")?;
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        Failure::usage(format!("`{shown_as}` is not UTF-8 at byte {at}"), "save it as UTF-8")
    })
}

/// A file of at most `limit_bytes`.
///
/// # Errors
/// [`Failure::Usage`] if it cannot be read or is larger, then with `too_large` as the hint.
pub(super) fn read_bytes(
    file: &Path,
    shown_as: &str,
    limit_bytes: u64,
    too_large: &'static str,
) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    File::open(file)
        .and_then(|file| file.take(limit_bytes + 1).read_to_end(&mut bytes))
        .map_err(|error| Failure::usage(format!("cannot read `{shown_as}`: {error}"), "check the path"))?;
    if bytes.len() as u64 > limit_bytes {
        let message = format!("`{shown_as}` is larger than {} MiB", limit_bytes / (1024 * 1024));
        return Err(Failure::usage(message, too_large));
    }
    Ok(bytes)
}
