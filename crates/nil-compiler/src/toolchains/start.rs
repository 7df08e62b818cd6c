//! From a language to its toolchain.

use std::sync::Arc;

use nil_core::Language;

use super::{assemblyscript, javascript};
use crate::{
    install::{Installation, NodeError, Recipe},
    sandbox::Sandbox,
    toolchain::Toolchain,
    workers::PoolOptions,
};

/// A toolchain cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Node.js is not there, or too old.
    #[error(transparent)]
    Node(#[from] NodeError),
    /// The installation is gone.
    #[error("`{}` cannot be used; run `nil toolchain install {}`", installation.dir.display(), installation.language)]
    Installation {
        /// The installation.
        installation: Installation,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
}

/// Starts an installed toolchain. Returns before it is warm: [`Toolchain::ready`] tells. Must be called on a
/// multi-threaded runtime.
///
/// # Errors
/// When the program that runs it is missing. A toolchain that is there but does not come up keeps trying and
/// takes no jobs.
pub async fn start(
    installation: &Installation,
    sandbox: &Sandbox,
    options: PoolOptions,
) -> Result<Arc<dyn Toolchain>, StartError> {
    match installation.language {
        Language::AssemblyScript => assemblyscript::start(installation, sandbox, options).await,
        Language::JavaScript | Language::TypeScript => javascript::start(installation, sandbox, options).await,
    }
}

/// How the toolchain of `language` is installed.
pub(crate) fn recipe(language: Language) -> Recipe {
    match language {
        Language::AssemblyScript => assemblyscript::RECIPE,
        Language::JavaScript => javascript::JAVASCRIPT,
        Language::TypeScript => javascript::TYPESCRIPT,
    }
}
