//! Bodies about saved examples. Inputs and outputs stay the JSON text they came as.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// `PUT /functions/{id}/examples/{name}`, and the values of `examples` of a function.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExampleBody {
    /// What the function is given: a JSON object; absent means `{}`.
    #[serde(default = "empty_object")]
    #[schema(value_type = Object, example = json!({"name": "Ada"}))]
    pub input: Box<RawValue>,
    /// What it must return.
    #[schema(value_type = Value, example = json!({"message": "Hello, Ada!"}))]
    pub output: Box<RawValue>,
}

/// An entry of `GET /functions/{id}/examples`, by name.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExampleEntry {
    /// What it is called.
    pub name: String,
    /// What the function is given.
    #[schema(value_type = Object)]
    pub input: Box<RawValue>,
    /// What it must return.
    #[schema(value_type = Value)]
    pub output: Box<RawValue>,
}

/// `POST /functions/{id}/examples/run`.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RunExamples {
    /// The version to run them against; absent means the live one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, example = json!(null))]
    pub version: Option<i32>,
}

fn empty_object() -> Box<RawValue> {
    // `{}` is JSON.
    RawValue::from_string("{}".to_owned()).unwrap_or_default()
}
