//! One function over numbers: JSON arguments in, a JSON number out, exact to the last bit.

mod arguments;
mod render;
#[cfg(test)]
mod tests;

use wasmtime::{Instance, Store, ValRaw, ValType};

use super::{Exports, Stop, exports::NumericExport};
use crate::{
    detect::{AbiDescription, ScalarType},
    execute::Call,
    host::HostState,
};

/// What a call needs of the module.
pub(crate) struct Scalar {
    function: NumericExport,
    set_arguments_length: Option<NumericExport>,
    description: AbiDescription,
}

impl Scalar {
    /// Looks the exports up; `None` if one is missing or of another type than `description` says.
    pub(crate) fn new(exports: &Exports<'_>, description: &AbiDescription) -> Option<Self> {
        let params: Vec<_> = description.params.iter().map(|param| wasm(param.ty)).collect();
        let results: Vec<_> = description.results.iter().copied().map(wasm).collect();
        Some(Self {
            function: exports.numeric(&description.export, &params, &results)?,
            set_arguments_length: exports.numeric("__setArgumentsLength", &[ValType::I32], &[]),
            description: description.clone(),
        })
    }

    /// The arguments `call` gives; read before there is an instance, so that a wrong input costs none.
    pub(crate) fn arguments(&self, call: &Call<'_>) -> Result<Vec<ValRaw>, Stop> {
        arguments::read(&self.description.params, call.input)
    }

    /// One call on a fresh instance.
    pub(crate) fn call(
        &self,
        store: &mut Store<HostState>,
        instance: &Instance,
        mut values: Vec<ValRaw>,
    ) -> Result<String, Stop> {
        if let Some(set_arguments_length) = &self.set_arguments_length {
            set_arguments_length.call(store, instance, &mut [ValRaw::u32(values.len() as u32)])?;
        }
        let results = &self.description.results;
        values.resize(values.len().max(results.len()), ValRaw::i64(0));
        self.function.call(store, instance, &mut values)?;
        render::results(results, &values)
    }
}

fn wasm(ty: ScalarType) -> ValType {
    match ty {
        ScalarType::I64 | ScalarType::U64 => ValType::I64,
        ScalarType::F32 => ValType::F32,
        ScalarType::F64 => ValType::F64,
        _ => ValType::I32,
    }
}
