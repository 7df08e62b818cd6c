//! What a function's owner may set for it. Absent means the operator's default.

use serde::{Deserialize, Serialize};

use crate::{
    limits::{ExecutionLimits, OperatorMaxima},
    retry::{MAX_ASYNC_CONCURRENCY, MAX_ATTEMPTS, MAX_BACKOFF_MS, RetryPolicy},
};

/// Per-function settings; part of every version. Absent fields take the server's defaults.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FunctionSettings {
    /// Wall-clock limit of one execution, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, example = 2000)]
    pub timeout_ms: Option<u64>,
    /// Linear memory limit, in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 65536, example = 67_108_864)]
    pub memory_limit_bytes: Option<u64>,
    /// Output limit, in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1)]
    pub output_limit_bytes: Option<u64>,
    /// Log limit, in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log_limit_bytes: Option<u64>,
    /// Of 100 successful calls through the function's own URL, how many go into the record. Failed calls and calls by
    /// `/execute` always do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 100, example = 1)]
    pub record_percent: Option<u64>,
    /// Days the executions of the function are kept, if that is less than the operator keeps them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 3650, example = 7)]
    pub retention_days: Option<u64>,
    /// Attempts a queued execution has before it is given up. Default 3.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 20, example = 5)]
    pub max_attempts: Option<u64>,
    /// Pause before the second attempt of a queued execution, in milliseconds; it doubles with each. Default 1000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 3_600_000, example = 1000)]
    pub retry_backoff_ms: Option<u64>,
    /// Queued executions of the function that run at once, over all servers. Default 16.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 1000, example = 4)]
    pub async_concurrency: Option<u64>,
    /// Whether a new version goes live only if the function's examples pass. Default false.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = true)]
    pub gate: Option<bool>,
}

/// A setting outside what the operator allows.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
#[error("`settings.{field}` is {given}; use {least} to {most}")]
pub struct InvalidSettings {
    /// The field as the API spells it.
    pub field: &'static str,
    /// What was asked for.
    pub given: u64,
    /// The least allowed.
    pub least: u64,
    /// The most allowed.
    pub most: u64,
}

/// Ten years: as long as an operator can keep executions.
const MAX_RETENTION_DAYS: u64 = 3_650;

/// One WebAssembly page: less memory than this no module can have.
const PAGE_BYTES: u64 = 65_536;

impl FunctionSettings {
    /// Checks every field against the operator's maxima.
    ///
    /// # Errors
    /// Names the first field that is out of bounds.
    pub fn check(&self, maxima: &OperatorMaxima) -> Result<(), InvalidSettings> {
        let fields = [
            ("timeoutMs", self.timeout_ms, 1, maxima.timeout_ms),
            ("memoryLimitBytes", self.memory_limit_bytes, PAGE_BYTES, maxima.memory_bytes),
            ("outputLimitBytes", self.output_limit_bytes, 1, maxima.output_bytes),
            ("logLimitBytes", self.log_limit_bytes, 0, maxima.log_bytes),
            ("retentionDays", self.retention_days, 1, MAX_RETENTION_DAYS),
            ("recordPercent", self.record_percent, 0, 100),
            ("maxAttempts", self.max_attempts, 1, MAX_ATTEMPTS),
            ("retryBackoffMs", self.retry_backoff_ms, 0, MAX_BACKOFF_MS),
            ("asyncConcurrency", self.async_concurrency, 1, MAX_ASYNC_CONCURRENCY),
        ];
        for (field, given, least, most) in fields {
            if let Some(given) = given.filter(|given| !(least..=most).contains(given)) {
                return Err(InvalidSettings { field, given, least, most });
            }
        }
        Ok(())
    }

    /// How often and when a queued execution of the function is tried again.
    #[must_use]
    pub fn retry(&self) -> RetryPolicy {
        let defaults = RetryPolicy::default();
        RetryPolicy {
            max_attempts: self.max_attempts.and_then(|most| u32::try_from(most).ok()).unwrap_or(defaults.max_attempts),
            backoff_ms: self.retry_backoff_ms.unwrap_or(defaults.backoff_ms),
        }
    }

    /// The limits one execution runs under: these settings over `defaults`, never above `maxima`.
    #[must_use]
    pub fn limits(&self, defaults: &ExecutionLimits, maxima: &OperatorMaxima) -> ExecutionLimits {
        ExecutionLimits {
            memory_bytes: self.memory_limit_bytes.unwrap_or(defaults.memory_bytes).min(maxima.memory_bytes),
            timeout_ms: self.timeout_ms.unwrap_or(defaults.timeout_ms).min(maxima.timeout_ms),
            input_bytes: defaults.input_bytes,
            output_bytes: self.output_limit_bytes.unwrap_or(defaults.output_bytes).min(maxima.output_bytes),
            log_bytes: self.log_limit_bytes.unwrap_or(defaults.log_bytes).min(maxima.log_bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_override_defaults_within_the_maxima() {
        let settings = FunctionSettings { timeout_ms: Some(50), ..FunctionSettings::default() };
        let limits = settings.limits(&ExecutionLimits::default(), &OperatorMaxima::default());
        assert_eq!(limits.timeout_ms, 50);
        assert_eq!(limits.memory_bytes, ExecutionLimits::default().memory_bytes);
    }

    #[test]
    fn a_setting_above_the_maximum_is_named() {
        let settings = FunctionSettings { memory_limit_bytes: Some(1 << 40), ..FunctionSettings::default() };
        let refused = settings.check(&OperatorMaxima::default()).expect_err("1 TiB is above the maximum");
        assert_eq!(refused.field, "memoryLimitBytes");
    }
}
