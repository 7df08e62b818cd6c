//! A function's snapshot, and a call from it.

use nil_core::Script;
use wasmtime::{Instance, InstancePre, Store};

use super::{
    Boot, QuickJs, SourceMaps, Unevaluated, Vm,
    call::call as call_handle,
    evaluate::{evaluate, parse},
};
use crate::{
    abi::Stop,
    execute::Call,
    host::HostState,
    shared::{
        delta::Delta,
        function::{Keep, Kept, Start, restore},
    },
};

/// Parses and evaluates `script` in a fresh instance, and keeps what one of the two made of memory.
pub(in crate::shared) fn snapshot(
    (api, boot): (&QuickJs, &Boot),
    pre: &InstancePre<HostState>,
    store: &mut Store<HostState>,
    script: &Script,
    maps: &SourceMaps,
    keep: Keep,
) -> Result<Kept, Unevaluated> {
    let instance = pre.instantiate(&mut *store)?;
    let mut vm = Vm::new(api, boot, store, &instance);
    let before = vm.memory()?.to_vec();
    let random_before = random_state(&before, boot);
    let difference = |vm: &mut Vm<'_>| -> Result<(Delta, Option<u64>), Unevaluated> {
        vm.run_gc()?;
        let after = vm.memory()?;
        Ok((Delta::between(&before, after, boot.stack_bytes as usize), random_state(after, boot)))
    };
    let entry = parse(&mut vm, script, maps)?;
    if keep == Keep::Parsed {
        let (delta, _) = difference(&mut vm)?;
        evaluate(&mut vm, entry, maps)?;
        return Ok(Kept { start: Start::Module(entry), delta, frozen: None });
    }
    let evaluated = evaluate(&mut vm, entry, maps)?;
    let (delta, random_after) = difference(&mut vm)?;
    let frozen = (random_before != random_after).then_some("Math.random");
    Ok(Kept { start: Start::Handle(evaluated.handle), delta, frozen })
}

/// Calls the function that `delta` makes of `instance`.
pub(in crate::shared) fn call(
    (api, boot): (&QuickJs, &Boot),
    store: &mut Store<HostState>,
    instance: &Instance,
    (delta, start): (&Delta, Start),
    call: &Call<'_>,
    seed: u64,
    maps: &SourceMaps,
) -> Result<String, Unevaluated> {
    restore(store, instance, &api.memory, delta).map_err(Unevaluated::Stopped)?;
    let mut vm = Vm::new(api, boot, store, instance);
    // The generator must not start with 0, from which it never gets away.
    set_random_state(vm.memory()?, boot, seed | 1);
    let handle = match start {
        Start::Handle(handle) => handle,
        Start::Module(entry) => evaluate(&mut vm, entry, maps)?.handle,
    };
    let called: Result<String, Stop> = call_handle(&mut vm, handle, call, maps);
    called.map_err(Unevaluated::Stopped)
}

fn random_state(memory: &[u8], boot: &Boot) -> Option<u64> {
    let at = boot.random_state as usize;
    memory.get(at..at + 8)?.try_into().ok().map(u64::from_le_bytes)
}

fn set_random_state(memory: &mut [u8], boot: &Boot, state: u64) {
    let at = boot.random_state as usize;
    if let Some(place) = memory.get_mut(at..at + 8) {
        place.copy_from_slice(&state.to_le_bytes());
    }
}
