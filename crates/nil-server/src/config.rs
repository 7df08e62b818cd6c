//! What a server is told at start. Settings only: nothing here has a thread or a connection.

use std::{path::PathBuf, time::Duration};

use nil_core::{CompileLimits, ExecutionLimits, OperatorMaxima};
use secrecy::SecretString;

use crate::{callbacks::AllowedNetworks, secrets::SecretsKeys};

/// Settings of one server.
#[derive(Debug, Clone)]
pub struct ServerConfig {
    /// The bearer token every request must carry; `None` only on loopback.
    pub token: Option<SecretString>,
    /// Host names a browser may reach this server by. Empty: only loopback names are answered.
    pub allowed_hosts: Vec<String>,
    /// Whether any Host header is answered: a server that requires a token does not need the list.
    pub any_host: bool,
    /// Where native code is kept between starts.
    pub code_cache_dir: PathBuf,
    /// The key that authenticates native code; made on first use, never in the database.
    pub code_key_file: PathBuf,
    /// The program that compiles WebAssembly to native code in a process of its own, and its arguments.
    pub native_compiler: Option<(PathBuf, Vec<std::ffi::OsString>)>,
    /// The keys that secrets are sealed with; never in the database.
    pub secrets_keys: SecretsKeys,
    /// What an execution may use unless its function says otherwise.
    pub limits: ExecutionLimits,
    /// The most a function's settings may ask for.
    pub maxima: OperatorMaxima,
    /// What a compilation may use.
    pub compile_limits: CompileLimits,
    /// Executions at once over all functions.
    pub max_concurrency: usize,
    /// Executions at once of one function.
    pub max_function_concurrency: usize,
    /// Queued executions this server holds at once, over all functions.
    pub async_concurrency: usize,
    /// Networks that callbacks may reach although they are not public.
    pub callback_networks: AllowedNetworks,
    /// Schedules there may be, over all functions.
    pub max_schedules: i64,
    /// Threads for executions that are not known to be short.
    pub execution_threads: usize,
    /// How long a call may wait for its turn.
    pub admission_wait: Duration,
    /// Days executions are kept.
    pub retention_days: u64,
    /// How long a drain waits for requests in flight.
    pub drain: Duration,
}

impl ServerConfig {
    /// The defaults of the design, with native code kept under `home`.
    #[must_use]
    pub fn new(home: &std::path::Path) -> Self {
        Self {
            token: None,
            allowed_hosts: Vec::new(),
            any_host: false,
            code_cache_dir: home.join("code"),
            code_key_file: home.join("code.key"),
            native_compiler: None,
            secrets_keys: SecretsKeys::File(home.join("secrets.key")),
            limits: ExecutionLimits::default(),
            maxima: OperatorMaxima::default(),
            compile_limits: CompileLimits::default(),
            max_concurrency: 256,
            max_function_concurrency: 64,
            async_concurrency: 64,
            callback_networks: AllowedNetworks::default(),
            max_schedules: 1_000,
            execution_threads: 32,
            admission_wait: Duration::from_secs(2),
            retention_days: 30,
            drain: Duration::from_secs(10),
        }
    }
}
