//! Why a call ended early: an error of the engine, still to be classified, or a failure that is clear already.

use crate::{outcome::FailureKind, shared::quickjs::Thrown};

/// The reason, before the store's limits and backtrace have been looked at.
pub(crate) enum Stop {
    /// A trap, a host function's error, or a failed instantiation.
    Engine(wasmtime::Error),
    /// A failure found outside the guest.
    Failure(FailureKind),
    /// The script threw.
    Thrown(Thrown),
}

impl Stop {
    /// The module broke the ABI.
    pub(crate) fn contract(reason: impl Into<String>) -> Self {
        Self::Failure(FailureKind::GuestContract { reason: reason.into() })
    }

    /// The output cannot be returned.
    pub(crate) fn output(reason: impl Into<String>) -> Self {
        Self::Failure(FailureKind::InvalidOutput { reason: reason.into() })
    }

    /// The input does not fit.
    pub(crate) fn input(reason: impl Into<String>) -> Self {
        Self::Failure(FailureKind::InvalidInput { reason: reason.into() })
    }
}

impl From<wasmtime::Error> for Stop {
    fn from(error: wasmtime::Error) -> Self {
        Self::Engine(error)
    }
}
