//! The layers of a box as people speak of them, and the verdict on a machine.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a box keeps a program from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layer {
    /// Reading and writing files that are not its own.
    Files,
    /// Reaching anybody.
    Network,
    /// Signalling, tracing and seeing other processes, starting more than allowed, staying behind.
    Processes,
    /// Using more memory than allowed.
    Memory,
    /// Being the service's user, or root.
    User,
    /// System calls that no compiler needs.
    SystemCalls,
    /// Writing more than allowed.
    Disk,
    /// Running longer than allowed.
    Time,
    /// Reading the service's environment and descriptors.
    Environment,
}

impl Layer {
    /// All of them, in the order in which they are told.
    pub const ALL: &[Self] = &[
        Self::Files,
        Self::Network,
        Self::Processes,
        Self::Memory,
        Self::User,
        Self::SystemCalls,
        Self::Disk,
        Self::Time,
        Self::Environment,
    ];

    /// Whether strangers' sources may not be compiled without it.
    #[must_use]
    pub fn is_required(self) -> bool {
        matches!(self, Self::Files | Self::Network | Self::Processes | Self::Memory | Self::User)
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Files => "files",
            Self::Network => "network",
            Self::Processes => "processes",
            Self::Memory => "memory",
            Self::User => "user",
            Self::SystemCalls => "system calls",
            Self::Disk => "disk",
            Self::Time => "time",
            Self::Environment => "environment",
        })
    }
}

/// What became of one layer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayerState {
    /// Which one.
    pub layer: Layer,
    /// Nothing that was tried got through.
    pub holds: bool,
    /// By what it holds, or what got through and what to do about it.
    pub detail: String,
}

/// What the self-test found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SelfTest {
    /// Every layer, in the order of [`Layer::ALL`].
    pub layers: Vec<LayerState>,
    /// What boxes are made of on this machine, and what they have to do without.
    pub made_of: Vec<String>,
}

/// What follows from a self-test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Every layer holds.
    Whole,
    /// A layer is missing that strangers' sources can be compiled without; for the operator's log.
    Weak(String),
    /// A required layer is missing: nothing may be compiled. Which one, and why.
    Refused(String),
}

impl SelfTest {
    /// Whether sources may be compiled on this machine.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let missing = |required: bool| {
            let missing = self.layers.iter().filter(|state| !state.holds && state.layer.is_required() == required);
            let told: Vec<_> = missing.map(|state| format!("{}: {}", state.layer, state.detail)).collect();
            (!told.is_empty()).then(|| told.join("; "))
        };
        match (missing(true), missing(false)) {
            (Some(why), _) => Verdict::Refused(why),
            (None, Some(why)) => Verdict::Weak(why),
            (None, None) => Verdict::Whole,
        }
    }

    /// A self-test that could not even put up a box: no layer holds.
    #[must_use]
    pub(crate) fn impossible(why: &str) -> Self {
        let state = |layer: &Layer| LayerState { layer: *layer, holds: false, detail: why.to_owned() };
        Self { layers: Layer::ALL.iter().map(state).collect(), made_of: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_missing(missing: &[Layer]) -> SelfTest {
        let state =
            |layer: &Layer| LayerState { layer: *layer, holds: !missing.contains(layer), detail: "x".to_owned() };
        SelfTest { layers: Layer::ALL.iter().map(state).collect(), made_of: Vec::new() }
    }

    #[test]
    fn a_required_layer_that_is_missing_refuses() {
        assert_eq!(with_missing(&[]).verdict(), Verdict::Whole);
        assert_eq!(with_missing(&[Layer::Disk]).verdict(), Verdict::Weak("disk: x".to_owned()));
        for layer in Layer::ALL.iter().filter(|layer| layer.is_required()) {
            assert_eq!(with_missing(&[*layer, Layer::Disk]).verdict(), Verdict::Refused(format!("{layer}: x")));
        }
        assert!(
            matches!(SelfTest::impossible("no box").verdict(), Verdict::Refused(why) if why.starts_with("files: no box"))
        );
    }
}
