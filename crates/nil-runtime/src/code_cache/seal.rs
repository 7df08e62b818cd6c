//! The layout of an entry: native code, its metadata as JSON, and a footer with the MAC over all of it.
//!
//! ```text
//! native code (an ELF image, first so that it can be mapped) | metadata | length of the metadata: u32 LE | MAC: 32 bytes
//! ```

use std::{
    fs::File,
    io::{self, Read},
    os::unix::fs::FileExt,
};

use super::{CodeMetadata, EntryKey, secret::Secret};

const MAC_BYTES: usize = 32;
const LENGTH_BYTES: usize = 4;
const FOOTER_BYTES: usize = LENGTH_BYTES + MAC_BYTES;

/// Longest metadata accepted, in bytes: a hostile length must not lead to a large allocation.
const MAX_METADATA_BYTES: usize = 1 << 20;

/// Why bytes are not an entry we may load.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenError {
    /// Too short, or its parts do not add up.
    #[error("it is truncated or not an entry")]
    Malformed,
    /// Changed, written under another key, or another entry's content.
    #[error("its authentication code is wrong")]
    NotAuthentic,
    /// The disk.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// The parts that follow the native code of an entry.
pub(super) fn trailer(secret: &Secret, key: &EntryKey, native: &[u8], metadata: &CodeMetadata) -> io::Result<Vec<u8>> {
    let mut trailer = serde_json::to_vec(metadata)?;
    let length = u32::try_from(trailer.len()).map_err(io::Error::other)?;
    trailer.extend_from_slice(&length.to_le_bytes());
    let mut mac = start(secret, key);
    mac.update(native).update(&trailer);
    trailer.extend_from_slice(mac.finalize().as_bytes());
    Ok(trailer)
}

/// Verifies the entry in `file` for `key` and reads its metadata. Nothing of it is used before that.
pub(super) fn open(secret: &Secret, key: &EntryKey, file: &File) -> Result<CodeMetadata, OpenError> {
    let size = file.metadata()?.len();
    let body = size.checked_sub(FOOTER_BYTES as u64).ok_or(OpenError::Malformed)?;
    let mut footer = [0; FOOTER_BYTES];
    file.read_exact_at(&mut footer, body)?;
    let (length, expected) = footer.split_at(LENGTH_BYTES);

    let mut mac = start(secret, key);
    // Read, not mapped: mapping would leave the whole file resident in this process.
    let mut reader = file.take(body);
    let mut buffer = vec![0; 64 << 10];
    loop {
        match reader.read(&mut buffer)? {
            0 => break,
            read => mac.update(&buffer[..read]),
        };
    }
    mac.update(length);
    let expected: [u8; MAC_BYTES] = expected.try_into().map_err(|_| OpenError::Malformed)?;
    // Compares in constant time.
    if mac.finalize() != blake3::Hash::from_bytes(expected) {
        return Err(OpenError::NotAuthentic);
    }
    read_metadata(file, body, length)
}

fn read_metadata(file: &File, body: u64, length: &[u8]) -> Result<CodeMetadata, OpenError> {
    let length = u32::from_le_bytes(length.try_into().map_err(|_| OpenError::Malformed)?) as usize;
    let start = body.checked_sub(length as u64).filter(|_| length <= MAX_METADATA_BYTES).ok_or(OpenError::Malformed)?;
    let mut json = vec![0; length];
    file.read_exact_at(&mut json, start)?;
    serde_json::from_slice(&json).map_err(|_| OpenError::Malformed)
}

/// The MAC covers the key, so an entry renamed to another's name is not authentic.
fn start(secret: &Secret, key: &EntryKey) -> blake3::Hasher {
    let mut mac = secret.mac();
    mac.update(key.as_bytes());
    mac
}
