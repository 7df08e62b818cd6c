//! Saved examples of a function: an input, the output it must give, and what became of it when it was run.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, value::RawValue};

use crate::label::ExampleName;

/// Examples of one function at the most.
pub const MAX_EXAMPLES: usize = 100;

/// The longest input and the longest output of an example, in bytes.
pub const MAX_EXAMPLE_BYTES: usize = 256 * 1024;

/// An input and the output it must give.
#[derive(Debug, Clone)]
pub struct Example {
    /// What it is called.
    pub name: ExampleName,
    /// What the function is given: a JSON object.
    pub input: Box<RawValue>,
    /// What it must return.
    pub output: Box<RawValue>,
}

/// What became of one example.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExampleResult {
    /// The example.
    pub name: ExampleName,
    /// Whether the function returned what it must.
    pub passed: bool,
    /// What the function was given; left out of one that passed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Value>)]
    pub input: Option<Box<RawValue>>,
    /// What it must return.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Value>)]
    pub expected: Option<Box<RawValue>>,
    /// What it returned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Value>)]
    pub output: Option<Box<RawValue>>,
    /// Why it returned nothing, or why what it returned is not shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_message: Option<String>,
}

/// What the gate said about a version: whether its function's examples passed when it was published.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct GateReport {
    /// Whether all passed. Otherwise the version did not go live by itself.
    pub passed: bool,
    /// When they were run.
    pub ran_at: DateTime<Utc>,
    /// What became of each, the failed ones first.
    pub examples: Vec<ExampleResult>,
}

/// Whether two JSON texts say the same: the order of keys and the way numbers are written do not matter.
#[must_use]
pub fn same_json(left: &str, right: &str) -> bool {
    let parse = |text| serde_json::from_str::<Value>(text).ok();
    match (parse(left), parse(right)) {
        (Some(left), Some(right)) => same_value(&left, &right),
        _ => false,
    }
}

fn same_value(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => {
            left == right || left.as_f64() == right.as_f64() && is_float(left, right)
        }
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same_value(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(key, value)| right.get(key).is_some_and(|other| same_value(value, other)))
        }
        (left, right) => left == right,
    }
}

/// Two integers are compared digit by digit, never as floating point.
fn is_float(left: &serde_json::Number, right: &serde_json::Number) -> bool {
    left.is_f64() || right.is_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writing_does_not_matter_and_values_do() {
        for (left, right) in [
            ("1", "1.0"),
            (r#"{"a":1,"b":[2]}"#, r#"{ "b": [2e0], "a": 1 }"#),
            ("null", " null"),
            (r#""\u0041""#, r#""A""#),
        ] {
            assert!(same_json(left, right), "{left} {right}");
        }
        for (left, right) in [
            ("1", "2"),
            ("9007199254740993", "9007199254740992"),
            ("[1]", "[1,1]"),
            (r#"{"a":1}"#, r#"{"b":1}"#),
            ("1", "\"1\""),
        ] {
            assert!(!same_json(left, right), "{left} {right}");
        }
    }
}
