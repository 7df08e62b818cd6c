//! `nil migrate`: bring a database up to date, and optionally let a role work as a compiler.

use anyhow::Context as _;
use nil_store::{ConnectOptions, Store};
use secrecy::ExposeSecret as _;

use crate::cli::MigrateArgs;

pub(crate) async fn run(args: MigrateArgs) -> anyhow::Result<()> {
    let store = Store::open(&ConnectOptions::new(args.database.database_url.expose_secret()))
        .context("the database URL cannot be read")?;
    store.migrate().await.context("failed to migrate")?;
    if let Some(role) = &args.compiler_role {
        store.grant_compiler_role(role).await.with_context(|| format!("failed to grant the queues to `{role}`"))?;
    }
    Ok(())
}
