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
    /// The launcher's process cannot be started, or does not answer.
    #[error("cannot put up a box: {why}; `nil doctor` says what this machine allows")]
    Box {
        /// What went wrong.
        why: String,
    },
    /// The toolchain's program cannot be started.
    #[error("cannot start `{}`: {why}; check that it exists and that everybody may execute it", program.display())]
    Spawn {
        /// The program.
        program: PathBuf,
        /// What the system said.
        why: String,
    },
    /// A box lacks something that the self-test's had.
    #[error("a box lacks {means}, which it had when the self-test ran: {why}; restart the compiler")]
    Weaker {
        /// What is missing.
        means: String,
        /// Why.
        why: String,
    },
}

impl SandboxError {
    pub(super) fn scratch(path: &std::path::Path, why: impl ToString) -> Self {
        Self::Scratch { path: path.to_owned(), why: why.to_string() }
    }

    pub(super) fn no_box(why: impl ToString) -> Self {
        Self::Box { why: why.to_string() }
    }
}
