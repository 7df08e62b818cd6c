//! From a parsed command to the file that carries it out.

use nil_client::{Client, ClientOptions};
use secrecy::ExposeSecret as _;

use super::{
    check, completions, cron, dead_letters, deploy, describe, doctor, environments, executions, invoke, later, list, logs,
    new, queue, rm, toolchain, version,
};
use crate::{
    cli::{Globals, UserCommand},
    failure::Failure,
    output::Output,
};

/// Runs one command until it is done or the person presses Ctrl-C.
///
/// # Errors
/// [`Failure`], which decides the exit code.
pub(crate) async fn run(command: UserCommand, globals: &Globals, output: &Output) -> Result<(), Failure> {
    tokio::select! {
        result = dispatch(command, globals, output) => result,
        Ok(()) = tokio::signal::ctrl_c() => Err(Failure::Interrupted),
    }
}

async fn dispatch(command: UserCommand, globals: &Globals, output: &Output) -> Result<(), Failure> {
    match command {
        UserCommand::New(args) => new::run(&args, output),
        UserCommand::Deploy(args) => deploy::run(&args, &client(globals)?, output).await,
        UserCommand::Check(args) => check::run(&args, &client(globals)?, output).await,
        UserCommand::Invoke(args) => invoke::run(args, &client(globals)?, output).await,
        UserCommand::Cancel(args) => later::cancel(&args, &client(globals)?, output).await,
        UserCommand::DeadLetters(args) => dead_letters::run(args, &client(globals)?, output).await,
        UserCommand::CallbackSecret(args) => later::callback_secret(&args, &client(globals)?, output).await,
        UserCommand::List => list::run(&client(globals)?, output).await,
        UserCommand::Describe(args) => describe::run(&args, &client(globals)?, output).await,
        UserCommand::Executions(args) => executions::run(&args, &client(globals)?, output).await,
        UserCommand::Logs(args) => logs::run(&args, &client(globals)?, output).await,
        UserCommand::Rm(args) => rm::run(&args, &client(globals)?, output).await,
        UserCommand::Cron(args) => cron::run(args, &client(globals)?, output).await,
        UserCommand::Env(args) => environments::env(args, &client(globals)?, output).await,
        UserCommand::Secrets(args) => environments::secrets(&args, &client(globals)?, output).await,
        UserCommand::Queue(args) => queue::run(&args, &client(globals)?, output).await,
        UserCommand::Doctor(args) => doctor::run(&args, &client(globals)?, output).await,
        UserCommand::Toolchain(args) => toolchain::run(&args, output).await,
        UserCommand::Completions(args) => completions::run(&args, output),
        UserCommand::Version => version::run(output),
    }
}

fn client(globals: &Globals) -> Result<Client, Failure> {
    // An empty NIL_TOKEN is how shells and service files say "none".
    let token = globals.token.clone().filter(|token| !token.expose_secret().is_empty());
    let options = ClientOptions { base_url: globals.url.clone(), token, ..ClientOptions::default() };
    Ok(Client::new(&options)?)
}
