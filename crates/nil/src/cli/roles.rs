//! Arguments of the roles. Every one can also come from the environment, as services are configured.

use std::{
    net::{Ipv4Addr, SocketAddr},
    num::NonZeroUsize,
    path::PathBuf,
};

use clap::Args;
use nil_core::Language;
use secrecy::SecretString;

use crate::logging::LogFormat;

/// Where a server listens unless it is told otherwise: reachable from this machine only.
const DEFAULT_LISTEN: &str = "127.0.0.1:8080";

/// `nil up`.
#[derive(Debug, Args)]
pub(crate) struct UpArgs {
    /// Directory for the database and everything else that must survive a restart
    /// [default: projectnil in the user's data directory; /var/lib/projectnil for root]
    #[arg(long, env = "NIL_HOME", value_name = "DIR")]
    pub(crate) home: Option<PathBuf>,

    /// Do not compile here; `nil compiler` does it elsewhere
    #[arg(long)]
    pub(crate) no_compiler: bool,

    /// Compilations at the same time [default: two, or one per core if there are fewer]
    #[arg(long, env = "NIL_COMPILER_WORKERS", value_name = "N")]
    pub(crate) workers: Option<NonZeroUsize>,

    /// Compile even where the sandbox does not isolate; only for trusted sources, and only while no server can be
    /// reached from other machines
    #[arg(long)]
    pub(crate) insecure_no_sandbox: bool,

    /// Directory of PostgreSQL's programs to use instead of the ones that are found
    #[arg(long, env = "NIL_PG_BIN", value_name = "DIR")]
    pub(crate) pg_bin: Option<PathBuf>,

    /// PostgreSQL to use instead of a private one
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, value_name = "URL")]
    pub(crate) database_url: Option<SecretString>,

    #[command(flatten)]
    pub(crate) serving: ServingArgs,

    #[command(flatten)]
    pub(crate) cache: CacheArgs,
}

/// `nil server`.
#[derive(Debug, Args)]
pub(crate) struct ServerArgs {
    #[command(flatten)]
    pub(crate) database: DatabaseArgs,

    #[command(flatten)]
    pub(crate) serving: ServingArgs,

    #[command(flatten)]
    pub(crate) cache: CacheArgs,
}

/// How to serve, the same for `nil up` and `nil server`.
#[derive(Debug, Args)]
pub(crate) struct ServingArgs {
    /// Address and port to listen on; anything but loopback needs a token
    #[arg(long, env = "NIL_LISTEN", default_value = DEFAULT_LISTEN, value_name = "HOST:PORT", value_parser = listen)]
    pub(crate) listen: SocketAddr,

    /// Bearer token that requests must carry, 16 characters or more
    #[arg(long, env = "NIL_TOKEN", hide_env_values = true, value_name = "TOKEN")]
    pub(crate) token: Option<SecretString>,

    /// Host name this server is reached by besides loopback; may be repeated
    #[arg(long = "allowed-host", env = "NIL_ALLOWED_HOSTS", value_delimiter = ',', value_name = "NAME")]
    pub(crate) allowed_hosts: Vec<String>,

    /// Executions at once, over all functions
    #[arg(long, env = "NIL_MAX_CONCURRENCY", default_value = "256", value_name = "N")]
    pub(crate) max_concurrency: NonZeroUsize,

    /// Executions at once of one function
    #[arg(long, env = "NIL_MAX_FUNCTION_CONCURRENCY", default_value = "64", value_name = "N")]
    pub(crate) max_function_concurrency: NonZeroUsize,

    /// Networks callbacks may reach although they are not public, such as 10.1.0.0/16; may be repeated
    #[arg(long = "allow-callbacks-to", env = "NIL_ALLOW_CALLBACKS_TO", value_delimiter = ',', value_name = "NETWORK")]
    pub(crate) allow_callbacks_to: Vec<String>,

    /// Schedules there may be, over all functions
    #[arg(long, env = "NIL_MAX_SCHEDULES", default_value = "1000", value_name = "N")]
    pub(crate) max_schedules: u32,

    /// Threads for executions that are not known to be short
    #[arg(long, env = "NIL_EXECUTION_THREADS", default_value = "32", value_name = "N")]
    pub(crate) execution_threads: NonZeroUsize,

    /// Time one execution may take unless its function says otherwise, in milliseconds
    #[arg(long, env = "NIL_TIMEOUT_MS", default_value = "10000", value_name = "MS", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) timeout_ms: u64,

    /// The most a function may set as its time, in milliseconds
    #[arg(long, env = "NIL_MAX_TIMEOUT_MS", default_value = "60000", value_name = "MS", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) max_timeout_ms: u64,

    /// Memory one execution may use unless its function says otherwise, in bytes
    #[arg(long, env = "NIL_MEMORY_LIMIT_BYTES", default_value = "134217728", value_name = "BYTES", value_parser = clap::value_parser!(u64).range(65_536..=4_294_967_296))]
    pub(crate) memory_limit_bytes: u64,

    /// The most a function may set as its memory, in bytes
    #[arg(long, env = "NIL_MAX_MEMORY_LIMIT_BYTES", default_value = "536870912", value_name = "BYTES", value_parser = clap::value_parser!(u64).range(65_536..=4_294_967_296))]
    pub(crate) max_memory_limit_bytes: u64,

    /// File with the keys that secrets are sealed with; servers of one database need the same one
    /// [default: secrets.key in the home of `nil up`; in the user's data directory, or /var/lib/projectnil for root]
    #[arg(long, env = "NIL_SECRETS_KEY_FILE", value_name = "FILE")]
    pub(crate) secrets_key_file: Option<PathBuf>,

    /// Keys in place of the file, in hexadecimal, the one that seals first
    #[arg(long, env = "NIL_SECRETS_KEY", hide_env_values = true, value_name = "KEYS", conflicts_with = "secrets_key_file")]
    pub(crate) secrets_key: Option<SecretString>,

    /// Days the record of executions is kept
    #[arg(long, env = "NIL_RETENTION_DAYS", default_value = "30", value_name = "DAYS", value_parser = clap::value_parser!(u64).range(1..=3_650))]
    pub(crate) retention_days: u64,

    /// How log lines look
    #[arg(long, env = "NIL_LOG_FORMAT", value_enum, default_value_t = LogFormat::Text, value_name = "FORMAT")]
    pub(crate) log_format: LogFormat,
}

/// `nil compiler`.
#[derive(Debug, Args)]
pub(crate) struct CompilerArgs {
    /// Languages to take jobs of, separated by commas [default: all]
    #[arg(long, env = "NIL_LANGUAGES", value_delimiter = ',', value_name = "LANGUAGES")]
    pub(crate) languages: Vec<Language>,

    /// Compilations at the same time, for each language [default: two, or one per core if there are fewer]
    #[arg(long, env = "NIL_COMPILER_WORKERS", value_name = "N")]
    pub(crate) workers: Option<NonZeroUsize>,

    /// Compile even where the sandbox does not isolate; only for trusted sources, and only while no server can be
    /// reached from other machines
    #[arg(long)]
    pub(crate) insecure_no_sandbox: bool,

    #[command(flatten)]
    pub(crate) database: DatabaseArgs,

    #[command(flatten)]
    pub(crate) cache: CacheArgs,

    /// How log lines look
    #[arg(long, env = "NIL_LOG_FORMAT", value_enum, default_value_t = LogFormat::Text, value_name = "FORMAT")]
    pub(crate) log_format: LogFormat,
}

/// `nil migrate`.
#[derive(Debug, Args)]
pub(crate) struct MigrateArgs {
    /// Let this PostgreSQL role work as a compiler service: the compilation queues and nothing else
    #[arg(long, value_name = "ROLE")]
    pub(crate) compiler_role: Option<String>,

    #[command(flatten)]
    pub(crate) database: DatabaseArgs,
}

/// The database of a role that has none of its own.
#[derive(Debug, Args)]
pub(crate) struct DatabaseArgs {
    /// PostgreSQL to use, such as postgres://user:password@host/database
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, value_name = "URL")]
    pub(crate) database_url: SecretString,
}

/// Where things are kept that can be fetched or made again.
#[derive(Debug, Args)]
pub(crate) struct CacheArgs {
    /// Directory for toolchains, compiled code and a portable PostgreSQL; safe to delete
    /// [default: projectnil in the user's cache directory; /var/cache/projectnil for root]
    #[arg(id = "cache", long = "cache", env = "NIL_CACHE", value_name = "DIR", global = true)]
    pub(crate) dir: Option<PathBuf>,
}

/// Only addresses, so that nobody listens somewhere because of what a name happens to resolve to.
fn listen(text: &str) -> Result<SocketAddr, String> {
    let port = |port: &str| port.parse().map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port))).ok();
    text.parse()
        .ok()
        .or_else(|| text.strip_prefix("localhost:").and_then(port))
        .ok_or_else(|| format!("use an address and a port, such as {DEFAULT_LISTEN}, 0.0.0.0:8080 or [::1]:8080"))
}
