//! One function over numbers: JSON arguments in, a JSON number out, exact to the last bit.

mod arguments;
mod render;

use wasmtime::{Instance, ModuleExport, Store, Val};

use super::{
    Exports, Stop,
    exports::{self, TypedExport},
};
use crate::{detect::AbiDescription, execute::Call, host::HostState};

/// What a call needs of the module.
pub(crate) struct Scalar {
    function: ModuleExport,
    set_arguments_length: Option<TypedExport<u32, ()>>,
    description: AbiDescription,
}

impl Scalar {
    /// Looks the exports up; `None` if one is missing or of another type than `description` says.
    pub(crate) fn new(exports: &Exports<'_>, description: &AbiDescription) -> Option<Self> {
        Some(Self {
            function: exports.function(&description.export)?,
            set_arguments_length: exports.typed("__setArgumentsLength", &[wasmtime::ValType::I32], &[]),
            description: description.clone(),
        })
    }

    /// One call on a fresh instance.
    pub(crate) fn call(&self, store: &mut Store<HostState>, instance: &Instance, args: &[Val]) -> Result<String, Stop> {
        if let Some(set_arguments_length) = &self.set_arguments_length {
            set_arguments_length.get(store, instance)?.call(&mut *store, args.len() as u32)?;
        }
        let mut results = vec![Val::I32(0); self.description.results.len()];
        exports::func(store, instance, &self.function)?.call(&mut *store, args, &mut results)?;
        render::results(&self.description.results, &results)
    }

    /// The arguments `call` gives; read before there is an instance, so that a wrong input costs none.
    pub(crate) fn arguments(&self, call: &Call<'_>) -> Result<Vec<Val>, Stop> {
        arguments::read(&self.description.params, call.input)
    }
}
