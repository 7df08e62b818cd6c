//! The shared runtimes of this process, each prepared once.

use std::{collections::HashMap, sync::Arc};

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

/// Prepared runtimes by digest, and what they are linked with.
pub(crate) struct SharedRuntimes {
    slots: Mutex<HashMap<[u8; 32], Slot>>,
    source: Option<Arc<dyn SharedRuntimeSource>>,
    boot_linker: Linker<HostState>,
    evaluate_linker: Linker<HostState>,
    call_linker: Linker<HostState>,
}

type Slot = Arc<Mutex<Option<Arc<Prepared>>>>;

impl SharedRuntimes {
    pub(crate) fn new(
        source: Option<Arc<dyn SharedRuntimeSource>>,
        initialize_engine: &Engine,
        engine: &Engine,
        clock: &Arc<dyn HostClock>,
        random: &Arc<dyn HostRandom>,
    ) -> Result<Self> {
        let link = |engine, phase| host::link_javascript(engine, phase, clock, random);
        Ok(Self {
            slots: Mutex::default(),
            source,
            boot_linker: link(initialize_engine, Phase::Boot)?,
            evaluate_linker: link(engine, Phase::Evaluate)?,
            call_linker: link(engine, Phase::Call)?,
        })
    }

    pub(super) fn boot_linker(&self) -> &Linker<HostState> {
        &self.boot_linker
    }

    pub(super) fn evaluate_linker(&self) -> &Linker<HostState> {
        &self.evaluate_linker
    }

    pub(super) fn call_linker(&self) -> &Linker<HostState> {
        &self.call_linker
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
        let limits = PublishLimits { memory_bytes: self.max_memory_bytes().min(MEMORY_BYTES), ..*limits };
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
