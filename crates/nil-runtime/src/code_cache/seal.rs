//! The layout of an entry: native code, its metadata as JSON, and a footer with the MAC over all of it.
//!
//! ```text
//! native code (an ELF image, first so that it can be mapped) | metadata | length of the metadata: u32 LE | MAC
//! ```

use std::{fs::File, io, os::unix::fs::FileExt};

use super::{CodeMetadata, EntryKey, secret::Secret, sparse};

const MAC_BYTES: usize = 32;
const LENGTH_BYTES: usize = 4;
const FOOTER_BYTES: usize = LENGTH_BYTES + MAC_BYTES;

/// Longest metadata accepted, in bytes: a hostile length must not lead to a large allocation.
const MAX_METADATA_BYTES: usize = 1 << 20;

/// Why bytes are not an entry we may load.
#[derive(Debug, thiserror::Error)]
pub(super) enum OpenError {
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

/// The whole entry for `key`.
pub(super) fn seal(secret: &Secret, key: &EntryKey, native: &[u8], metadata: &CodeMetadata) -> io::Result<Vec<u8>> {
    let metadata = serde_json::to_vec(metadata)?;
    let mut hasher = start(secret, key);
    sparse::hash(&mut hasher, native);
    let mac = finish(hasher, native.len() as u64, &metadata);
    let length = u32::try_from(metadata.len()).map_err(io::Error::other)?.to_le_bytes();
    Ok([native, &metadata, &length, mac.as_bytes()].concat())
}

/// Verifies the entry in `file` for `key` and reads its metadata. Nothing of it is used before that.
pub(super) fn open(secret: &Secret, key: &EntryKey, file: &File) -> Result<CodeMetadata, OpenError> {
    let size = file.metadata()?.len();
    let body = size.checked_sub(FOOTER_BYTES as u64).ok_or(OpenError::Malformed)?;
    let mut footer = [0; FOOTER_BYTES];
    file.read_exact_at(&mut footer, body)?;
    let (length, expected) = footer.split_first_chunk::<LENGTH_BYTES>().ok_or(OpenError::Malformed)?;
    let length = u32::from_le_bytes(*length) as usize;
    let native = body.checked_sub(length as u64).filter(|_| length <= MAX_METADATA_BYTES);
    let native = native.ok_or(OpenError::Malformed)?;
    let mut metadata = vec![0; length];
    file.read_exact_at(&mut metadata, native)?;

    let mut hasher = start(secret, key);
    // Read, not mapped: mapping would leave the whole file resident in this process.
    sparse::hash_file(&mut hasher, file, native)?;
    let expected: [u8; MAC_BYTES] = expected.try_into().map_err(|_| OpenError::Malformed)?;
    // Compares in constant time.
    if finish(hasher, native, &metadata) != blake3::Hash::from_bytes(expected) {
        return Err(OpenError::NotAuthentic);
    }
    serde_json::from_slice(&metadata).map_err(|_| OpenError::Malformed)
}

/// The MAC covers the key, so an entry renamed to another's name is not authentic.
fn start(secret: &Secret, key: &EntryKey) -> blake3::Hasher {
    let mut hasher = secret.mac();
    hasher.update(key.as_bytes());
    hasher
}

/// The code's length separates it from the metadata; the metadata's own is what is left.
fn finish(mut hasher: blake3::Hasher, native_bytes: u64, metadata: &[u8]) -> blake3::Hash {
    hasher.update(metadata).update(&native_bytes.to_le_bytes()).update(&(metadata.len() as u64).to_le_bytes());
    hasher.finalize()
}
