//! `nil env` and `nil secrets`: what functions are configured with.

use std::{
    io::{self, IsTerminal as _, Read as _},
    path::PathBuf,
};

use chrono::Utc;
use nil_api::{Environment, PutEnvironment, RotateSecrets};
use nil_client::{Client, ClientError};
use nil_core::{EnvironmentName, FunctionRef, MAX_VARIABLE_BYTES, VariableName, escape_control};
use serde_json::json;

use crate::{
    cli::{Assignment, EnvAction, EnvArgs, SecretsAction, SecretsArgs},
    failure::Failure,
    output::{Output, Table, ago},
};

pub(super) async fn env(args: EnvArgs, client: &Client, output: &Output) -> Result<(), Failure> {
    match args.action {
        EnvAction::List { environment: None } => list(&client.environments().await?, output),
        EnvAction::List { environment: Some(name) } => show(&client.environment(&name).await?, output),
        EnvAction::Set { environment, variables } => set(&environment, variables, client, output).await,
        EnvAction::Secret { environment, name, from_file } => {
            secret(&environment, &name, from_file, client, output).await
        }
        EnvAction::Unset { environment, names } => unset(&environment, &names, client, output).await,
        EnvAction::Attach { function, environments } => attach(&function, &environments, client, output).await,
        EnvAction::Rm { environment } => {
            client.delete_environment(&environment).await?;
            done(&environment, &format!("removed {environment}"), output)
        }
    }
}

pub(super) async fn secrets(args: &SecretsArgs, client: &Client, output: &Output) -> Result<(), Failure> {
    let SecretsAction::Rotate { new_key } = args.action;
    let rotated = client.rotate_secrets(&RotateSecrets { new_key }).await?;
    output.note(&format!("sealed {} secrets anew; all are under the key {} now", rotated.resealed, rotated.key_id));
    if output.is_json() { output.json(&rotated) } else { Ok(()) }
}

fn list(environments: &[Environment], output: &Output) -> Result<(), Failure> {
    if output.is_json() {
        return output.json(&environments);
    }
    if environments.is_empty() {
        output.note("no environments yet");
        output.hint("`nil env set shared API_URL=https://api.example.com` makes one");
        return Ok(());
    }
    let now = Utc::now();
    let mut table = Table::new(&["NAME", "VARIABLES", "SECRETS", "UPDATED", "FUNCTIONS"]);
    for environment in environments {
        table.row([
            environment.name.to_string(),
            environment.variables.len().to_string(),
            environment.secrets.len().to_string(),
            ago(environment.updated_at, now),
            environment.functions.join(", "),
        ]);
    }
    output.data(&table.render(output.stdout().color))
}

fn show(environment: &Environment, output: &Output) -> Result<(), Failure> {
    if output.is_json() {
        return output.json(environment);
    }
    let mut table = Table::new(&["NAME", "KIND", "VALUE"]);
    for (name, value) in &environment.variables {
        table.row([name.clone(), "variable".to_owned(), escape_control(value)]);
    }
    for secret in &environment.secrets {
        table.row([secret.name.clone(), "secret".to_owned(), format!("set {}", ago(secret.updated_at, Utc::now()))]);
    }
    output.data(&table.render(output.stdout().color))
}

async fn set(
    environment: &EnvironmentName,
    variables: Vec<Assignment>,
    client: &Client,
    output: &Output,
) -> Result<(), Failure> {
    ensure(environment, client).await?;
    for Assignment { name, value } in variables {
        client.set_variable(environment, &name, value).await?;
        output.note(&format!("set {name} in {environment}"));
    }
    answer(environment, client, output).await
}

async fn secret(
    environment: &EnvironmentName,
    name: &VariableName,
    from_file: Option<PathBuf>,
    client: &Client,
    output: &Output,
) -> Result<(), Failure> {
    let value = tokio::task::spawn_blocking(move || read_secret(from_file)).await.map_err(io::Error::other).flatten();
    let value = value.map_err(|error| Failure::usage(format!("cannot read the secret: {error}"), "pipe it in, or --from-file"))?;
    ensure(environment, client).await?;
    client.set_secret(environment, name, value).await?;
    output.note(&format!("set the secret {name} in {environment}"));
    answer(environment, client, output).await
}

/// Never an argument: those are in the shell's history and in everybody's list of processes. One line feed at the end
/// belongs to the way it came, not to the secret.
fn read_secret(from_file: Option<PathBuf>) -> io::Result<String> {
    let mut text = String::new();
    match from_file {
        Some(path) => drop(std::fs::File::open(path)?.take(MAX_VARIABLE_BYTES as u64 + 2).read_to_string(&mut text)?),
        None if io::stdin().is_terminal() => text = rpassword::prompt_password("value (not shown): ")?,
        None => drop(io::stdin().take(MAX_VARIABLE_BYTES as u64 + 2).read_to_string(&mut text)?),
    }
    let value = text.strip_suffix('\n').unwrap_or(&text);
    Ok(value.strip_suffix('\r').unwrap_or(value).to_owned())
}

async fn unset(
    environment: &EnvironmentName,
    names: &[VariableName],
    client: &Client,
    output: &Output,
) -> Result<(), Failure> {
    for name in names {
        match client.remove_variable(environment, name).await {
            Err(ClientError::Problem { problem, .. }) if problem.status == 404 => {
                client.remove_secret(environment, name).await?;
            }
            other => other?,
        }
        output.note(&format!("removed {name} from {environment}"));
    }
    answer(environment, client, output).await
}

async fn attach(
    function: &FunctionRef,
    environments: &[EnvironmentName],
    client: &Client,
    output: &Output,
) -> Result<(), Failure> {
    let attached = client.attach_environments(function, environments).await?;
    match attached.environments.as_slice() {
        [] => output.note(&format!("{function} has no environment")),
        some => output.note(&format!("{function} has {}", some.join(", "))),
    }
    if output.is_json() { output.json(&attached) } else { Ok(()) }
}

/// Makes the environment if there is none.
async fn ensure(environment: &EnvironmentName, client: &Client) -> Result<(), Failure> {
    client.put_environment(environment, &PutEnvironment::default()).await?;
    Ok(())
}

async fn answer(environment: &EnvironmentName, client: &Client, output: &Output) -> Result<(), Failure> {
    if output.is_json() { output.json(&client.environment(environment).await?) } else { Ok(()) }
}

fn done(environment: &EnvironmentName, words: &str, output: &Output) -> Result<(), Failure> {
    output.note(words);
    if output.is_json() { output.json(&json!({ "name": environment })) } else { Ok(()) }
}
