//! Runs all checks and prints them, one a line.

use nil_client::Client;
use serde_json::json;

use super::{check::Check, machine, server};
use crate::{
    cli::CacheArgs,
    failure::Failure,
    output::{Output, Progress},
};

pub(in crate::commands) async fn run(args: &CacheArgs, client: &Client, output: &Output) -> Result<(), Failure> {
    let progress = Progress::start(output, "asking the server");
    let mut checks = server::checks(client).await;
    progress.say("looking at this machine");
    checks.extend(machine::checks(args.dir.as_deref()).await);
    drop(progress);

    let failed = checks.iter().filter(|check| check.has_failed()).count();
    if output.is_json() {
        output.json(&json!({ "ok": failed == 0, "checks": checks }))?;
    } else {
        let width = Check::name_width(&checks);
        for check in &checks {
            output.line(&check.line(width, output.stdout().color))?;
        }
    }
    match failed {
        0 => Ok(()),
        failed => Err(Failure::local(format!("checks failed: {failed} of {}", checks.len()))),
    }
}
