//! Starts the interpreter for its image: library, prelude; and finds what every call will need.

use std::sync::Arc;

use nil_core::escape_control;
use serde::{Deserialize, Serialize};
use wasmtime::{Error, Instance, Module, Result, Store};

use super::{Python, api::Vm};
use crate::{
    abi::Exports,
    host::{HostState, ScriptHost},
    shared::{module::RuntimeModule, quickjs::SourceMaps},
};

/// Where things are in the image. Addresses mean something in instances of this image only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Boot {
    /// SHA-256 of the image.
    pub image_digest: [u8; 32],
    /// Bytes at the bottom of memory that are the stack, and dead between calls.
    pub stack_bytes: u32,
    /// The zip archive of the standard library, and its length.
    pub library: (u32, u32),
    /// The generator behind `random`, an object of [`RANDOM_BYTES`].
    pub random: u32,
    /// Functions of the prelude, bytes to bytes.
    pub parse: u32,
    pub evaluate: u32,
    pub settle: u32,
    pub call: u32,
}

/// What the prelude's file is called.
const PRELUDE_NAME: &str = "nil:prelude";

/// The module the prelude is.
const MODULE_NAME: &str = "nil";

/// Starts the interpreter in `instance`, an instance of `code`.
pub(in crate::shared) fn boot(
    store: &mut Store<HostState>,
    instance: Instance,
    code: &Module,
    module: &RuntimeModule<'_>,
) -> Result<Boot> {
    let api = Python::new(&Exports(code)).ok_or_else(|| Error::msg("it does not export CPython's API"))?;
    let stack = instance.get_global(&mut *store, "__stack_pointer").and_then(|global| global.get(&mut *store).i32());
    let stack = stack.map(i32::cast_unsigned).filter(|top| u64::from(*top) <= module.first_data);
    let vm = &mut Vm { api: &api, store, instance: &instance };
    let library = (vm.keep(module.library)?, module.library.len() as u32);
    let host = ScriptHost::new(0, Arc::new([]), Arc::new(SourceMaps::default())).with_library(library);
    vm.store.data_mut().script = Some(host);
    vm.initialize()?;
    let Some(names) = vm.run_file(MODULE_NAME, PRELUDE_NAME, module.prelude)? else {
        let said = vm.store.data().wasi.stderr_tail();
        return Err(Error::msg(format!("its prelude raises: {}", escape_control(&said))));
    };
    let random = vm.item(names, "random_at")?;
    let random = vm.read(random, |text| std::str::from_utf8(text).ok().and_then(|text| text.parse().ok()))?;
    Ok(Boot {
        image_digest: [0; 32],
        stack_bytes: stack.unwrap_or(0),
        library,
        random: random.ok_or_else(|| Error::msg("its prelude does not say where `random` is"))?,
        parse: vm.item(names, "parse")?.0,
        evaluate: vm.item(names, "evaluate")?.0,
        settle: vm.item(names, "settle")?.0,
        call: vm.item(names, "call")?.0,
    })
}
