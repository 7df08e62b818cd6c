//! `nil.toml`, as it is written.

use std::{collections::BTreeMap, fs, path::Path};

use nil_core::{FunctionName, FunctionSettings, Language};
use serde::Deserialize;
use serde_json::Value;

use super::{
    environment_spec::{Attached, Environments},
    schedule_spec::Schedules,
};
use crate::failure::Failure;

/// What the file is called.
pub(in crate::commands) const MANIFEST: &str = "nil.toml";

/// Everything a project says. Fields are spelled as the API spells them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Manifest {
    /// Environments by name.
    #[serde(default)]
    pub(super) environments: Environments,
    /// Functions by name.
    #[serde(default)]
    pub(super) functions: BTreeMap<String, FunctionSpec>,
}

/// One function.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct FunctionSpec {
    /// Its file or folder, relative to the manifest; absent means the one of its name.
    pub(super) source: Option<String>,
    /// Its language; absent means by the file's extension.
    pub(super) language: Option<Language>,
    /// What it is for; absent leaves what the server has.
    pub(super) description: Option<String>,
    /// Its settings, all of them: what is absent is the server's default.
    #[serde(default)]
    pub(super) settings: FunctionSettings,
    /// Its examples, all of them.
    #[serde(default)]
    pub(super) examples: BTreeMap<String, ExampleSpec>,
    /// What it is configured with, the later counting more.
    #[serde(default)]
    pub(super) environments: Attached,
    /// When it runs by itself.
    #[serde(default)]
    pub(super) schedules: Schedules,
}

/// An example. JSON text where TOML cannot say it, such as `null`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct ExampleSpec {
    input: Option<Value>,
    input_json: Option<String>,
    output: Option<Value>,
    output_json: Option<String>,
}

impl ExampleSpec {
    /// The input as JSON text.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn input(&self) -> Result<String, String> {
        one_of("input", self.input.as_ref(), self.input_json.as_deref())
            .map(|text| text.unwrap_or_else(|| "{}".to_owned()))
    }

    /// The output as JSON text.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn output(&self) -> Result<String, String> {
        one_of("output", self.output.as_ref(), self.output_json.as_deref())?
            .ok_or_else(|| "`output` is missing".to_owned())
    }
}

/// A value that is given as TOML or as JSON, as JSON text.
///
/// # Errors
/// What is wrong with it.
pub(super) fn one_of(field: &str, value: Option<&Value>, text: Option<&str>) -> Result<Option<String>, String> {
    match (value, text) {
        (Some(_), Some(_)) => Err(format!("`{field}` and `{field}Json` say the same thing; use one")),
        (Some(value), None) => Ok(Some(value.to_string())),
        (None, Some(text)) => match serde_json::from_str::<&serde_json::value::RawValue>(text) {
            Ok(_) => Ok(Some(text.trim().to_owned())),
            Err(error) => Err(format!("`{field}Json` is not JSON: {error}")),
        },
        (None, None) => Ok(None),
    }
}

/// Reads a manifest.
///
/// # Errors
/// [`Failure::Usage`] with the line that cannot be understood.
pub(super) fn read(path: &Path) -> Result<Manifest, Failure> {
    let shown = path.display();
    let text = fs::read_to_string(path)
        .map_err(|error| Failure::usage(format!("cannot read `{shown}`: {error}"), "check the path"))?;
    let manifest: Manifest = toml::from_str(&text).map_err(|error| {
        let message = error.message();
        let place = error.span().map_or(1, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
        Failure::usage(format!("`{shown}`, line {place}: {message}"), "docs/projects.md has every field")
    })?;
    if manifest.functions.is_empty() && manifest.environments.0.is_empty() {
        return Err(Failure::usage(format!("`{shown}` names no function"), "add `[functions.NAME]`"));
    }
    Ok(manifest)
}

/// A name that a table's key stands for.
///
/// # Errors
/// [`Failure::Usage`].
pub(super) fn name(key: &str) -> Result<FunctionName, Failure> {
    key.parse().map_err(|error| {
        Failure::usage(format!("{MANIFEST}: `{key}` cannot be a function's name: {error}"), "rename it")
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn examples_are_toml_or_json() {
        let manifest: Manifest = toml::from_str(
            "[functions.a]\nsettings = { timeoutMs = 5, gate = true }\n\
             [functions.a.examples.x]\ninput = { n = 1, at = [1.5, \"b\"] }\noutputJson = 'null'\n\
             [functions.a.examples.y]\noutput = 12\n",
        )
        .expect("it is a manifest");
        let examples = &manifest.functions["a"].examples;
        assert_eq!(
            examples["x"].input().map(|text| serde_json::from_str::<Value>(&text).ok()),
            Ok(Some(json!({ "n": 1, "at": [1.5, "b"] })))
        );
        assert_eq!(examples["x"].output(), Ok("null".to_owned()));
        assert_eq!((examples["y"].input(), examples["y"].output()), (Ok("{}".to_owned()), Ok("12".to_owned())));
        assert_eq!(manifest.functions["a"].settings.timeout_ms, Some(5));
        for wrong in ["[functions.a]\nsauce = 1", "[functions.a.settings]\ntimeout = 1", "[other]\na = 1"] {
            assert!(toml::from_str::<Manifest>(wrong).is_err(), "{wrong}");
        }
    }
}
