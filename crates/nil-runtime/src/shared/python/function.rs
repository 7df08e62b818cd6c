//! A function's snapshot, and a call from it.

use nil_core::Script;
use wasmtime::{Instance, InstancePre, Store};

use super::{Boot, Python, api::Vm, reply::Reply};
use crate::{
    abi::Stop,
    execute::Call,
    host::HostState,
    outcome::FailureKind,
    shared::{
        delta::Delta,
        function::{Keep, Kept, Start, restore},
        quickjs::{Unevaluated, Value},
    },
};

/// Bytes a generator is seeded with.
const SEED_BYTES: usize = 16;

/// The state of the generator in its object: behind reference count and type, an index and 624 words.
const RANDOM_STATE: std::ops::Range<usize> = 8..8 + 4 + 624 * 4;

/// Parses and evaluates `script` in a fresh instance, and keeps what one of the two made of memory.
pub(in crate::shared) fn snapshot(
    (api, boot): (&Python, &Boot),
    pre: &InstancePre<HostState>,
    store: &mut Store<HostState>,
    script: &Script,
    keep: Keep,
) -> Result<Kept, Unevaluated> {
    let instance = pre.instantiate(&mut *store)?;
    let mut vm = Vm { api, store, instance: &instance };
    let before = vm.memory()?.to_vec();
    let difference = |vm: &mut Vm<'_>| -> Result<Delta, Unevaluated> {
        done(vm, boot.settle, &[])?;
        Ok(Delta::between(&before, vm.memory()?, boot.stack_bytes as usize))
    };
    // Strings only: this cannot fail.
    let files = serde_json::to_vec(script).unwrap_or_default();
    done(&mut vm, boot.parse, &[&files])?;
    // Where the function is lies in the prelude's own variables.
    let somewhere = Value::UNDEFINED;
    if keep == Keep::Parsed {
        let delta = difference(&mut vm)?;
        done(&mut vm, boot.evaluate, &[&[0; SEED_BYTES]])?;
        return Ok(Kept { start: Start::Module(somewhere), delta, frozen: None });
    }
    done(&mut vm, boot.evaluate, &[])?;
    let random = |memory: &[u8]| memory.get(boot.random as usize..)?.get(RANDOM_STATE).map(<[u8]>::to_vec);
    let frozen = (random(&before) != random(vm.memory()?)).then_some("random");
    Ok(Kept { start: Start::Handle(somewhere), delta: difference(&mut vm)?, frozen })
}

/// Calls the function that `delta` makes of `instance`.
pub(in crate::shared) fn call(
    (api, boot): (&Python, &Boot),
    store: &mut Store<HostState>,
    instance: &Instance,
    (delta, start): (&Delta, Start),
    call: &Call<'_>,
    seed: u64,
) -> Result<String, Unevaluated> {
    restore(store, instance, &api.memory, delta).map_err(Unevaluated::Stopped)?;
    let mut vm = Vm { api, store, instance };
    let mut seeds = [0; SEED_BYTES];
    seeds[..8].copy_from_slice(&seed.to_le_bytes());
    if let Start::Module(_) = start {
        done(&mut vm, boot.evaluate, &[&seeds])?;
        // What the modules took from it must not come again.
        seeds[8] = 1;
    }
    let variables = vm.store.data().variables.clone();
    let environment = variables.as_deref().map_or(&[][..], |variables| variables.environ());
    let size = (environment.len() as u32).to_le_bytes();
    let output = done(&mut vm, boot.call, &[&seeds, &size, environment, call.input.as_bytes()])?;
    let limit_bytes = call.limits.output_bytes;
    if output.len() as u64 > limit_bytes {
        return Err(Unevaluated::Stopped(Stop::Failure(FailureKind::OutputTooLarge { limit_bytes })));
    }
    String::from_utf8(output).map_err(|_| Unevaluated::Stopped(Stop::output("the returned value is not valid text")))
}

/// Calls one of the prelude's functions; everything but success ends the evaluation or the call.
fn done(vm: &mut Vm<'_>, function: u32, parts: &[&[u8]]) -> Result<Vec<u8>, Unevaluated> {
    let reply = match vm.call(function, parts, Reply::read)? {
        Some(Some(reply)) => reply,
        None => Reply::NoMemory,
        Some(None) => return Err(Unevaluated::Stopped(Stop::contract("the interpreter's prelude answers nonsense"))),
    };
    Err(match reply {
        Reply::Done(output) => return Ok(output),
        Reply::Raised(_, Some(syntax)) => Unevaluated::Refused(crate::Rejection { diagnostics: vec![*syntax] }),
        Reply::Raised(thrown, None) => Unevaluated::Threw(thrown),
        Reply::NoMemory => Unevaluated::Stopped(Stop::Failure(FailureKind::MemoryLimit {
            limit_bytes: vm.store.data().limiter.memory_limit_bytes(),
            own_maximum: false,
            then: None,
        })),
        Reply::Syntax(rejection) => Unevaluated::Refused(rejection),
        Reply::NoHandle(exports) => Unevaluated::NoHandle { exports },
        Reply::Input(reason) => Unevaluated::Stopped(Stop::input(format!("the interpreter cannot read it: {reason}"))),
        Reply::Output(reason) => {
            Unevaluated::Stopped(Stop::output(format!("the returned value cannot be written as JSON: {reason}")))
        }
    })
}
