//! The shared runtimes of this process, each prepared once.

use std::{collections::HashMap, sync::Arc};

use nil_core::ScriptEngine;
use parking_lot::Mutex;
use wasmtime::{Engine, Linker, Result};

use super::{Prepared, SharedRuntimeSource, prepare};
use crate::{
    LoadError, PublishError, PublishLimits, Rejection, Runtime,
    host::{self, HostClock, HostRandom, HostState, Phase},
    publish::digest,
};

/// What a runtime may need whatever function asks for it: more than functions get, and none of their limits.
const MEMORY_BYTES: u64 = 64 << 20;

/// A runtime with its standard library, in bytes.
const MODULE_BYTES: u64 = 48 << 20;

/// CPython imports much of its library for the image, in code that was compiled in a hurry: some 10 s of a busy machine.
const INITIALIZE_TIMEOUT_MS: u64 = 120_000;

/// CPython takes some 20 s of a busy machine.
const COMPILE_TIMEOUT_MS: u64 = 300_000;

/// Prepared runtimes by digest, and what they are linked with.
pub(crate) struct SharedRuntimes {
    slots: Mutex<HashMap<[u8; 32], Slot>>,
    source: Option<Arc<dyn SharedRuntimeSource>>,
    quickjs: Linkers,
    cpython: Linkers,
}

/// What a runtime of one interpreter is linked with, for each phase.
pub(super) struct Linkers {
    /// For making the image.
    pub boot: Linker<HostState>,
    /// For evaluating a function at publication.
    pub evaluate: Linker<HostState>,
    /// For calls.
    pub call: Linker<HostState>,
}

impl Linkers {
    fn new(initialize: &Engine, serve: &Engine, link: impl Fn(&Engine, Phase) -> LinkerResult) -> Result<Self> {
        Ok(Self {
            boot: link(initialize, Phase::Boot)?,
            evaluate: link(serve, Phase::Evaluate)?,
            call: link(serve, Phase::Call)?,
        })
    }
}

type LinkerResult = Result<Linker<HostState>>;

/// Makes the linker of one interpreter for a phase.
type MakeLinker = fn(&Engine, Phase, &Arc<dyn HostClock>, &Arc<dyn HostRandom>) -> LinkerResult;

type Slot = Arc<Mutex<Option<Arc<Prepared>>>>;

impl SharedRuntimes {
    pub(crate) fn new(
        source: Option<Arc<dyn SharedRuntimeSource>>,
        initialize_engine: &Engine,
        engine: &Engine,
        clock: &Arc<dyn HostClock>,
        random: &Arc<dyn HostRandom>,
    ) -> Result<Self> {
        let linkers = |link: MakeLinker| {
            Linkers::new(initialize_engine, engine, |engine, phase| link(engine, phase, clock, random))
        };
        Ok(Self {
            slots: Mutex::default(),
            source,
            quickjs: linkers(host::link_javascript)?,
            cpython: linkers(host::link_python)?,
        })
    }

    pub(super) fn linkers(&self, engine: ScriptEngine) -> &Linkers {
        match engine {
            ScriptEngine::Quickjs => &self.quickjs,
            ScriptEngine::Cpython => &self.cpython,
        }
    }
}

impl Runtime {
    /// Prepares a shared runtime ahead of the first function that asks for it, and answers its digest. What is
    /// prepared stays for the life of the process.
    ///
    /// # Errors
    /// As [`publish`](Self::publish).
    pub fn provide_shared_runtime(&self, wasm: &[u8], limits: &PublishLimits) -> Result<[u8; 32], PublishError> {
        let digest = digest(wasm);
        self.prepared(&digest, limits, || Ok(wasm.to_vec()))?;
        Ok(digest)
    }

    /// The prepared runtime with `digest`, from here, from the code cache or from the source of runtimes.
    pub(super) fn shared_runtime(
        &self,
        digest: &[u8; 32],
        limits: &PublishLimits,
    ) -> Result<Arc<Prepared>, PublishError> {
        self.prepared(digest, limits, || {
            let name: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
            let fetched = match &self.shared().source {
                Some(source) => source.fetch(digest).map_err(|error| PublishError::Runtime(error.to_string()))?,
                None => None,
            };
            fetched.ok_or_else(|| {
                PublishError::Runtime(format!("the shared runtime {name}… is not here yet; a compiler brings it"))
            })
        })
    }

    fn prepared(
        &self,
        wanted: &[u8; 32],
        limits: &PublishLimits,
        fetch: impl FnOnce() -> Result<Vec<u8>, PublishError>,
    ) -> Result<Arc<Prepared>, PublishError> {
        let slot = Arc::clone(self.shared().slots.lock().entry(*wanted).or_default());
        // Held while it is prepared: everybody else who needs it waits for this one.
        let mut slot = slot.lock();
        if let Some(prepared) = &*slot {
            return Ok(Arc::clone(prepared));
        }
        let limits = PublishLimits {
            memory_bytes: self.max_memory_bytes().min(MEMORY_BYTES),
            module_bytes: limits.module_bytes.max(MODULE_BYTES),
            initialize_timeout_ms: limits.initialize_timeout_ms.max(INITIALIZE_TIMEOUT_MS),
            compile_timeout_ms: limits.compile_timeout_ms.max(COMPILE_TIMEOUT_MS),
            ..*limits
        };
        let prepared = match prepare::from_cache(self, wanted) {
            Some(prepared) => prepared,
            None => {
                let wasm = fetch()?;
                if digest(&wasm) != *wanted {
                    return Err(Rejection::new("the shared runtime does not have its digest").into());
                }
                prepare::prepare(self, wanted, &wasm, &limits)?
            }
        };
        let prepared = Arc::new(prepared);
        *slot = Some(Arc::clone(&prepared));
        Ok(prepared)
    }
}

impl From<PublishError> for LoadError {
    fn from(error: PublishError) -> Self {
        match error {
            PublishError::Rejected(rejection) => Self::Rejected(rejection),
            PublishError::Machine(error) => Self::Machine(error),
            PublishError::Runtime(reason) => Self::Fetch(reason.into()),
        }
    }
}
