//! `nil compiler`: takes compilation jobs. Its database role needs the compilation queues and nothing else.

use anyhow::Context as _;
use nil_compiler::{CompilerService, PoolOptions, Sandbox, SandboxOptions, ServiceOptions, ToolchainState};
use nil_core::Language;
use nil_store::{ConnectOptions, Store};
use secrecy::ExposeSecret as _;

use crate::{cli::CompilerArgs, compilation_source::CompilationSource, failure::Failure, logging, paths, shutdown};

pub(crate) async fn run(args: CompilerArgs) -> anyhow::Result<()> {
    logging::start(args.log_format);
    let stop = shutdown::on_signal()?;
    let root = paths::toolchains(&paths::cache(args.cache.dir.as_deref())?);
    // Who names languages wants exactly those; everybody else wants what is there.
    let named = !args.languages.is_empty();
    let languages = if named { args.languages } else { Language::ALL.to_vec() };
    let sandbox = Sandbox::new(SandboxOptions::default())?;
    let mut pool = PoolOptions::default();
    if let Some(workers) = args.workers {
        pool.workers = workers.get();
    }
    let mut toolchains = Vec::with_capacity(languages.len());
    for language in languages {
        let installation = match nil_compiler::check(language, &root).await {
            ToolchainState::Installed(installation) => installation,
            ToolchainState::Missing { hint } if !named => {
                tracing::warn!(%language, hint, "the toolchain is not installed; no jobs of this language are taken");
                continue;
            }
            ToolchainState::Missing { hint } => {
                return Err(Failure::local_with_hint(format!("the {language} toolchain is not installed"), hint).into());
            }
            ToolchainState::Broken { why, hint } => {
                return Err(Failure::local_with_hint(format!("the {language} toolchain is broken: {why}"), hint).into());
            }
        };
        let identity = sandbox.identity_for(&[&installation.dir]);
        tracing::info!(%language, version = installation.version, %identity, "starting the toolchain");
        toolchains.push(nil_compiler::start(&installation, &sandbox, pool.clone()).await?);
    }
    if toolchains.is_empty() {
        return Err(Failure::local_with_hint("no toolchain is installed", "run `nil toolchain install`").into());
    }
    let options = ConnectOptions {
        // One held connection for the queue, one to listen, one to spare.
        max_connections: 3,
        application_name: "nil compiler",
        ..ConnectOptions::new(args.database.database_url.expose_secret())
    };
    let store = Store::open(&options).context("the database URL cannot be read")?;
    let source = CompilationSource::new(store);
    let drained = CompilerService::new(source, toolchains, ServiceOptions::default()).run(stop).await;
    tracing::info!(finished = drained.finished, released = drained.released, "stopped");
    Ok(())
}
