//! The image of a shared runtime: its module after it was initialised and has evaluated its prelude.

use std::time::Duration;

use nil_core::ScriptEngine;
use wasmtime::{Instance, Store};
use wasmtime_wizer::Wizer;

use crate::{
    PublishError, PublishLimits, Rejection, Runtime,
    engine::Purpose,
    execute::on_tick,
    host::{HostState, Limiter},
    pre_init,
    shared::{Boot, module::RuntimeModule, python, quickjs},
};

/// Initialises the runtime in a sandbox of its own and snapshots it.
pub(super) fn make(
    runtime: &Runtime,
    wasm: &[u8],
    module: &RuntimeModule<'_>,
    limits: &PublishLimits,
) -> Result<(Vec<u8>, Boot), PublishError> {
    let refused = |what: &str, error: &wasmtime::Error| -> PublishError {
        Rejection::new(format!("the shared runtime {what}: {error:#}")).into()
    };
    let mut wizer = Wizer::new();
    wizer.init_func(pre_init::INITIALIZE);
    let (context, instrumented) = wizer.instrument(wasm).map_err(|error| refused("cannot be snapshotted", &error))?;
    let native = runtime.compile_native(Purpose::Initialize, &instrumented, limits)?;
    let code = runtime.deserialize_initializer(&native)?;
    let (mut store, instance, boot) = {
        let _running = runtime.ticker().enter();
        boot(runtime, &code, module, limits).map_err(|error| refused("does not start", &error))?
    };
    let image = pre_init::snapshot(&wizer, &context, &mut store, instance)
        .map_err(|error| refused("cannot be snapshotted", &error))?;
    Ok((image, boot))
}

fn boot(
    runtime: &Runtime,
    code: &wasmtime::Module,
    module: &RuntimeModule<'_>,
    limits: &PublishLimits,
) -> wasmtime::Result<(Store<HostState>, Instance, Boot)> {
    let limiter = Limiter::new(limits.memory_bytes, runtime.max_table_elements());
    let time_limit = Duration::from_millis(limits.initialize_timeout_ms);
    let mut store = Store::new(code.engine(), HostState::new(limiter, 0, time_limit, None));
    store.limiter(|state| &mut state.limiter);
    store.set_epoch_deadline(1);
    store.epoch_deadline_callback(on_tick);
    let instance = runtime.shared().linkers(module.description.engine).boot.instantiate(&mut store, code)?;
    if let Some(initialize) = instance.get_func(&mut store, pre_init::INITIALIZE) {
        initialize.call(&mut store, &[], &mut [])?;
    }
    let boot = match module.description.engine {
        ScriptEngine::Quickjs => Boot::Quickjs(quickjs::boot(&mut store, instance, code, module)?),
        ScriptEngine::Cpython => Boot::Cpython(python::boot(&mut store, instance, code, module)?),
    };
    Ok((store, instance, boot))
}
