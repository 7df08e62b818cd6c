//! `nil up`: everything in one process tree on a laptop: private PostgreSQL, server and compiler service.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Context as _;
use nil_compiler::ToolchainState;
use nil_core::Language;
use nil_postgres::{Binaries, Cluster, ClusterOptions, LocateOptions};
use secrecy::ExposeSecret as _;
use tokio_util::sync::CancellationToken;

use super::{
    child::CompilerChild,
    home_lock::HomeLock,
    sandbox,
    server::{Server, bind, config_of},
};
use crate::{cli::UpArgs, logging, open_files, output::Steps, paths, shutdown};

pub(crate) async fn run(args: UpArgs) -> anyhow::Result<()> {
    let _reporting = logging::start_reporting(args.serving.log_format)?;
    open_files::allow_as_many_as_possible();
    let stop = shutdown::on_signal()?;
    if args.insecure_no_sandbox && !args.serving.listen.ip().is_loopback() {
        return Err(sandbox::refuse_insecure("this server listens beyond loopback").into());
    }
    let home = paths::home(args.home.as_deref())?;
    let cache = paths::cache(args.cache.dir.as_deref())?;
    std::fs::create_dir_all(&home).with_context(|| format!("cannot create {}", home.display()))?;
    let _lock = HomeLock::take(&home, &format!("http://{}", args.serving.listen))?;
    let listener = bind(&args.serving).await?;
    let config = config_of(&args.serving, &home)?;
    let steps = Steps::start();

    let database = Database::start(&args, &home, &cache, &steps).await?;
    if !args.no_compiler {
        install_toolchains(&cache, &steps).await?;
    }
    steps.say("preparing the database");
    let server = Server::build(&database.url, config).await?;
    let url = format!("http://{}", listener.local_addr()?);
    steps.finish();
    greet(&url, &home, args.serving.token.is_some());

    let compiler = CompilerChild {
        database_url: &database.url,
        cache: &cache,
        workers: args.workers.map(std::num::NonZeroUsize::get),
        log_format: args.serving.log_format.as_str(),
        insecure_no_sandbox: args.insecure_no_sandbox,
    };
    // The compiler ends when the server does, however it ends.
    let stop_compiler = CancellationToken::new();
    let serving = async {
        let served = server.run(listener, stop).await;
        stop_compiler.cancel();
        served
    };
    let compiling = async { if args.no_compiler { Ok(()) } else { compiler.supervise(&stop_compiler).await } };
    let (served, compiled) = tokio::join!(serving, compiling);
    database.stop().await;
    served.and(compiled)
}

/// The database of this home.
struct Database {
    url: String,
    /// Absent when `DATABASE_URL` names somebody else's.
    cluster: Option<Arc<Cluster>>,
}

impl Database {
    async fn start(args: &UpArgs, home: &Path, cache: &Path, steps: &Steps) -> anyhow::Result<Self> {
        if let Some(url) = &args.database_url {
            return Ok(Self { url: url.expose_secret().to_owned(), cluster: None });
        }
        let dir: PathBuf = home.join("postgres");
        let locate =
            LocateOptions { pg_bin: args.pg_bin.clone(), cluster_dir: Some(dir.clone()), ..LocateOptions::new(cache) };
        let reporter = steps.reporter();
        let cluster = tokio::task::spawn_blocking(move || -> anyhow::Result<Cluster> {
            let say = |message: &str| reporter.say(message);
            let binaries = Binaries::locate(&locate, &say).context("failed to find PostgreSQL")?;
            say(&format!("starting PostgreSQL {}", binaries.version));
            Cluster::start(&ClusterOptions::new(binaries, dir), &say).context("failed to start PostgreSQL")
        })
        .await??;
        Ok(Self { url: cluster.connection_url(), cluster: Some(Arc::new(cluster)) })
    }

    async fn stop(self) {
        let Some(cluster) = self.cluster else { return };
        if let Err(error) = tokio::task::spawn_blocking(move || cluster.stop()).await {
            tracing::warn!(%error, "PostgreSQL may still be running");
        }
    }
}

async fn install_toolchains(cache: &Path, steps: &Steps) -> anyhow::Result<()> {
    let root = paths::toolchains(cache);
    for language in Language::compiled().filter(|language| nil_compiler::comes_by_itself(*language)) {
        if matches!(nil_compiler::check(language, &root).await, ToolchainState::Installed(_)) {
            continue;
        }
        let reporter = steps.reporter();
        nil_compiler::install(language, &root, &move |step| {
            reporter.say(&format!("installing the {language} toolchain: {step}"));
        })
        .await
        .with_context(|| format!("failed to install the {language} toolchain"))?;
    }
    Ok(())
}

/// What a person needs to know next, once.
#[expect(clippy::print_stdout, reason = "the address is this command's result")]
fn greet(url: &str, home: &Path, with_token: bool) {
    // What to paste depends on where it listens and how it was started.
    let target = if url.ends_with("127.0.0.1:8080") { String::new() } else { format!("export NIL_URL={url}; ") };
    let token = if with_token { "\n  requests need    authorization: Bearer $NIL_TOKEN" } else { "" };
    println!(
        "ProjectNIL is up.\n\n  console          {url}/console\n  address          {url}\n  API, browsable   {url}/docs\n  data             {}{token}\n\n\
         Try:  {target}nil new greeting && nil deploy greeting && nil invoke greeting '{{\"name\": \"Ada\"}}'\n\
         Stop: Ctrl-C",
        home.display()
    );
}
