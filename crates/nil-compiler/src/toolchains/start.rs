//! From a language to its toolchain.

use std::sync::Arc;

use nil_core::Language;

use super::{assemblyscript, c, cpp, go, javascript, python, rust, wat, zig};
use crate::{
    install::{BuiltRecipe, Installation, NodeError, Recipe},
    sandbox::Sandbox,
    toolchain::Toolchain,
    workers::PoolOptions,
};

/// A toolchain cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The language has no toolchain.
    #[error("`{language}` modules are deployed as they are; there is nothing to compile")]
    NotCompiled {
        /// The language.
        language: Language,
    },
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

impl StartError {
    /// What it means that the system refused something of this installation.
    pub(super) fn unusable(installation: &Installation) -> impl FnOnce(std::io::Error) -> Self {
        let installation = installation.clone();
        move |source| Self::Installation { installation, source }
    }
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
        Language::JavaScript | Language::TypeScript => javascript::start(installation, sandbox, options),
        Language::Python => python::start(installation, sandbox, options),
        Language::Go => go::start(installation, sandbox, &options),
        Language::Wat => Ok(wat::start(installation, &options)),
        Language::C => c::start(installation, sandbox, &options),
        Language::Cpp => cpp::start(installation, sandbox, &options),
        Language::Rust => rust::start(installation, sandbox, &options),
        Language::Zig => zig::start(installation, sandbox, &options),
        Language::Wasm => Err(StartError::NotCompiled { language: installation.language }),
    }
}

/// Where the toolchain of a language comes from.
pub(crate) enum Provision {
    /// Packages of npm and files of ours.
    Npm(Recipe),
    /// Pinned packages, from which it is built here.
    Built(BuiltRecipe),
    /// It is part of this program, in this version.
    BuiltIn(&'static str),
    /// Nowhere: the language needs none; what to do instead.
    Nothing(&'static str),
}

/// Whether `nil up` installs the toolchain of `language` without being asked: in seconds, and in few megabytes.
#[must_use]
pub fn comes_by_itself(language: Language) -> bool {
    matches!(provision(language), Provision::Npm(_) | Provision::BuiltIn(_))
}

/// How the toolchain of `language` is had.
pub(crate) fn provision(language: Language) -> Provision {
    match language {
        Language::AssemblyScript => Provision::Npm(assemblyscript::RECIPE),
        Language::JavaScript => Provision::Npm(javascript::JAVASCRIPT),
        Language::TypeScript => Provision::Npm(javascript::TYPESCRIPT),
        Language::Python => Provision::Built(python::RECIPE),
        Language::Go => Provision::Built(go::RECIPE),
        Language::Wat => Provision::BuiltIn(wat::VERSION),
        Language::C => Provision::Built(c::RECIPE),
        Language::Cpp => Provision::Built(cpp::RECIPE),
        Language::Rust => Provision::Built(rust::RECIPE),
        Language::Zig => Provision::Built(zig::RECIPE),
        Language::Wasm => Provision::Nothing("modules are deployed as they are"),
    }
}
