//! Finds a module's exports once, at load, with their types checked, so that a call needs neither a name nor
//! a type check.

use wasmtime::{
    Extern, ExternType, Func, Instance, Memory, Module, ModuleExport, Store, TypedFunc, ValType, WasmParams,
    WasmResults,
};

use crate::host::HostState;

/// Looks exports of one module up.
pub(crate) struct Exports<'a>(pub &'a Module);

/// An exported function known to have the type `(P) -> R`.
pub(crate) struct TypedExport<P, R> {
    export: ModuleExport,
    ty: std::marker::PhantomData<fn(P) -> R>,
}

impl Exports<'_> {
    /// The exported memory `memory`.
    pub(crate) fn memory(&self) -> Option<ModuleExport> {
        matches!(self.0.get_export("memory"), Some(ExternType::Memory(_))).then_some(())?;
        self.0.get_export_index("memory")
    }

    /// The exported function `name`, whatever its type.
    pub(crate) fn function(&self, name: &str) -> Option<ModuleExport> {
        matches!(self.0.get_export(name), Some(ExternType::Func(_))).then_some(())?;
        self.0.get_export_index(name)
    }

    /// The exported function `name`, if its type is the one given by `params` and `results`, which must be
    /// those of `P` and `R`.
    pub(crate) fn typed<P, R>(&self, name: &str, params: &[ValType], results: &[ValType]) -> Option<TypedExport<P, R>> {
        let Some(ExternType::Func(ty)) = self.0.get_export(name) else { return None };
        let same = |actual: Vec<ValType>, expected: &[ValType]| {
            actual.len() == expected.len() && actual.iter().zip(expected).all(|(a, b)| ValType::eq(a, b))
        };
        if !same(ty.params().collect(), params) || !same(ty.results().collect(), results) {
            return None;
        }
        Some(TypedExport { export: self.0.get_export_index(name)?, ty: std::marker::PhantomData })
    }
}

impl<P: WasmParams, R: WasmResults> TypedExport<P, R> {
    /// The function of `instance`.
    pub(crate) fn get(&self, store: &mut Store<HostState>, instance: &Instance) -> wasmtime::Result<TypedFunc<P, R>> {
        func(store, instance, &self.export)?.typed(&*store)
    }
}

/// The function of `instance` behind `export`.
pub(crate) fn func(store: &mut Store<HostState>, instance: &Instance, export: &ModuleExport) -> wasmtime::Result<Func> {
    match instance.get_module_export(&mut *store, export) {
        Some(Extern::Func(func)) => Ok(func),
        // Not reachable: exports are looked up on the module the instance is made from.
        _ => Err(wasmtime::Error::msg("an export looked up at load is not in the instance")),
    }
}

/// The memory of `instance` behind `export`.
pub(crate) fn memory(
    store: &mut Store<HostState>,
    instance: &Instance,
    export: &ModuleExport,
) -> wasmtime::Result<Memory> {
    match instance.get_module_export(&mut *store, export) {
        Some(Extern::Memory(memory)) => Ok(memory),
        _ => Err(wasmtime::Error::msg("the memory looked up at load is not in the instance")),
    }
}
