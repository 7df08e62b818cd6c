//! Starts the engine for its image: context, limits, prelude; and finds what every call will need.

use serde::{Deserialize, Serialize};
use wasmtime::{Error, Instance, Module, Result, Store};

use super::{QuickJs, Value, api::Vm};
use crate::{
    abi::Exports,
    host::{HOST_FUNCTIONS, HostState},
    shared::module::RuntimeModule,
};

/// Where things are in the image. Addresses mean something in instances of this image only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Boot {
    /// SHA-256 of the image.
    pub image_digest: [u8; 32],
    pub context: u32,
    pub runtime: u32,
    /// 64 bits the engine's generator behind `Math.random` continues from.
    pub random_state: u32,
    /// [`SCRATCH_BYTES`] for arguments and results.
    pub scratch: u32,
    /// A C string: what messages call the input.
    pub input_name: u32,
    /// A C string: `then`.
    pub then_name: u32,
    /// Bytes at the bottom of memory that are the stack, and dead between calls.
    pub stack_bytes: u32,
    /// `(error) => string`: message and stack as JSON.
    pub describe: Value,
    /// `() => boolean`: runs the next timer, or says that there is none.
    pub next_timer: Value,
    /// `(namespace) => string`: the names of its exports.
    pub list_exports: Value,
}

/// Room for arguments and results, in bytes.
pub(crate) const SCRATCH_BYTES: usize = 256;

/// Stack the interpreter may use before it throws a `RangeError`. The module's own stack has 1 MiB; Wasmtime's
/// 1 MiB is used up at about the same pace, so half leaves room for the native functions on top.
const STACK_BYTES: u32 = 256 << 10;

/// What may be allocated before cycles are looked for. A call is short and its memory is thrown away, and a
/// collection walks every object there is.
const GC_THRESHOLD_BYTES: u32 = 16 << 20;

/// Free memory in the image, so that a small function's call need not grow memory.
const SPARE_BYTES: usize = 1 << 20;

/// What the prelude's file is called; frames of it are not shown.
pub(crate) const PRELUDE_NAME: &str = "nil:prelude";

/// Starts the engine in `instance`, an instance of `code`.
pub(in crate::shared) fn boot(
    store: &mut Store<HostState>,
    instance: Instance,
    code: &Module,
    module: &RuntimeModule<'_>,
) -> Result<Boot> {
    let api = QuickJs::new(&Exports(code)).ok_or_else(|| Error::msg("it does not export QuickJS's API"))?;
    let stack_bytes = stack_bytes(store, instance, module.first_data);
    let mut boot = Boot {
        image_digest: [0; 32],
        context: 0,
        runtime: 0,
        random_state: 0,
        scratch: 0,
        input_name: 0,
        then_name: 0,
        stack_bytes,
        describe: Value::UNDEFINED,
        next_timer: Value::UNDEFINED,
        list_exports: Value::UNDEFINED,
    };
    let vm = &mut Vm { api: &api, boot: &boot, store, instance: &instance };
    if !vm.init()? {
        return Err(Error::msg("qjs_init failed"));
    }
    let (context, runtime) = vm.pointers()?;
    let no_memory = || Error::msg("there is no memory");
    let scratch = vm.malloc(SCRATCH_BYTES)?.ok_or_else(no_memory)?;
    let input_name = vm.write("the input")?.ok_or_else(no_memory)?;
    let then_name = vm.write("then")?.ok_or_else(no_memory)?;
    boot = Boot { context, runtime, scratch, input_name, then_name, ..boot };

    let vm = &mut Vm { api: &api, boot: &boot, store, instance: &instance };
    let random_state = find_random_state(vm, context)?;
    vm.configure(STACK_BYTES, GC_THRESHOLD_BYTES)?;
    let [describe, next_timer, list_exports] = prelude(vm, module.prelude)?;
    vm.run_gc()?;
    if let Some(spare) = vm.malloc(SPARE_BYTES)? {
        vm.free(spare)?;
    }
    Ok(Boot { random_state, describe, next_timer, list_exports, ..boot })
}

/// Evaluates the prelude: a function that takes the host's functions and answers those the host will call.
fn prelude(vm: &mut Vm<'_>, source: &str) -> Result<[Value; 3]> {
    let mut result = vm.eval(PRELUDE_NAME, source, 0)?;
    // It takes them one by one; each call answers a function that takes the next.
    for name in HOST_FUNCTIONS {
        if result == Value::EXCEPTION {
            break;
        }
        let function = vm.host_function(name)?;
        result = vm.call(result, function)?;
    }
    if result == Value::EXCEPTION {
        let error = vm.exception()?;
        let text = vm.text(error, |text| String::from_utf8_lossy(text).into_owned())?;
        return Err(Error::msg(format!("its prelude throws {}", text.unwrap_or_default())));
    }
    let functions = [vm.element(result, 0)?, vm.element(result, 1)?, vm.element(result, 2)?];
    for function in functions {
        if !vm.is_function(function)? {
            return Err(Error::msg("its prelude does not answer the functions the host needs"));
        }
    }
    Ok(functions)
}

/// The stack grows down from its first value; with the linker's `--stack-first` nothing else lies below.
fn stack_bytes(store: &mut Store<HostState>, instance: Instance, first_data: u64) -> u32 {
    let top = instance.get_global(&mut *store, "__stack_pointer").and_then(|global| global.get(&mut *store).i32());
    top.map(i32::cast_unsigned).filter(|top| u64::from(*top) <= first_data).unwrap_or(0)
}

/// How far into the context the generator's state is looked for, in bytes.
const CONTEXT_BYTES: usize = 4096;

/// The state is private to the engine, but it moves in a known way: it is the one word of the context that
/// `Math.random()` takes a step of xorshift64* further.
fn find_random_state(vm: &mut Vm<'_>, context: u32) -> Result<u32> {
    let words = |vm: &mut Vm<'_>| -> Result<Vec<u64>> {
        let start = context as usize;
        let bytes = vm.memory()?.get(start..start + CONTEXT_BYTES).unwrap_or_default();
        Ok(bytes.as_chunks::<8>().0.iter().map(|word| u64::from_le_bytes(*word)).collect())
    };
    let before = words(vm)?;
    vm.eval(PRELUDE_NAME, "Math.random()", 0)?;
    let after = words(vm)?;
    let mut found = (0_u32..)
        .zip(before.iter().zip(&after))
        .filter(|(_, (before, after))| before != after && xorshift(**before) == **after)
        .map(|(index, _)| context + index * 8);
    match (found.next(), found.next()) {
        (Some(at), None) => Ok(at),
        _ => Err(Error::msg("the state of its random generator cannot be found, and would be the same at every call")),
    }
}

/// One step of the state of xorshift64*.
fn xorshift(mut state: u64) -> u64 {
    state ^= state >> 12;
    state ^= state << 25;
    state ^ (state >> 27)
}
