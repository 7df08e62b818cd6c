//! The one object a server holds: engines, ticker, linkers, code cache.

use std::{fmt, sync::Arc};

use wasmtime::{Engine, Linker};

use crate::{
    CacheError, Capacity, CodeCacheStats, NativeCompiler, RuntimeConfig, StartError,
    code_cache::{CodeCache, EntryKey},
    engine::{self, COMPACT_MEMORY_BYTES, Codegen, Purpose, ServingEngines},
    epoch::Ticker,
    host::{self, HostState},
    shared::SharedRuntimes,
};

/// Publishes, loads and executes functions. Clones share everything.
#[derive(Clone)]
pub struct Runtime(Arc<Inner>);

struct Inner {
    config: RuntimeConfig,
    engines: ServingEngines,
    codegen: Codegen,
    capacity: Capacity,
    compact_linker: Linker<HostState>,
    roomy_linker: Linker<HostState>,
    initialize_engine: Engine,
    initialize_linker: Linker<HostState>,
    ticker: Ticker,
    code_cache: Option<CodeCache>,
    shared: SharedRuntimes,
}

impl Runtime {
    /// Reserves the sandboxes' address space, starts the epoch thread and opens the code cache.
    ///
    /// # Errors
    /// When the machine lacks what is needed; the message says what to change.
    pub fn new(config: RuntimeConfig) -> Result<Self, StartError> {
        let engine_error = |source| StartError::Engine { source };
        let (engines, codegen, capacity) = engine::pooled(&config)?;
        let initialize = Codegen { purpose: Purpose::Initialize, ..codegen };
        let initialize_engine = engine::on_demand(initialize).map_err(engine_error)?;
        let code_cache = config.code_cache.as_ref().map(CodeCache::open).transpose()?;
        let link = |engine| host::link(engine, &config.clock, &config.random).map_err(engine_error);
        let (compact_linker, roomy_linker) = (link(&engines.compact)?, link(&engines.roomy)?);
        let initialize_linker = host::link_for_initialization(&initialize_engine).map_err(engine_error)?;
        let shared = SharedRuntimes::new(
            config.shared_runtimes.clone(),
            &initialize_engine,
            &engines.roomy,
            &config.clock,
            &config.random,
        )
        .map_err(engine_error)?;
        let ticked = vec![engines.compact.clone(), engines.roomy.clone(), initialize_engine.clone()];
        let ticker = Ticker::start(ticked).map_err(StartError::Ticker)?;
        Ok(Self(Arc::new(Inner {
            config,
            engines,
            codegen,
            capacity,
            compact_linker,
            roomy_linker,
            initialize_engine,
            initialize_linker,
            ticker,
            code_cache,
            shared,
        })))
    }

    /// How many executions fit at once. Admission must stay below it.
    #[must_use]
    pub fn capacity(&self) -> Capacity {
        self.0.capacity
    }

    /// Executions in progress.
    #[must_use]
    pub fn executing(&self) -> usize {
        self.0.ticker.running()
    }

    /// What the code cache did since start; `None` where there is none.
    #[must_use]
    pub fn code_cache_stats(&self) -> Option<CodeCacheStats> {
        self.code_cache().map(CodeCache::stats)
    }

    /// The sealed native code of the module with `wasm_digest`, for servers of the same machine kind, version
    /// and key; `None` where it is not cached.
    #[must_use]
    pub fn sealed_code(&self, wasm_digest: &[u8; 32]) -> Option<Vec<u8>> {
        self.code_cache()?.sealed(&EntryKey::new(self.engine(), wasm_digest))
    }

    /// Takes native code another server sealed; whether it is authentic and made for this engine, and so kept.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn accept_sealed_code(&self, wasm_digest: &[u8; 32], sealed: &[u8]) -> Result<bool, CacheError> {
        let Some(cache) = self.code_cache() else { return Ok(false) };
        cache.accept(&EntryKey::new(self.engine(), wasm_digest), sealed)
    }

    pub(crate) fn code_cache(&self) -> Option<&CodeCache> {
        self.0.code_cache.as_ref()
    }

    pub(crate) fn shared(&self) -> &SharedRuntimes {
        &self.0.shared
    }

    pub(crate) fn random_bits(&self) -> u64 {
        self.0.config.random.next_u64()
    }

    pub(crate) fn native_compiler(&self) -> &NativeCompiler {
        &self.0.config.native_compiler
    }

    pub(crate) fn codegen(&self, purpose: Purpose) -> Codegen {
        Codegen { purpose, ..self.0.codegen }
    }

    pub(crate) fn initialize_engine(&self) -> &Engine {
        &self.0.initialize_engine
    }

    pub(crate) fn initialize_linker(&self) -> &Linker<HostState> {
        &self.0.initialize_linker
    }

    /// Either serving engine: native code does not distinguish them.
    pub(crate) fn engine(&self) -> &Engine {
        &self.0.engines.roomy
    }

    /// The linker, and with it the engine, for a module whose memory starts with `memory_bytes`.
    pub(crate) fn linker(&self, memory_bytes: u64) -> &Linker<HostState> {
        if memory_bytes <= COMPACT_MEMORY_BYTES { &self.0.compact_linker } else { &self.0.roomy_linker }
    }

    pub(crate) fn ticker(&self) -> &Ticker {
        &self.0.ticker
    }

    pub(crate) fn max_memory_bytes(&self) -> u64 {
        self.0.config.max_memory_bytes
    }

    pub(crate) fn max_table_elements(&self) -> u32 {
        self.0.config.max_table_elements
    }
}

impl fmt::Debug for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runtime").field("capacity", &self.0.capacity).finish_non_exhaustive()
    }
}
