//! What a person wants functions and what belongs to them to be.

use std::collections::{BTreeMap, BTreeSet};

use nil_api::{ExampleBody, PutSchedule};
use nil_core::{CatchUp, EnvironmentName, FunctionSettings, ScheduleName, VariableName};
use serde_json::value::RawValue;

use super::targets::Target;

/// All there is to be on the server.
#[derive(Debug, Default)]
pub(in crate::commands) struct Wishes {
    /// Environments.
    pub(in crate::commands) environments: Vec<EnvironmentWish>,
    /// Functions.
    pub(in crate::commands) functions: Vec<Wish>,
}

/// An environment as it is to be on the server.
#[derive(Debug)]
pub(in crate::commands) struct EnvironmentWish {
    /// Its name.
    pub(in crate::commands) name: EnvironmentName,
    /// All its variables; none leaves what the server has.
    pub(in crate::commands) variables: Option<BTreeMap<VariableName, String>>,
    /// Secrets the server must have.
    pub(in crate::commands) secrets: BTreeSet<VariableName>,
}

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
    /// All its environments, in their order; none leaves what the server has.
    pub(in crate::commands) environments: Option<Vec<EnvironmentName>>,
    /// All its schedules; none leaves what the server has.
    pub(in crate::commands) schedules: Option<Vec<ScheduleWish>>,
}

impl Wish {
    /// A function of which nothing is said but what it is made of.
    pub(super) fn of(target: Target) -> Self {
        Self {
            target,
            description: None,
            settings: Settings::Over(FunctionSettings::default()),
            examples: None,
            environments: None,
            schedules: None,
        }
    }

    /// Its environments as the API takes them.
    pub(super) fn environment_names(&self) -> Option<Vec<String>> {
        self.environments.as_ref().map(|names| names.iter().map(ToString::to_string).collect())
    }
}

/// A schedule as it is to be on the server.
#[derive(Debug)]
pub(in crate::commands) struct ScheduleWish {
    /// Its name.
    pub(in crate::commands) name: ScheduleName,
    /// Its cron expression, or none.
    pub(in crate::commands) cron: Option<String>,
    /// Milliseconds from tick to tick, or none.
    pub(in crate::commands) every_ms: Option<u64>,
    /// The time zone of the cron expression.
    pub(in crate::commands) time_zone: String,
    /// What the function is given.
    pub(in crate::commands) input: Box<RawValue>,
    /// What becomes of missed ticks.
    pub(in crate::commands) catch_up: CatchUp,
    /// Whether it rests.
    pub(in crate::commands) paused: bool,
}

impl ScheduleWish {
    /// As the API takes it.
    pub(super) fn body(&self) -> PutSchedule<'_> {
        PutSchedule {
            cron: self.cron.clone(),
            every_ms: self.every_ms,
            time_zone: Some(self.time_zone.clone()),
            input: Some(&self.input),
            catch_up: self.catch_up,
            paused: self.paused,
        }
    }
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
