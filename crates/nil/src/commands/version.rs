//! `nil version`: which build this is.

use serde_json::json;

use crate::{failure::Failure, output::Output};

pub(super) fn run(output: &Output) -> Result<(), Failure> {
    let version = env!("CARGO_PKG_VERSION");
    if output.is_json() { output.json(&json!({ "version": version })) } else { output.line(&format!("nil {version}")) }
}
