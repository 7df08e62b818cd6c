//! The product under measurement: a durable PostgreSQL of its own, a compiler service, and servers started on it.

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::Context as _;
use nil_api::{CreateFunction, UpdateFunction};
use nil_client::{Client, ClientOptions};
use nil_core::{FunctionRef, FunctionStatus};
use nil_postgres::{Binaries, Cluster, ClusterOptions, LocateOptions};
use nil_runtime::{CodeCacheConfig, LiveFunction, LoadRequest, PublishLimits, Runtime, RuntimeConfig};
use nil_server::ServerConfig;
use nil_store::{ConnectOptions, Store};

use crate::{
    child::{Running, free_address},
    context::Context,
    machine::{self, Core},
};

/// The first build on a machine also warms the compiler.
const BUILD_WITHIN: Duration = Duration::from_secs(60);

/// See the module. Everything is gone when it is dropped.
pub(crate) struct Product {
    // In this order: what uses the database goes before it.
    _compiler: Running,
    cluster: Cluster,
    home: PathBuf,
    program: PathBuf,
    logs: PathBuf,
}

impl Product {
    /// Starts PostgreSQL, as `nil up` would, in an empty directory, and a compiler service.
    pub(crate) fn start(context: &Context<'_>) -> anyhow::Result<Self> {
        let home = context.target.join("home");
        if home.exists() {
            std::fs::remove_dir_all(&home).with_context(|| format!("failed to clear {}", home.display()))?;
        }
        std::fs::create_dir_all(&home)?;
        let mut install = Command::new(&context.program);
        let installed = install
            .args(["toolchain", "install", "assemblyscript", "javascript", "typescript"])
            .env("NIL_CACHE", &context.local)
            .output()?;
        anyhow::ensure!(installed.status.success(), "{}", String::from_utf8_lossy(&installed.stderr).trim());
        let quiet = |_: &str| {};
        let dir = home.join("postgres");
        let pg_bin = std::env::var_os("NIL_PG_BIN").filter(|dir| !dir.is_empty()).map(PathBuf::from);
        let options = LocateOptions { pg_bin, cluster_dir: Some(dir.clone()), ..LocateOptions::new(&context.local) };
        let cluster = Cluster::start(&ClusterOptions::new(Binaries::locate(&options, &quiet)?, dir), &quiet)?;
        let mut migrate = Command::new(&context.program);
        let migrated = migrate.arg("migrate").env("DATABASE_URL", cluster.connection_url()).output()?;
        anyhow::ensure!(migrated.status.success(), "{}", String::from_utf8_lossy(&migrated.stderr).trim());
        let mut compiler = Command::new(&context.program);
        compiler.arg("compiler").env("DATABASE_URL", cluster.connection_url()).env("NIL_CACHE", &context.local);
        let compiler = Running::start_silent("compiler", compiler, &context.logs)?;
        Ok(Self { _compiler: compiler, cluster, home, program: context.program.clone(), logs: context.logs.clone() })
    }

    /// PostgreSQL's major version.
    pub(crate) fn postgres_major(&self) -> u32 {
        self.cluster.major()
    }

    /// The database of the functions.
    pub(crate) fn url(&self) -> String {
        self.cluster.connection_url()
    }

    /// Another database of the same cluster.
    pub(crate) fn database_url(&self, name: &str) -> String {
        self.cluster.database_url(name)
    }

    /// Where a server of the database `name` keeps native code.
    pub(crate) fn code_cache(&self, name: &str) -> CodeCacheConfig {
        let dir = self.home.join(name);
        CodeCacheConfig::new(dir.join("code"), dir.join("code.key"))
    }

    /// Starts a server on the product's database.
    pub(crate) fn serve(&self, core: Core) -> anyhow::Result<Running> {
        self.serve_database("product", &self.url(), core)
    }

    /// Starts a server on another database, with native code of its own.
    pub(crate) fn serve_database(&self, name: &str, url: &str, core: Core) -> anyhow::Result<Running> {
        let address = free_address()?;
        let mut command = machine::pinned(&self.program, core);
        command.arg("server").env("DATABASE_URL", url).env("NIL_CACHE", self.home.join(name));
        command.env("NIL_LISTEN", address.to_string()).env_remove("NIL_TOKEN");
        Running::start(&format!("nil-{name}"), command, address, &self.logs)
    }

    /// A store on the product's database.
    pub(crate) fn store(&self) -> anyhow::Result<Store> {
        Ok(Store::open(&ConnectOptions::new(self.url()))?)
    }

    /// The stored module of a deployed function, pre-initialised as servers load it.
    pub(crate) fn module(&self, context: &Context<'_>, name: &str) -> anyhow::Result<Module> {
        let store = self.store()?;
        context.tokio.block_on(async {
            let live = store.live_version(&name.parse()?).await?.with_context(|| format!("{name} is not ready"))?;
            let wasm = store.version_wasm(live.version_id).await?.with_context(|| format!("{name} has no module"))?;
            Ok(Module { wasm, wasm_digest: live.wasm_digest })
        })
    }
}

/// A published module.
#[derive(Debug, Clone)]
pub(crate) struct Module {
    pub(crate) wasm: Vec<u8>,
    pub(crate) wasm_digest: [u8; 32],
}

impl Module {
    /// Loads it the way servers do.
    pub(crate) fn load(&self, runtime: &Runtime) -> anyhow::Result<std::sync::Arc<LiveFunction>> {
        let limits = PublishLimits::default();
        let wasm = &mut || Ok(self.wasm.clone());
        Ok(runtime.load(&mut LoadRequest { wasm_digest: self.wasm_digest, wasm, limits: &limits })?)
    }
}

/// A runtime as a server with default settings has it, in this process.
pub(crate) fn runtime(code_cache: Option<CodeCacheConfig>) -> anyhow::Result<Runtime> {
    let config = ServerConfig::new(Path::new(""));
    let (slots, max_memory_bytes) = (u32::try_from(config.max_concurrency)?, config.maxima.memory_bytes);
    Ok(Runtime::new(RuntimeConfig { slots, max_memory_bytes, code_cache, ..RuntimeConfig::default() })?)
}

/// A client of a running server.
pub(crate) fn client(server: &Running) -> anyhow::Result<Client> {
    Ok(Client::new(&ClientOptions { base_url: server.url(""), ..ClientOptions::default() })?)
}

/// Creates a function or changes its source, and waits until it is ready. Answers the time that took, in
/// milliseconds, as a user sees it: from sending the source to the answer that says `READY`.
pub(crate) async fn deploy(client: &Client, name: &str, source: String) -> anyhow::Result<f64> {
    let function: FunctionRef = name.parse()?;
    let started = std::time::Instant::now();
    let change = UpdateFunction { source: Some(source.clone()), ..UpdateFunction::default() };
    if client.update(&function, &change).await.is_err() {
        let language = "assemblyscript".to_owned();
        let create = CreateFunction {
            name: name.to_owned(),
            description: None,
            language,
            source: Some(source),
            wasm_base64: None,
            files: None,
            settings: None,
            examples: None,
            environments: None,
        };
        client.create(&create).await.with_context(|| format!("failed to create {name}"))?;
    }
    let built = client.wait_until_built(&function, BUILD_WITHIN, |_| {}).await?;
    let elapsed_ms = started.elapsed().as_secs_f64() * 1e3;
    let error = built.compile_error.unwrap_or_default();
    anyhow::ensure!(built.status == FunctionStatus::Ready, "{name} is {}: {error}", built.status);
    Ok(elapsed_ms)
}
