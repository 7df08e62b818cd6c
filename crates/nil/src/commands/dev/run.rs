//! The loop: deploy, wait for a change or a line, deploy what changed.

use std::{collections::HashMap, time::Duration};

use nil_client::{Client, ClientError};
use nil_core::FunctionName;

use super::{logs::Tail, watch::Watch};
use crate::{
    cli::DevArgs,
    commands::deploy::{self, Deployment, EnvironmentWish, Wish, Wishes},
    failure::Failure,
    output::Output,
};

/// How long one round waits for the compilers.
const PATIENCE: Duration = Duration::from_secs(300);

pub(in crate::commands) async fn run(args: &DevArgs, client: &Client, output: &Output) -> Result<(), Failure> {
    let mut watch = Watch::start(&args.files)?;
    // What does not load at the start will not load later without a change; a typo in the path never.
    let mut sent = Sent::default();
    let mut wishes = deploy::wishes_of(&args.files)?;
    let mut tail = (!args.no_logs).then(|| Tail::start(client.clone()));
    loop {
        let changed = sent.changed(wishes);
        if !changed.functions.is_empty() || !changed.environments.is_empty() {
            // Before it is deployed, so that its first call is shown.
            if let Some(tail) = &mut tail {
                tail.follow(changed.functions.iter().map(|wish| &wish.target.name)).await;
            }
            if round(&changed, client, output).await? {
                sent.remember(&changed);
            }
        }
        wishes = loop {
            tokio::select! {
                () = watch.changed() => match deploy::wishes_of(&args.files) {
                    Ok(wishes) => break wishes,
                    // Half an edit: the next save mends it.
                    Err(error) => output.error(&error.to_string()),
                },
                line = next(&mut tail) => output.say(&line),
            }
        };
    }
}

async fn next(tail: &mut Option<Tail>) -> String {
    match tail {
        Some(tail) => tail.next().await,
        None => std::future::pending().await,
    }
}

/// One deploy; whether anything was sent. What does not compile is shown and left for the next one, and so is what lacks
/// its secrets; a server that is gone ends it all.
async fn round(wishes: &Wishes, client: &Client, output: &Output) -> Result<bool, Failure> {
    let environments = match deploy::deploy_environments(wishes, client, output).await {
        Err(failure @ (Failure::Local { .. } | Failure::Client(ClientError::Problem { .. }))) => {
            output.error(&failure.to_string());
            if let Some(hint) = failure.hint() {
                output.hint(&hint);
            }
            return Ok(false);
        }
        deployed => deployed?,
    };
    let how = Deployment { patience: Some(PATIENCE), compare: true };
    let deployments = deploy::deploy_all(&wishes.functions, client, &how, output).await?;
    deploy::print_json(&environments, &deployments, output)?;
    if let Err(failure) = deploy::conclude(deployments, output) {
        output.error(&failure.to_string());
    }
    Ok(true)
}

/// What was sent last: functions by name, and all environments.
#[derive(Default)]
struct Sent {
    functions: HashMap<FunctionName, Vec<u8>>,
    environments: HashMap<String, String>,
}

impl Sent {
    fn changed(&self, wishes: Wishes) -> Wishes {
        let Wishes { mut environments, mut functions } = wishes;
        environments.retain(|wish| self.environments.get(&wish.name.key()) != Some(&environment_fingerprint(wish)));
        functions.retain(|wish| self.functions.get(&wish.target.name) != Some(&fingerprint(wish)));
        Wishes { environments, functions }
    }

    fn remember(&mut self, wishes: &Wishes) {
        self.functions.extend(wishes.functions.iter().map(|wish| (wish.target.name.clone(), fingerprint(wish))));
        let environments = wishes.environments.iter().map(|wish| (wish.name.key(), environment_fingerprint(wish)));
        self.environments.extend(environments);
    }
}

/// Equal where everything that is sent is.
fn fingerprint(wish: &Wish) -> Vec<u8> {
    let Wish { target, description, settings, examples, environments, schedules } = wish;
    let rest = format!("{description:?} {settings:?} {examples:?} {environments:?} {schedules:?}");
    [&target.digest()[..], rest.as_bytes()].concat()
}

fn environment_fingerprint(wish: &EnvironmentWish) -> String {
    format!("{wish:?}")
}
