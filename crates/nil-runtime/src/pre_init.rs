//! Runs a module's initialisers once, at publication, and snapshots what they made of its memory and globals.
//!
//! What must differ between calls is never frozen: an initialiser that asks for time or randomness, or writes
//! to the console, leaves the module as it is, and it runs at each call. Only what the initialisers can reach is
//! compiled for that ([`prune`]).

mod prune;

use std::{
    future::Future,
    pin::pin,
    task::{Context, Poll, Waker},
    time::Duration,
};

use nil_core::{Diagnostic, ExecutionLimits};
use serde::{Deserialize, Serialize};
use wasmtime::{Extern, Instance, Store, Val};
use wasmtime_wizer::{InstanceState, ModuleContext, SnapshotVal, ValType, Wizer};

use crate::{
    PublishError, PublishLimits, Rejection, Runtime,
    abi::Stop,
    classify::classify,
    detect,
    engine::Purpose,
    execute::on_tick,
    host::{CalledWhileInitializing, HostState, Limiter},
    validate::{self, ModuleSummary, Signature},
};

/// What became of a module's initialisers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum PreInit {
    /// It has none.
    NotNeeded,
    /// They ran; the stored module starts from their result.
    Done,
    /// They run at each call instead.
    Skipped {
        /// Why.
        reason: String,
    },
}

/// The initialiser of reactor modules, beside the start function.
pub(crate) const INITIALIZE: &str = "_initialize";

impl Runtime {
    /// The module to store in place of `wasm`, if its initialisers could be run ahead.
    pub(crate) fn pre_initialize(
        &self,
        wasm: &[u8],
        module: &ModuleSummary<'_>,
        limits: &PublishLimits,
    ) -> Result<(Option<Vec<u8>>, PreInit), PublishError> {
        let has_initialize = check_initialize(module)?;
        if !module.has_start && !has_initialize {
            return Ok((None, PreInit::NotNeeded));
        }
        let skipped = |reason: String| Ok((None, PreInit::Skipped { reason }));
        if detect::initializes_at_each_call(module) {
            return skipped("the toolchain says that they ask for time or randomness".to_owned());
        }
        let mut wizer = Wizer::new();
        wizer.init_func(INITIALIZE);
        let (context, instrumented) = match wizer.instrument(wasm) {
            Ok(instrumented) => instrumented,
            Err(error) => return skipped(format!("the module cannot be snapshotted: {error:#}")),
        };
        let initializer = Initializer { has_initialize, reads_environ_later: detect::reads_environ_later(module) };
        let reachable = match prune::prune(&instrumented, INITIALIZE) {
            Ok(reachable) => reachable,
            Err(error) => return skipped(format!("the module cannot be snapshotted: {error}")),
        };
        let (mut store, instance) = match self.initialize(&reachable, initializer, limits)? {
            Ok(initialized) => initialized,
            Err(called) => return skipped(called.to_string()),
        };
        let snapshot = snapshot(&wizer, &context, &mut store, instance);
        match snapshot {
            Err(error) => skipped(format!("the module cannot be snapshotted: {error:#}")),
            // The snapshot is held to the limits of any module, or a load could refuse it later.
            Ok(wasm) => match validate::check(&wasm, limits, self.max_table_elements()) {
                Err(rejection) => skipped(format!("the snapshot is too large: {rejection}")),
                Ok(_) => Ok((Some(wasm), PreInit::Done)),
            },
        }
    }

    /// Runs the start function and `_initialize` in a sandbox of their own.
    fn initialize(
        &self,
        instrumented: &[u8],
        initializer: Initializer,
        limits: &PublishLimits,
    ) -> Result<Result<(Store<HostState>, Instance), CalledWhileInitializing>, PublishError> {
        let native = self.compile_native(Purpose::Initialize, instrumented, limits)?;
        let module = self.deserialize_initializer(&native)?;
        let run = ExecutionLimits {
            memory_bytes: limits.memory_bytes,
            timeout_ms: limits.initialize_timeout_ms,
            ..ExecutionLimits::default()
        };
        let limiter = Limiter::new(run.memory_bytes, self.max_table_elements());
        let mut state = HostState::new(limiter, 0, Duration::from_millis(run.timeout_ms), None);
        state.reads_environ_later = initializer.reads_environ_later;
        let mut store = Store::new(module.engine(), state);
        store.limiter(|state| &mut state.limiter);
        store.set_epoch_deadline(1);
        store.epoch_deadline_callback(on_tick);
        let _running = self.ticker().enter();
        let result = self.initialize_linker().instantiate(&mut store, &module).and_then(|instance| {
            if initializer.has_initialize
                && let Some(initialize) = instance.get_func(&mut store, INITIALIZE)
            {
                initialize.call(&mut store, &[], &mut [])?;
            }
            Ok(instance)
        });
        match result {
            Ok(instance) => Ok(Ok((store, instance))),
            Err(error) => match error.downcast_ref::<CalledWhileInitializing>() {
                Some(called) => Ok(Err(*called)),
                None => Err(failed(error, &store, &run).into()),
            },
        }
    }
}

/// What is known of a module's initialisers.
#[derive(Debug, Clone, Copy)]
struct Initializer {
    has_initialize: bool,
    reads_environ_later: bool,
}

/// Whether there is an `_initialize` to run.
fn check_initialize(module: &ModuleSummary<'_>) -> Result<bool, Rejection> {
    let expected = Signature { params: Vec::new(), results: Vec::new() };
    match module.function(INITIALIZE) {
        None => Ok(false),
        Some(found) if *found == expected => Ok(true),
        Some(found) => {
            Err(Rejection::new(format!("the export `{INITIALIZE}` is {found}; an initialiser must be {expected}")))
        }
    }
}

/// An initialiser that fails now would fail each call.
fn failed(error: wasmtime::Error, store: &Store<HostState>, limits: &ExecutionLimits) -> Rejection {
    let failure = classify(Stop::Engine(error), store.data(), limits, 0);
    Rejection { diagnostics: vec![Diagnostic::error(format!("the module's initialiser fails: {}", failure.message()))] }
}

pub(crate) fn snapshot(
    wizer: &Wizer,
    context: &ModuleContext<'_>,
    store: &mut Store<HostState>,
    instance: Instance,
) -> wasmtime::Result<Vec<u8>> {
    let mut state = Instrumented { store, instance };
    let future = pin!(wizer.snapshot(context, &mut state));
    match future.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(snapshot) => snapshot,
        // Not reachable: nothing in it waits.
        Poll::Pending => Err(wasmtime::Error::msg("taking the snapshot did not finish")),
    }
}

/// Reads the state through the exports the instrumentation added.
struct Instrumented<'a> {
    store: &'a mut Store<HostState>,
    instance: Instance,
}

impl InstanceState for Instrumented<'_> {
    async fn global_get(&mut self, name: &str, _: ValType) -> SnapshotVal {
        let value = match self.instance.get_export(&mut *self.store, name) {
            Some(Extern::Global(global)) => global.get(&mut *self.store),
            _ => Val::I32(0),
        };
        match value {
            Val::I32(value) => SnapshotVal::I32(value),
            Val::I64(value) => SnapshotVal::I64(value),
            Val::F32(value) => SnapshotVal::F32(value),
            Val::F64(value) => SnapshotVal::F64(value),
            Val::V128(value) => SnapshotVal::V128(value.as_u128()),
            // Not reachable: modules with other mutable globals are refused before they are instrumented.
            _ => SnapshotVal::I32(0),
        }
    }

    async fn memory_contents(&mut self, name: &str, contents: impl FnOnce(&[u8]) + Send) {
        let memory = self.instance.get_memory(&mut *self.store, name);
        contents(memory.map_or(&[], |memory| memory.data(&*self.store)));
    }
}
