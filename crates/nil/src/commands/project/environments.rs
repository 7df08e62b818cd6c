//! What a deploy would change of environments, and what keeps it from being one.

use std::collections::BTreeMap;

use nil_api::{Environment, ProblemKind};
use nil_client::{Client, ClientError};
use nil_core::{EnvironmentName, SettingDiff, VariableName};
use serde::Serialize;
use serde_json::Value;

use super::plan::Planned;
use crate::{
    commands::deploy::{EnvironmentWish, Wishes},
    failure::Failure,
};

/// What would become of one environment.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename = "environment", rename_all = "camelCase")]
pub(in crate::commands) struct EnvironmentPlan {
    /// The environment.
    pub(in crate::commands) name: EnvironmentName,
    /// What would be done.
    pub(in crate::commands) action: Planned,
    /// Variables that differ: null where there is none.
    pub(in crate::commands) variables: Vec<SettingDiff>,
    /// Secrets the file names and the server does not have.
    pub(in crate::commands) missing_secrets: Vec<VariableName>,
    /// Variables of the file that are secrets on the server. They stay secrets.
    pub(in crate::commands) secret_variables: Vec<VariableName>,
}

/// Compares the environments with what the server has. Nothing is changed.
///
/// # Errors
/// [`ClientError`].
pub(in crate::commands) async fn plan_environments(
    client: &Client,
    wishes: &Wishes,
) -> Result<Vec<EnvironmentPlan>, ClientError> {
    let mut plans = Vec::new();
    for wish in &wishes.environments {
        plans.push(plan(wish, look(client, &wish.name).await?.as_ref()));
    }
    let attached = wishes.functions.iter().flat_map(|function| function.environments.iter().flatten());
    let elsewhere: BTreeMap<_, _> = attached.map(|name| (name.key(), name)).collect();
    for (key, name) in elsewhere {
        let said = wishes.environments.iter().any(|wish| wish.name.key() == key);
        if !said && look(client, name).await?.is_none() {
            plans.push(EnvironmentPlan {
                name: name.clone(),
                action: Planned::Missing,
                variables: Vec::new(),
                missing_secrets: Vec::new(),
                secret_variables: Vec::new(),
            });
        }
    }
    Ok(plans)
}

async fn look(client: &Client, name: &EnvironmentName) -> Result<Option<Environment>, ClientError> {
    match client.environment(name).await {
        Ok(environment) => Ok(Some(environment)),
        Err(error) if error.problem_kind() == Some(ProblemKind::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

fn plan(wish: &EnvironmentWish, before: Option<&Environment>) -> EnvironmentPlan {
    let secret = |name: &VariableName| {
        before.is_some_and(|before| before.secrets.iter().any(|secret| secret.name == name.as_str()))
    };
    let wanted = wish.variables.as_ref();
    let variables = wanted.map_or_else(Vec::new, |wanted| differences(wanted, before));
    let action = match before {
        None => Planned::Create,
        Some(_) if variables.is_empty() => Planned::Nothing,
        Some(_) => Planned::Update,
    };
    EnvironmentPlan {
        name: wish.name.clone(),
        action,
        variables,
        missing_secrets: wish.secrets.iter().filter(|name| !secret(name)).cloned().collect(),
        secret_variables: wanted.into_iter().flat_map(BTreeMap::keys).filter(|name| secret(name)).cloned().collect(),
    }
}

fn differences(wanted: &BTreeMap<VariableName, String>, before: Option<&Environment>) -> Vec<SettingDiff> {
    let there = before.map(|before| &before.variables);
    let mut names: Vec<&str> = wanted.keys().map(VariableName::as_str).collect();
    names.extend(there.into_iter().flat_map(BTreeMap::keys).map(String::as_str));
    names.sort_unstable();
    names.dedup();
    let value = |value: Option<&String>| value.map_or(Value::Null, |value| Value::from(value.as_str()));
    let wanted: BTreeMap<&str, &String> = wanted.iter().map(|(name, value)| (name.as_str(), value)).collect();
    let pairs = names.into_iter().map(|name| SettingDiff {
        name: name.to_owned(),
        from: value(there.and_then(|there| there.get(name))),
        to: value(wanted.get(name).copied()),
    });
    pairs.filter(|pair| pair.from != pair.to).collect()
}

/// Refuses to deploy what would not run: each reason with what to do about it.
///
/// # Errors
/// [`Failure::Local`].
pub(in crate::commands) fn check_environments(plans: &[EnvironmentPlan]) -> Result<(), Failure> {
    let (mut reasons, mut hints) = (Vec::new(), Vec::new());
    for plan in plans {
        let name = &plan.name;
        if plan.action == Planned::Missing {
            reasons.push(format!("there is no environment `{name}`"));
            hints.push(format!("nil env set {name} NAME=VALUE   # or add [environments.{name}] to the file"));
        }
        for secret in &plan.missing_secrets {
            reasons.push(format!("`{name}` has no secret `{secret}`"));
            hints.push(format!("nil env secret {name} {secret}"));
        }
        for variable in &plan.secret_variables {
            reasons.push(format!("`{variable}` of `{name}` is a secret on the server, and stays one"));
            hints.push(format!("nil env unset {name} {variable}   # or name it in `secrets`"));
        }
    }
    if reasons.is_empty() {
        return Ok(());
    }
    let message = format!("nothing was deployed: {}", reasons.join("; "));
    Err(Failure::local_with_hint(message, hints.join("\n      ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(variables: Option<&[(&str, &str)]>, secrets: &[&str]) -> EnvironmentWish {
        let name = |text: &str| text.parse::<VariableName>().expect("a name");
        EnvironmentWish {
            name: "base".parse().expect("a name"),
            variables: variables.map(|all| all.iter().map(|(key, value)| (name(key), (*value).to_owned())).collect()),
            secrets: secrets.iter().map(|secret| name(secret)).collect(),
        }
    }

    fn there() -> Environment {
        serde_json::from_value(serde_json::json!({
            "name": "Base", "variables": { "KEPT": "1", "OLD": "2" }, "functions": [],
            "secrets": [{ "name": "TOKEN", "updatedAt": "2020-01-02T03:04:05Z" }],
            "createdAt": "2020-01-02T03:04:05Z", "updatedAt": "2020-01-02T03:04:05Z",
        }))
        .expect("an environment")
    }

    fn shown(plan: &EnvironmentPlan) -> Vec<String> {
        plan.variables.iter().map(|pair| format!("{} {} {}", pair.name, pair.from, pair.to)).collect()
    }

    #[test]
    fn variables_are_all_there_are_and_secrets_stay() {
        let new = plan(&wish(Some(&[("A", "1")]), &[]), None);
        assert_eq!((new.action, shown(&new)), (Planned::Create, vec!["A null \"1\"".to_owned()]));
        let same = plan(&wish(Some(&[("KEPT", "1"), ("OLD", "2")]), &["TOKEN"]), Some(&there()));
        assert_eq!((same.action, shown(&same)), (Planned::Nothing, Vec::new()));
        assert!(check_environments(&[same]).is_ok());
        let unsaid = plan(&wish(None, &[]), Some(&there()));
        assert_eq!((unsaid.action, shown(&unsaid)), (Planned::Nothing, Vec::new()));
        let changed = plan(&wish(Some(&[("KEPT", "3"), ("NEW", "")]), &[]), Some(&there()));
        let expected = ["KEPT \"1\" \"3\"", "NEW null \"\"", "OLD \"2\" null"];
        assert_eq!((changed.action, shown(&changed)), (Planned::Update, expected.map(str::to_owned).to_vec()));
    }

    #[test]
    fn what_cannot_be_deployed_says_what_to_do() {
        let plans = [
            plan(&wish(None, &["TOKEN", "OTHER", "OLD"]), Some(&there())),
            plan(&wish(Some(&[("TOKEN", "plain")]), &[]), Some(&there())),
            EnvironmentPlan { action: Planned::Missing, ..plan(&wish(None, &[]), None) },
        ];
        let failure = check_environments(&plans).expect_err("three reasons");
        assert_eq!(
            failure.to_string(),
            "nothing was deployed: `base` has no secret `OLD`; `base` has no secret `OTHER`; `TOKEN` of `base` is a \
             secret on the server, and stays one; there is no environment `base`"
        );
        let hint = failure.hint().expect("a hint");
        assert!(
            hint.starts_with(
                "nil env secret base OLD\n      nil env secret base OTHER\n      nil env unset base TOKEN"
            )
        );
    }
}
