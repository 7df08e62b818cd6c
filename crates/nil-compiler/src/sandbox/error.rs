//! Why a box could not be set up. Every variant is the machine's fault, never the source's.

use std::{io, path::PathBuf};

/// The sandbox cannot be set up on this machine.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The scratch folder cannot be made, or is not safe to use.
    #[error("cannot use `{}` as scratch folder: {why}; free the path or choose another scratch folder", path.display())]
    Scratch {
        /// The folder.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The thread that starts processes cannot be started.
    #[error("cannot start the launcher thread; raise the limit on threads")]
    Launcher(#[source] io::Error),
    /// The toolchain's program cannot be started.
    #[error("cannot start `{}`; check that it exists and is executable", program.display())]
    Spawn {
        /// The program.
        program: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

impl SandboxError {
    pub(super) fn scratch(path: &std::path::Path, why: impl ToString) -> Self {
        Self::Scratch { path: path.to_owned(), why: why.to_string() }
    }
}
