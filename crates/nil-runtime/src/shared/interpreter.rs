//! Which interpreter a shared runtime is, and what the host knows of its image.

use nil_core::ScriptEngine;
use serde::{Deserialize, Serialize};

use super::{python, quickjs};
use crate::abi::Exports;

/// Where things are in the image of a runtime.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Boot {
    Quickjs(quickjs::Boot),
    Cpython(python::Boot),
}

impl Boot {
    pub(super) fn engine(&self) -> ScriptEngine {
        match self {
            Self::Quickjs(_) => ScriptEngine::Quickjs,
            Self::Cpython(_) => ScriptEngine::Cpython,
        }
    }

    /// SHA-256 of the image.
    pub(super) fn image_digest(&self) -> &[u8; 32] {
        match self {
            Self::Quickjs(boot) => &boot.image_digest,
            Self::Cpython(boot) => &boot.image_digest,
        }
    }

    /// The same, of the image with this digest.
    pub(super) fn of_image(self, image_digest: [u8; 32]) -> Self {
        match self {
            Self::Quickjs(boot) => Self::Quickjs(quickjs::Boot { image_digest, ..boot }),
            Self::Cpython(boot) => Self::Cpython(python::Boot { image_digest, ..boot }),
        }
    }
}

/// An interpreter with its exports found.
#[expect(clippy::large_enum_variant, reason = "there are two of them in a process, made once")]
pub(crate) enum Interpreter {
    Quickjs { api: quickjs::QuickJs, boot: quickjs::Boot },
    Cpython { api: python::Python, boot: python::Boot },
}

impl Interpreter {
    /// `None` when the module does not export what its interpreter would.
    pub(super) fn new(exports: &Exports<'_>, boot: Boot) -> Option<Self> {
        Some(match boot {
            Boot::Quickjs(boot) => Self::Quickjs { api: quickjs::QuickJs::new(exports)?, boot },
            Boot::Cpython(boot) => Self::Cpython { api: python::Python::new(exports)?, boot },
        })
    }

    /// Room in the guest for results of its own functions, where it has any.
    pub(super) fn scratch(&self) -> u32 {
        match self {
            Self::Quickjs { boot, .. } => boot.scratch,
            Self::Cpython { .. } => 0,
        }
    }

    /// Where the archive of its library lies in the guest, and how long it is.
    pub(super) fn library(&self) -> (u32, u32) {
        match self {
            Self::Quickjs { .. } => (0, 0),
            Self::Cpython { boot, .. } => boot.library,
        }
    }
}
