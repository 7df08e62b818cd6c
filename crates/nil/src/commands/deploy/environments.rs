//! Brings environments onto the server, before the functions that have them.

use nil_api::PutEnvironment;
use nil_client::Client;
use nil_core::EnvironmentName;
use serde::Serialize;

use super::{store::Action, wish::Wishes};
use crate::{
    commands::project::{Planned, check_environments, plan_environments},
    failure::Failure,
    output::Output,
};

/// One environment as `-o json` prints it.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename = "environment", rename_all = "camelCase")]
pub(in crate::commands) struct DeployedEnvironment {
    name: EnvironmentName,
    pub(super) action: Action,
}

/// Stores every environment that differs. Secrets are neither read nor written.
///
/// # Errors
/// [`Failure::Local`] when functions would run without what they are to be configured with; then nothing was changed.
pub(in crate::commands) async fn deploy_environments(
    wishes: &Wishes,
    client: &Client,
    output: &Output,
) -> Result<Vec<DeployedEnvironment>, Failure> {
    let plans = plan_environments(client, wishes).await?;
    check_environments(&plans)?;
    let mut deployed = Vec::with_capacity(plans.len());
    for plan in plans {
        let (action, word) = match plan.action {
            Planned::Create => (Action::Created, "new"),
            Planned::Update => (Action::Updated, "changed"),
            Planned::Nothing | Planned::Missing => (Action::Unchanged, "unchanged"),
        };
        if action != Action::Unchanged {
            let variables = wishes.environments.iter().find(|wish| wish.name == plan.name);
            let variables = variables
                .and_then(|wish| wish.variables.as_ref())
                .map(|variables| variables.iter().map(|(name, value)| (name.to_string(), value.clone())).collect());
            client.put_environment(&plan.name, &PutEnvironment { variables }).await?;
            output.note(&format!("environment {}: {word}", plan.name));
        }
        deployed.push(DeployedEnvironment { name: plan.name, action });
    }
    Ok(deployed)
}
