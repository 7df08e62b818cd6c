//! What a person wants a function to be.

use std::collections::BTreeMap;

use nil_api::ExampleBody;
use nil_core::FunctionSettings;

use super::targets::Target;

/// A function as it is to be on the server.
#[derive(Debug)]
pub(in crate::commands) struct Wish {
    /// Its name and what it is made of.
    pub(in crate::commands) target: Target,
    /// What it is for; none leaves what the server has.
    pub(in crate::commands) description: Option<String>,
    /// Its settings.
    pub(in crate::commands) settings: Settings,
    /// All its examples; none leaves what the server has.
    pub(in crate::commands) examples: Option<BTreeMap<String, ExampleBody>>,
}

/// How its settings are given.
#[derive(Debug)]
pub(in crate::commands) enum Settings {
    /// These over what the server has: the given ones of the command line.
    Over(FunctionSettings),
    /// These and no others.
    Exactly(FunctionSettings),
}

impl Settings {
    /// What to send for a function that has `before`; none if nothing is said about them.
    pub(in crate::commands) fn to_send(&self, before: &FunctionSettings) -> Option<FunctionSettings> {
        match self {
            Self::Exactly(settings) => Some(settings.clone()),
            Self::Over(given) if *given == FunctionSettings::default() => None,
            Self::Over(given) => Some(FunctionSettings {
                timeout_ms: given.timeout_ms.or(before.timeout_ms),
                memory_limit_bytes: given.memory_limit_bytes.or(before.memory_limit_bytes),
                output_limit_bytes: given.output_limit_bytes.or(before.output_limit_bytes),
                log_limit_bytes: given.log_limit_bytes.or(before.log_limit_bytes),
                record_percent: given.record_percent.or(before.record_percent),
                ..before.clone()
            }),
        }
    }
}
