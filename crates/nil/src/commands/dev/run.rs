//! The loop: deploy, wait for a change or a line, deploy what changed.

use std::{collections::HashMap, time::Duration};

use nil_client::Client;
use nil_core::FunctionName;

use super::{logs::Tail, watch::Watch};
use crate::{
    cli::DevArgs,
    commands::deploy::{self, Deployment, Wish},
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
    let mut tail = Tail::new(client.clone());
    loop {
        let changed = sent.changed(wishes);
        if !changed.is_empty() {
            // Before it is deployed, so that its first call is shown.
            tail.follow(changed.iter().map(|wish| &wish.target.name)).await;
            round(&changed, client, output).await?;
            sent.remember(&changed);
        }
        wishes = loop {
            tokio::select! {
                () = watch.changed() => match deploy::wishes_of(&args.files) {
                    Ok(wishes) => break wishes,
                    // Half an edit: the next save mends it.
                    Err(error) => output.error(&error.to_string()),
                },
                line = tail.next(), if !args.no_logs => output.say(&line),
            }
        };
    }
}

/// One deploy. What does not compile is shown and left for the next one; a server that is gone ends it all.
async fn round(wishes: &[Wish], client: &Client, output: &Output) -> Result<(), Failure> {
    let how = Deployment { patience: Some(PATIENCE), compare: true };
    let deployments = deploy::deploy_all(wishes, client, &how, output).await?;
    if output.is_json() {
        output.json(&deployments)?;
    }
    if let Err(failure) = deploy::conclude(deployments, output) {
        output.error(&failure.to_string());
    }
    Ok(())
}

/// What was sent last, by function.
#[derive(Default)]
struct Sent(HashMap<FunctionName, Vec<u8>>);

impl Sent {
    fn changed(&self, wishes: Vec<Wish>) -> Vec<Wish> {
        wishes.into_iter().filter(|wish| self.0.get(&wish.target.name) != Some(&fingerprint(wish))).collect()
    }

    fn remember(&mut self, wishes: &[Wish]) {
        self.0.extend(wishes.iter().map(|wish| (wish.target.name.clone(), fingerprint(wish))));
    }
}

/// Equal where everything that is sent is.
fn fingerprint(wish: &Wish) -> Vec<u8> {
    let rest = format!("{:?} {:?} {:?}", wish.description, wish.settings, wish.examples);
    [&wish.target.digest()[..], rest.as_bytes()].concat()
}
