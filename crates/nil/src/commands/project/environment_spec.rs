//! `[environments.NAME]` and `environments` of `nil.toml`, as they are written.

use std::collections::{BTreeMap, BTreeSet};

use nil_core::{EnvironmentName, VariableName};
use serde::Deserialize;

use super::names::distinct;
use crate::commands::deploy::EnvironmentWish;

/// All environments of a project.
#[derive(Debug, Default, Deserialize)]
#[serde(try_from = "BTreeMap<EnvironmentName, EnvironmentSpec>")]
pub(super) struct Environments(pub(super) Vec<EnvironmentWish>);

impl TryFrom<BTreeMap<EnvironmentName, EnvironmentSpec>> for Environments {
    type Error = String;

    fn try_from(specs: BTreeMap<EnvironmentName, EnvironmentSpec>) -> Result<Self, String> {
        distinct(specs.keys(), EnvironmentName::key)?;
        let wish = |(name, EnvironmentSpec { variables, secrets }): (_, EnvironmentSpec)| EnvironmentWish {
            name,
            variables: variables.map(|variables| variables.0),
            secrets,
        };
        Ok(Self(specs.into_iter().map(wish).collect()))
    }
}

/// One environment.
#[derive(Debug, Deserialize)]
#[serde(try_from = "EnvironmentFields")]
pub(super) struct EnvironmentSpec {
    variables: Option<Variables>,
    secrets: BTreeSet<VariableName>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct EnvironmentFields {
    /// All its variables; absent leaves what the server has.
    variables: Option<Variables>,
    /// Names of secrets the server must have. There is no place for their values.
    #[serde(default)]
    secrets: BTreeSet<VariableName>,
}

impl TryFrom<EnvironmentFields> for EnvironmentSpec {
    type Error = String;

    fn try_from(fields: EnvironmentFields) -> Result<Self, String> {
        let EnvironmentFields { variables, secrets } = fields;
        if let Some(name) =
            variables.iter().flat_map(|variables| variables.0.keys()).find(|name| secrets.contains(name))
        {
            return Err(format!("`{name}` is a variable and a secret; use one"));
        }
        Ok(Self { variables, secrets })
    }
}

/// Variables with values a server takes.
#[derive(Debug, Deserialize)]
#[serde(try_from = "BTreeMap<VariableName, String>")]
struct Variables(BTreeMap<VariableName, String>);

impl TryFrom<BTreeMap<VariableName, String>> for Variables {
    type Error = String;

    fn try_from(variables: BTreeMap<VariableName, String>) -> Result<Self, String> {
        for (name, value) in &variables {
            name.check(value).map_err(|error| error.to_string())?;
        }
        Ok(Self(variables))
    }
}

/// The environments of a function; the later one counts.
#[derive(Debug, Default, Deserialize)]
#[serde(try_from = "Vec<EnvironmentName>")]
pub(super) struct Attached(pub(super) Vec<EnvironmentName>);

impl TryFrom<Vec<EnvironmentName>> for Attached {
    type Error = String;

    fn try_from(names: Vec<EnvironmentName>) -> Result<Self, String> {
        distinct(&names, EnvironmentName::key)?;
        Ok(Self(names))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Environments, String> {
        #[derive(Deserialize)]
        struct File {
            environments: Environments,
        }
        toml::from_str::<File>(text).map(|file| file.environments).map_err(|error| error.message().to_owned())
    }

    #[test]
    fn variables_have_values_and_secrets_have_none() {
        let Environments(all) = read(
            "[environments.base]\nvariables = { URL = \"https://example.com\", EMPTY = \"\" }\n\
             secrets = [\"TOKEN\"]\n[environments.Other]\n",
        )
        .expect("two environments");
        let [other, base] = all.as_slice() else { panic!("{all:?}") };
        assert_eq!((other.name.as_str(), &other.variables, other.secrets.len()), ("Other", &None, 0));
        let variables = base.variables.as_ref().expect("some");
        assert_eq!(variables.values().map(String::as_str).collect::<Vec<_>>(), ["", "https://example.com"]);
        assert!(base.secrets.iter().map(VariableName::as_str).eq(["TOKEN"]));
    }

    #[test]
    fn what_is_no_environment_says_why() {
        for (text, reason) in [
            ("[environments.a]\nvariables = { A = 1 }", "invalid type: integer `1`"),
            ("[environments.a]\nvariables = { 1A = \"\" }", "`1A` is no name of a variable"),
            ("[environments.a]\nvariables = { A = \"\\u0000\" }", "holds a NUL"),
            ("[environments.a]\nsecrets = { A = \"hush\" }", "invalid type: map"),
            ("[environments.a]\nvariables = { A = \"\" }\nsecrets = [\"A\"]", "`A` is a variable and a secret"),
            ("[environments.a]\nvars = {}", "unknown field `vars`"),
            ("[environments.\"a b\"]", "name may not hold ' '"),
            ("[environments.a]\n[environments.A]", "`a` is there twice"),
        ] {
            let error = read(text).map(drop).expect_err(text);
            assert!(error.contains(reason), "{text}: {error}");
        }
    }
}
