//! A recipe: the files that make a toolchain once its packages are fetched. They are part of the binary, so a
//! lone binary can install.

use nil_core::Language;
use sha2::{Digest, Sha256};

/// How to install one toolchain.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Recipe {
    pub(crate) language: Language,
    /// Everything an installation holds besides packages; the lock file among them pins those by checksum.
    pub(crate) files: &'static [RecipeFile],
    /// The packages whose versions name the toolchain.
    pub(crate) packages: &'static [&'static str],
    /// The file a worker runs.
    pub(crate) entry: &'static str,
    /// Whether a worker is a Node.js process; npm is needed to install in any case.
    pub(crate) needs_node: bool,
}

/// One file of a recipe: its path below the toolchain's folder, and its content.
pub(crate) type RecipeFile = (&'static str, &'static str);

impl Recipe {
    /// Identifies the recipe, and with it the toolchain: 16 hexadecimal digits over names and contents.
    pub(crate) fn digest(&self) -> String {
        let mut hasher = Sha256::new();
        for (name, content) in self.files {
            for part in [name.as_bytes(), content.as_bytes()] {
                hasher.update((part.len() as u64).to_le_bytes());
                hasher.update(part);
            }
        }
        hasher.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }

    /// The name of its folder.
    pub(crate) fn folder(&self) -> String {
        format!("{}-{}", self.language, self.digest())
    }
}
