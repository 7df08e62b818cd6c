//! `nil compiler`: takes compilation jobs. Its database role needs the compilation queues and nothing else.

use std::path::Path;

use anyhow::Context as _;
use nil_compiler::{CompilerService, PoolOptions, Sandbox, SandboxOptions, ServiceOptions, Toolchain, ToolchainState};
use nil_core::{AnnouncedState, AnnouncedToolchain, CompilerAnnouncement, CompilerId, CompilerState, Language};
use nil_store::{CompilationQueue, ConnectOptions, Store};
use secrecy::ExposeSecret as _;

use super::{announcer::announce, sandbox};
use crate::{cli::CompilerArgs, compilation_source::CompilationSource, failure::Failure, logging, paths, shutdown};

pub(crate) async fn run(args: CompilerArgs) -> anyhow::Result<()> {
    logging::start(args.log_format);
    let stop = shutdown::on_signal()?;
    let root = paths::toolchains(&paths::cache(args.cache.dir.as_deref())?);
    let found = find_toolchains(&args.languages, &root).await?;
    let sandbox = Sandbox::new(SandboxOptions::default())?;
    let options = ConnectOptions {
        // Each language listens for its jobs on a connection it keeps; beside them one to lease and report, one to
        // announce, one to listen for servers, one to spare. With fewer, jobs are found by looking every two seconds.
        max_connections: 4 + u32::try_from(found.len()).unwrap_or(0),
        application_name: "nil compiler",
        ..ConnectOptions::new(args.database.database_url.expose_secret())
    };
    let store = Store::open(&options).context("the database URL cannot be read")?;
    let permission = sandbox::permission(&sandbox, args.insecure_no_sandbox, &store).await?;
    let announcement = announcement(&found, permission.problems());
    // Whoever has to stop by himself stops the rest.
    let stop = stop.child_token();
    let announcing = announce(CompilationQueue::new(store.clone()), announcement.clone(), stop.clone());
    if announcement.state == CompilerState::Refusing {
        // It stays, so that servers can tell why nothing is compiled.
        announcing.await;
        return Ok(());
    }
    let guarding = sandbox::guard(permission, CompilationQueue::new(store.clone()), stop.clone());
    let mut pool = PoolOptions::default();
    if let Some(workers) = args.workers {
        pool.workers = workers.get();
    }
    let toolchains = start_toolchains(&found, &sandbox, &pool).await?;
    let source = CompilationSource::new(store);
    let compiling = CompilerService::new(source, toolchains, ServiceOptions::default()).run(stop);
    let (drained, (), guarded) = tokio::join!(compiling, announcing, guarding);
    tracing::info!(finished = drained.finished, released = drained.released, "stopped");
    guarded
}

/// The toolchains of the languages that were asked for, all of which must be there; of every language, if none was.
async fn find_toolchains(asked: &[Language], root: &Path) -> anyhow::Result<Vec<(Language, ToolchainState)>> {
    let languages = if asked.is_empty() { Language::compiled().collect() } else { asked.to_vec() };
    let mut found = Vec::with_capacity(languages.len());
    for language in languages {
        let state = nil_compiler::check(language, root).await;
        let (problem, hint) = match &state {
            ToolchainState::Installed(_) => (None, None),
            ToolchainState::Missing { hint } => {
                (Some(format!("the {language} toolchain is not installed")), Some(hint))
            }
            ToolchainState::Broken { why, hint } => {
                (Some(format!("the {language} toolchain is broken: {why}")), Some(hint))
            }
        };
        if let (Some(problem), Some(hint)) = (problem, hint) {
            if !asked.is_empty() {
                return Err(Failure::local_with_hint(problem, hint).into());
            }
            // What nobody installed is no surprise, unless it should have come by itself.
            if nil_compiler::comes_by_itself(language) || matches!(state, ToolchainState::Broken { .. }) {
                tracing::warn!(hint, "{problem}; its functions are not compiled here");
            } else {
                tracing::info!(hint, "{problem}; its functions are not compiled here");
            }
        }
        found.push((language, state));
    }
    Ok(found)
}

async fn start_toolchains(
    found: &[(Language, ToolchainState)],
    sandbox: &Sandbox,
    pool: &PoolOptions,
) -> anyhow::Result<Vec<std::sync::Arc<dyn Toolchain>>> {
    let mut toolchains = Vec::with_capacity(found.len());
    for (language, state) in found {
        let ToolchainState::Installed(installation) = state else { continue };
        tracing::info!(%language, version = installation.version, "starting the toolchain");
        toolchains.push(nil_compiler::start(installation, sandbox, pool.clone()).await?);
    }
    Ok(toolchains)
}

/// What this compiler says about itself: that it serves what it has, unless there are `problems`.
fn announcement(found: &[(Language, ToolchainState)], problems: Vec<String>) -> CompilerAnnouncement {
    let toolchain = |(language, state): &(Language, ToolchainState)| match state {
        ToolchainState::Installed(installation) => AnnouncedToolchain {
            language: *language,
            state: AnnouncedState::Installed,
            version: Some(installation.version.clone()),
            digest: Some(installation.digest.clone()),
            hint: None,
        },
        ToolchainState::Missing { hint } => absent(*language, hint.clone()),
        ToolchainState::Broken { why, hint } => absent(*language, format!("{why}; {hint}")),
    };
    CompilerAnnouncement {
        id: CompilerId::generate(),
        host: host_name(),
        state: if problems.is_empty() { CompilerState::Serving } else { CompilerState::Refusing },
        problems,
        toolchains: found.iter().map(toolchain).collect(),
    }
}

fn absent(language: Language, hint: String) -> AnnouncedToolchain {
    AnnouncedToolchain { language, state: AnnouncedState::Absent, version: None, digest: None, hint: Some(hint) }
}

/// What the kernel calls this machine or container; only people read it.
fn host_name() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let name = name.trim();
    if name.is_empty() { "an unnamed machine".to_owned() } else { name.to_owned() }
}
