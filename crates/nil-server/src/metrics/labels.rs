//! Labels. All of them take few values.

use nil_core::{ExecutionMode, Language};
use prometheus_client::encoding::EncodeLabelSet;

/// What caused an execution and how it ended: `completed`, `canceled`, or the kind of failure.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Outcome {
    pub(super) mode: &'static str,
    pub(super) outcome: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Mode {
    pub(super) mode: &'static str,
}

/// Whether the function was loaded already.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Start {
    pub(super) start: &'static str,
}

/// How a build ended: `ready` or `failed`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Build {
    pub(super) outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Compiled {
    pub(super) language: &'static str,
}

impl From<Language> for Compiled {
    fn from(language: Language) -> Self {
        Self { language: language.as_str() }
    }
}

/// A route as it is written in the API's document, so that ids do not count.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Request {
    pub(super) method: &'static str,
    pub(super) route: String,
    pub(super) status: u16,
}

/// Which queue, and in which state what waits in it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Queued {
    pub(super) queue: &'static str,
    pub(super) state: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Queue {
    pub(super) queue: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct State {
    pub(super) state: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Version {
    pub(super) version: &'static str,
}

/// The four modes, in the order of [`index_of`].
pub(super) const MODES: [ExecutionMode; 4] =
    [ExecutionMode::Sync, ExecutionMode::Fn, ExecutionMode::Async, ExecutionMode::Schedule];

pub(super) fn index_of(mode: ExecutionMode) -> usize {
    match mode {
        ExecutionMode::Sync => 0,
        ExecutionMode::Fn => 1,
        ExecutionMode::Async => 2,
        ExecutionMode::Schedule => 3,
    }
}
