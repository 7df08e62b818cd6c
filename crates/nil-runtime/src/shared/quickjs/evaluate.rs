//! Evaluates a function's modules: at publication for its snapshot, or at each call where that cannot be frozen.

use nil_core::Script;

use super::{
    SourceMaps, Thrown, Value,
    api::{EVAL_COMPILE_ONLY, EVAL_MODULE, Job, PromiseState, Vm},
};
use crate::{Rejection, abi::Stop};

/// The exports that can be called, in the order they are looked for.
const ENTRY_POINTS: [&str; 2] = ["handle", "default"];

/// A module that is ready.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Evaluated {
    /// The function that is called.
    pub handle: Value,
}

/// Why there is nothing to call.
pub(crate) enum Unevaluated {
    /// The engine was stopped: by a limit, or by a call whose answer must not be frozen.
    Stopped(Stop),
    /// A module threw, or does not parse.
    Threw(Thrown),
    /// What is wrong is known with its places.
    Refused(Rejection),
    /// Top-level `await` of something that never comes.
    NeverSettles,
    /// Neither `handle` nor a default export is a function.
    NoHandle {
        /// What is exported instead.
        exports: Vec<String>,
    },
}

impl From<wasmtime::Error> for Unevaluated {
    fn from(error: wasmtime::Error) -> Self {
        Self::Stopped(Stop::Engine(error))
    }
}

/// Parses every module of `script`; the engine asks for imported ones itself (`host_module_load`). Answers the
/// entry's module.
pub(crate) fn parse(vm: &mut Vm<'_>, script: &Script, maps: &SourceMaps) -> Result<Value, Unevaluated> {
    let flags = EVAL_MODULE | EVAL_COMPILE_ONLY;
    let mut entry = Value::UNDEFINED;
    let first = script.modules.iter().filter(|module| module.path == script.entry);
    // What only `import()` names is parsed as well, so that a call never needs a source.
    for module in first.chain(&script.modules) {
        if vm.store.data_mut().script.as_mut().is_some_and(|host| !host.begin_loading(&module.path)) {
            continue;
        }
        let parsed = vm.eval(&module.path, &module.code, flags)?;
        if !parsed.is_module() {
            return Err(Unevaluated::Threw(Thrown::take(vm, maps)?));
        }
        if module.path == script.entry {
            entry = parsed;
        }
    }
    Ok(entry)
}

/// Evaluates the parsed module `entry` and finds its `handle`.
pub(crate) fn evaluate(vm: &mut Vm<'_>, entry: Value, maps: &SourceMaps) -> Result<Evaluated, Unevaluated> {
    let promise = vm.eval_function(entry)?;
    if promise == Value::EXCEPTION {
        return Err(Unevaluated::Threw(Thrown::take(vm, maps)?));
    }
    loop {
        match vm.promise_state(promise)? {
            PromiseState::Fulfilled => break,
            PromiseState::Rejected => {
                let error = vm.promise_result(promise)?;
                return Err(Unevaluated::Threw(Thrown::describe(vm, error, maps)?));
            }
            PromiseState::Pending => match vm.execute_job()? {
                Job::Ran => {}
                Job::Threw => return Err(Unevaluated::Threw(Thrown::take(vm, maps)?)),
                Job::None => match vm.call(vm.boot.next_timer, Value::UNDEFINED)? {
                    Value::TRUE => {}
                    Value::EXCEPTION => return Err(Unevaluated::Threw(Thrown::take(vm, maps)?)),
                    _ => return Err(Unevaluated::NeverSettles),
                },
            },
        }
    }
    let namespace = vm.module_namespace(entry)?;
    for name in ENTRY_POINTS {
        let export = vm.property(namespace, name)?;
        if export == Value::EXCEPTION {
            // An export that is declared and was never initialised.
            vm.exception()?;
        } else if vm.is_function(export)? {
            return Ok(Evaluated { handle: export });
        }
    }
    let listed = vm.call(vm.boot.list_exports, namespace)?;
    let exports = vm.text(listed, |text| serde_json::from_slice(text).unwrap_or_default())?.unwrap_or_default();
    Err(Unevaluated::NoHandle { exports })
}
