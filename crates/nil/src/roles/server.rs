//! `nil server`: HTTP API, publisher and execution against a database that others run too.

use anyhow::Context as _;
use nil_server::{AllowedNetworks, App, SecretsKeys, ServerConfig};
use nil_store::{ConnectOptions, Store};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::{net::TcpListener, sync::oneshot};
use tokio_util::sync::CancellationToken;

use crate::{
    cli::{NATIVE_COMPILE, ServerArgs, ServingArgs},
    logging, open_files, paths, shutdown,
};

pub(crate) async fn run(args: ServerArgs) -> anyhow::Result<()> {
    let _reporting = logging::start_reporting(args.serving.log_format)?;
    open_files::allow_as_many_as_possible();
    let stop = shutdown::on_signal()?;
    let cache = paths::cache(args.cache.dir.as_deref())?;
    let mut config = config_of(&args.serving, &cache)?;
    if args.serving.secrets_key.is_none() && args.serving.secrets_key_file.is_none() {
        // What is in the cache may be deleted; a key must not.
        config.secrets_keys = SecretsKeys::File(paths::home(None)?.join(SECRETS_KEY));
    }
    let listener = bind(&args.serving).await?;
    let server = Server::build(args.database.database_url.expose_secret(), config).await?;
    tracing::info!(address = %listener.local_addr()?, "listening");
    server.run(listener, stop).await
}

/// A server that is built but does not listen yet.
pub(super) struct Server {
    app: App,
    store: Store,
    writer: oneshot::Receiver<()>,
}

impl Server {
    /// Migrates the database and builds the server's parts.
    pub(super) async fn build(database_url: &str, config: ServerConfig) -> anyhow::Result<Self> {
        let store =
            Store::open(&ConnectOptions { application_name: "nil server", ..ConnectOptions::new(database_url) })
                .context("the database URL cannot be read")?;
        store.migrate().await.context("failed to prepare the database")?;
        let (app, writer) = App::build(config, store.clone())?;
        Ok(Self { app, store, writer })
    }

    /// Serves until `stop`, drains, and writes what is left of the history.
    pub(super) async fn run(self, listener: TcpListener, stop: CancellationToken) -> anyhow::Result<()> {
        let drain = self.app.drain_deadline();
        nil_server::serve(self.app, listener, stop).await?;
        if tokio::time::timeout(drain, self.writer).await.is_err() {
            tracing::warn!("some executions could not be recorded before the end");
        }
        self.store.close().await;
        Ok(())
    }
}

/// The address first, so that a port in use is known before anything slow.
pub(super) async fn bind(args: &ServingArgs) -> anyhow::Result<TcpListener> {
    if !args.listen.ip().is_loopback() && args.token.is_none() {
        anyhow::bail!("refusing to listen on {} without a token: set NIL_TOKEN, or listen on 127.0.0.1", args.listen);
    }
    TcpListener::bind(args.listen)
        .await
        .with_context(|| format!("cannot listen on {}; choose another address with --listen", args.listen))
}

/// From arguments to settings; secrets and sizes are checked here, before anything starts.
pub(super) fn config_of(args: &ServingArgs, home: &std::path::Path) -> anyhow::Result<ServerConfig> {
    let mut config = ServerConfig::new(home);
    config.token = args.token.as_ref().map(checked_token).transpose()?;
    config.any_host = config.token.is_some() && args.allowed_hosts.is_empty();
    config.allowed_hosts.clone_from(&args.allowed_hosts);
    config.secrets_keys = match (&args.secrets_key, &args.secrets_key_file) {
        (Some(keys), _) => SecretsKeys::Given(keys.clone()),
        (None, Some(file)) => SecretsKeys::File(file.clone()),
        (None, None) => SecretsKeys::File(home.join(SECRETS_KEY)),
    };
    config.native_compiler = Some((paths::PROGRAM.into(), vec![NATIVE_COMPILE.into()]));
    config.max_concurrency = args.max_concurrency.get();
    config.max_function_concurrency = args.max_function_concurrency.get().min(args.max_concurrency.get());
    config.callback_networks = AllowedNetworks::new(args.allow_callbacks_to.iter().map(String::as_str))
        .context("NIL_ALLOW_CALLBACKS_TO cannot be used")?;
    config.max_schedules = i64::from(args.max_schedules);
    config.execution_threads = args.execution_threads.get();
    config.retention_days = args.retention_days;
    config.limits.timeout_ms = args.timeout_ms;
    config.limits.memory_bytes = args.memory_limit_bytes;
    config.maxima.timeout_ms = args.max_timeout_ms.max(args.timeout_ms);
    config.maxima.memory_bytes = args.max_memory_limit_bytes.max(args.memory_limit_bytes);
    Ok(config)
}

/// The file of the keys that secrets are sealed with.
const SECRETS_KEY: &str = "secrets.key";

/// Short tokens can be guessed over the network.
fn checked_token(token: &SecretString) -> anyhow::Result<SecretString> {
    const SHORTEST: usize = 16;
    if token.expose_secret().trim().len() < SHORTEST {
        anyhow::bail!("NIL_TOKEN is too short; use at least {SHORTEST} characters, such as `openssl rand -hex 32`");
    }
    Ok(token.clone())
}
