//! How a command ends when it does not succeed: one variant an exit code.

use std::io;

use nil_client::ClientError;

/// Why a command failed. The exit codes are documented in `docs/cli.md` and `nil --help`.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The server refused, or could not be reached.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// Something on this machine, or several things at once.
    #[error("{message}")]
    Local { message: String, hint: Option<String> },
    /// The command line asks for something that makes no sense.
    #[error("{message}")]
    Usage { message: String, hint: Option<String> },
    /// The function ran and failed.
    #[error("{message}")]
    FunctionFailed { message: String, hint: Option<String> },
    /// The source does not compile; the diagnostics are printed already.
    #[error("{message}")]
    CompileFailed { message: String },
    /// Ctrl-C.
    #[error("interrupted")]
    Interrupted,
    /// Whoever read our stdout has enough of it, such as `head`.
    #[error("nobody reads the output any more")]
    ReaderGone,
}

impl Failure {
    pub(crate) fn local(message: impl Into<String>) -> Self {
        Self::Local { message: message.into(), hint: None }
    }

    pub(crate) fn local_with_hint(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Local { message: message.into(), hint: Some(hint.into()) }
    }

    pub(crate) fn usage(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Usage { message: message.into(), hint: Some(hint.into()) }
    }

    /// A failed write to stdout.
    pub(crate) fn stdout(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::ReaderGone,
            _ => Self::local(format!("cannot write to stdout: {error}")),
        }
    }

    /// The process's exit code.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::ReaderGone => 0,
            Self::Client(ClientError::InvalidOption { .. }) | Self::Usage { .. } => 2,
            Self::FunctionFailed { .. } => 3,
            Self::CompileFailed { .. } => 4,
            Self::Client(ClientError::Unreachable { .. } | ClientError::Interrupted { .. }) => 5,
            Self::Client(_) | Self::Local { .. } => 1,
            Self::Interrupted => 130,
        }
    }

    /// Its name in JSON, stable for programs.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Client(ClientError::InvalidOption { .. }) | Self::Usage { .. } => "usage",
            Self::Client(ClientError::Unreachable { .. } | ClientError::Interrupted { .. }) => "unreachable",
            Self::Client(ClientError::Problem { .. }) => "problem",
            Self::Client(ClientError::Protocol { .. } | ClientError::NotBuilt { .. }) | Self::Local { .. } => "failed",
            Self::FunctionFailed { .. } => "function-failed",
            Self::CompileFailed { .. } => "compile-failed",
            Self::Interrupted => "interrupted",
            Self::ReaderGone => "reader-gone",
        }
    }

    /// What the person can do next.
    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            Self::Client(error) => error.hint(),
            Self::Local { hint, .. } | Self::Usage { hint, .. } | Self::FunctionFailed { hint, .. } => hint.clone(),
            Self::CompileFailed { .. } | Self::Interrupted | Self::ReaderGone => None,
        }
    }
}

impl From<anyhow::Error> for Failure {
    /// A role's error: the whole chain on one line, outermost first.
    fn from(error: anyhow::Error) -> Self {
        match error.downcast::<Self>() {
            Ok(failure) => failure,
            Err(error) => Self::local(format!("{error:#}")),
        }
    }
}
