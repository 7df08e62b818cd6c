//! Puts the host functions into linkers: one for executions, one for initialisers at publication.

use std::sync::Arc;

use wasmtime::{Engine, FuncType, Linker, Result, Val, ValType};

use super::{
    HostClock, HostRandom, HostState, abort,
    catalog::{FUNCTIONS, HostFunction, MODULE, VARIABLES},
    clock, console, math, random, variables, wasi,
};

/// An initialiser called a host function whose answer must not be frozen into a snapshot.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("`{module}.{function}` was called during initialisation")]
pub(crate) struct CalledWhileInitializing {
    /// The module name.
    pub module: &'static str,
    /// The field name.
    pub function: &'static str,
}

/// Everything we offer, for executions on `engine`.
pub(crate) fn link(
    engine: &Engine,
    clock: &Arc<dyn HostClock>,
    random: &Arc<dyn HostRandom>,
) -> Result<Linker<HostState>> {
    let mut linker = Linker::new(engine);
    abort::link(&mut linker)?;
    console::link(&mut linker, clock)?;
    clock::link(&mut linker, clock)?;
    random::link(&mut linker, random)?;
    math::link(&mut linker)?;
    variables::link(&mut linker)?;
    wasi::link(&mut linker, clock, random)?;
    Ok(linker)
}

/// The same imports for initialisers: pure functions work, every other stops with
/// [`CalledWhileInitializing`].
pub(crate) fn link_for_initialization(engine: &Engine) -> Result<Linker<HostState>> {
    let mut linker = Linker::new(engine);
    linker.func_wrap(MODULE, "abort", abort::abort)?;
    math::link(&mut linker)?;
    wasi::link_pure(&mut linker)?;
    wasi::link_for_initialization(&mut linker)?;
    let with_module = |module, functions: &'static [HostFunction]| functions.iter().map(move |it| (module, it));
    let all = with_module(MODULE, FUNCTIONS)
        .chain(with_module(variables::MODULE, VARIABLES))
        .chain(with_module(wasi::MODULE, wasi::FUNCTIONS).filter(|(_, function)| !wasi::ENVIRON.contains(&function.name)));
    for (module, host_function) in all.filter(|(_, function)| !function.pure) {
        let types = |types: &[wasmparser::ValType]| types.iter().map(numeric).collect::<Vec<_>>();
        let ty = FuncType::new(engine, types(host_function.params), types(host_function.results));
        let function = host_function.name;
        linker.func_new(module, function, ty, move |_caller, _params: &[Val], _results: &mut [Val]| {
            Err(CalledWhileInitializing { module, function }.into())
        })?;
    }
    Ok(linker)
}

/// The catalog has numbers only.
fn numeric(ty: &wasmparser::ValType) -> ValType {
    match ty {
        wasmparser::ValType::I64 => ValType::I64,
        wasmparser::ValType::F32 => ValType::F32,
        wasmparser::ValType::F64 => ValType::F64,
        _ => ValType::I32,
    }
}
