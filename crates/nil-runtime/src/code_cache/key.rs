//! What an entry is made from and for.

use std::{
    fmt,
    hash::{Hash, Hasher},
};

use wasmtime::Engine;

/// Changed when the layout of entries changes.
const FORMAT: &[u8] = b"nil native code 1";

/// Identifies native code: the module's digest, Wasmtime's version, target, CPU features and settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct EntryKey([u8; 32]);

impl EntryKey {
    /// The key of the module with `wasm_digest` on `engine`.
    pub(crate) fn new(engine: &Engine, wasm_digest: &[u8; 32]) -> Self {
        let mut hasher = Blake3(blake3::Hasher::new());
        hasher.write(FORMAT);
        engine.precompile_compatibility_hash().hash(&mut hasher);
        hasher.write(wasm_digest);
        Self(hasher.0.finalize().into())
    }

    /// The raw key.
    pub(crate) fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// The entry's file name.
impl fmt::Display for EntryKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str(".nilcode")
    }
}

/// Lets the engine's settings, which only implement [`Hash`], go into a cryptographic hash.
struct Blake3(blake3::Hasher);

impl Hasher for Blake3 {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        // Part of the trait; the 256-bit digest is read instead.
        0
    }
}
