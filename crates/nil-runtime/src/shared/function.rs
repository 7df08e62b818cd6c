//! A function over a shared runtime: from its tiny module to a snapshot, and from there to calls.

use std::{collections::HashMap, sync::Arc, time::Duration};

use nil_core::{Diagnostic, ExecutionLimits, SCRIPT_SECTION, Script};
use serde::{Deserialize, Serialize};
use wasmparser::{Parser, Payload};
use wasmtime::{Instance, InstancePre, ModuleExport, Store};

use super::{
    Interpreter, Prepared,
    delta::Delta,
    python,
    quickjs::{self, SourceMaps, Thrown, Unevaluated, Value},
};
use crate::{
    PreInit, PublishError, PublishLimits, Rejection, Runtime,
    abi::{Stop, memory},
    classify::classify,
    execute::{Call, on_tick},
    host::{AskedWhileEvaluating, HostState, Limiter, ScriptHost},
    outcome::FailureKind,
};

/// The most a function's evaluated modules may change of the runtime's memory, in bytes: every call copies it.
const MAX_DELTA_BYTES: usize = 16 << 20;

/// What a load needs to know beside the delta.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ScriptMetadata {
    /// SHA-256 of the shared runtime.
    pub runtime: [u8; 32],
    /// SHA-256 of the image the delta is over.
    pub image: [u8; 32],
}

/// What stands before the delta in what is kept.
#[derive(Debug, Serialize, Deserialize)]
struct Head {
    /// What a call starts from.
    start: Start,
    /// The paths of its modules.
    paths: Vec<String>,
    /// The source maps by path, as JSON.
    maps: HashMap<String, String>,
}

/// How far a snapshot got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Start {
    /// Everything is evaluated: call this.
    Handle(Value),
    /// Everything is parsed: evaluate this module first.
    Module(Value),
}

/// A function ready to be called.
pub(crate) struct ScriptFunction {
    prepared: Arc<Prepared>,
    delta: Delta,
    start: Start,
    paths: Arc<[String]>,
    maps: Arc<SourceMaps>,
}

/// A function that was evaluated for publication.
pub(crate) struct Snapshot {
    /// What is kept, for [`Runtime::script_function`].
    pub kept: Vec<u8>,
    pub metadata: ScriptMetadata,
    pub memory_bytes: u64,
    pub pre_init: PreInit,
}

/// The script in a validated module.
pub(crate) fn detect(wasm: &[u8]) -> Result<Script, Rejection> {
    let sections = Parser::new(0).parse_all(wasm).flatten().filter_map(|payload| match payload {
        Payload::CustomSection(section) if section.name() == SCRIPT_SECTION => Some(section.data()),
        _ => None,
    });
    let Some(section) = { sections }.next() else {
        return Err(Rejection::new(format!("the module has no custom section `{SCRIPT_SECTION}` with its script")));
    };
    let script: Script = serde_json::from_slice(section)
        .map_err(|error| Rejection::new(format!("the custom section `{SCRIPT_SECTION}` cannot be read: {error}")))?;
    if !script.modules.iter().any(|module| module.path == script.entry) {
        return Err(Rejection::new(format!("the custom section `{SCRIPT_SECTION}` does not hold its entry module")));
    }
    Ok(script)
}

impl Runtime {
    /// Evaluates `script` in a sandbox over its shared runtime and keeps what that changed.
    ///
    /// # Errors
    /// When a module throws, does not end within its limits, or exports nothing that can be called.
    pub(crate) fn snapshot_script(&self, script: &Script, limits: &PublishLimits) -> Result<Snapshot, PublishError> {
        let digest = parse_digest(&script.runtime)
            .ok_or_else(|| Rejection::new("the script names its runtime by something that is no SHA-256"))?;
        let prepared = self.shared_runtime(&digest, limits)?;
        let maps = Arc::new(SourceMaps::new(script));
        let (start, delta, pre_init) = match self.evaluate(&prepared, script, &maps, limits, Keep::Evaluated)? {
            Ok((start, delta)) => (start, delta, PreInit::Done),
            Err(reason) => match self.evaluate(&prepared, script, &maps, limits, Keep::Parsed)? {
                Ok((start, delta)) => (start, delta, PreInit::Skipped { reason }),
                Err(reason) => return Err(at(script, reason).into()),
            },
        };
        if delta.bytes() > MAX_DELTA_BYTES {
            return Err(Rejection::new(format!(
                "the function's modules hold {} bytes once they are evaluated; at most {MAX_DELTA_BYTES} are allowed, \
                 since each call starts from a copy; compute large tables when they are needed",
                delta.bytes()
            ))
            .into());
        }
        tracing::debug!(delta_bytes = delta.bytes(), ?pre_init, "evaluated a script");
        let metadata = ScriptMetadata { runtime: digest, image: prepared.image_digest };
        let paths = script.modules.iter().map(|module| module.path.clone()).collect();
        let kept = encode(&Head { start, paths, maps: maps.parts().clone() }, &delta);
        Ok(Snapshot { kept, metadata, memory_bytes: delta.memory_bytes(), pre_init })
    }

    /// Parses and evaluates `script`, and keeps what one of the two made of memory. `Err` inside: why it must not be
    /// kept.
    fn evaluate(
        &self,
        prepared: &Arc<Prepared>,
        script: &Script,
        maps: &Arc<SourceMaps>,
        limits: &PublishLimits,
        keep: Keep,
    ) -> Result<Result<(Start, Delta), String>, PublishError> {
        let run = ExecutionLimits {
            memory_bytes: limits.memory_bytes,
            timeout_ms: limits.initialize_timeout_ms,
            ..ExecutionLimits::default()
        };
        let paths = script.modules.iter().map(|module| module.path.clone()).collect();
        let host = script_host(prepared, paths, maps).with_sources(script);
        let pre = match keep {
            Keep::Evaluated => &prepared.evaluate,
            Keep::Parsed => &prepared.call,
        };
        let mut store = self.script_store(pre, &run, host);
        let _running = self.ticker().enter();
        let kept = match &prepared.interpreter {
            Interpreter::Quickjs { api, boot } => quickjs::snapshot((api, boot), pre, &mut store, script, maps, keep),
            Interpreter::Cpython { api, boot } => python::snapshot((api, boot), pre, &mut store, script, keep),
        };
        match kept {
            Ok(Kept { frozen: Some(what), .. }) if keep == Keep::Evaluated => {
                Ok(Err(AskedWhileEvaluating { what }.to_string()))
            }
            Ok(Kept { start, delta, .. }) => Ok(Ok((start, delta))),
            Err(Unevaluated::Stopped(Stop::Engine(error))) => match error.downcast_ref::<AskedWhileEvaluating>() {
                Some(asked) => Ok(Err(asked.to_string())),
                None => Err(self.stopped(Stop::Engine(error), &store, &run)),
            },
            Err(Unevaluated::Stopped(stop)) => Err(self.stopped(stop, &store, &run)),
            Err(Unevaluated::Threw(thrown)) => Err(thrown_rejection(&thrown).into()),
            Err(Unevaluated::Refused(rejection)) => Err(rejection.into()),
            Err(Unevaluated::NeverSettles) => Err(at(script, NEVER_SETTLES.to_owned()).into()),
            Err(Unevaluated::NoHandle { exports }) => Err(at(script, no_handle(prepared, &exports)).into()),
        }
    }

    /// A limit was reached, or the engine failed.
    fn stopped(&self, stop: Stop, store: &Store<HostState>, limits: &ExecutionLimits) -> PublishError {
        let failure = classify(stop, store.data(), limits, self.capacity().slots);
        if matches!(failure.kind, FailureKind::NoCapacity { .. }) {
            return PublishError::Runtime(failure.message());
        }
        Rejection::new(format!("the function's modules cannot be evaluated: {}", failure.message())).into()
    }

    fn script_store(
        &self,
        pre: &InstancePre<HostState>,
        limits: &ExecutionLimits,
        host: ScriptHost,
    ) -> Store<HostState> {
        let limiter = Limiter::new(limits.memory_bytes.min(self.max_memory_bytes()), self.max_table_elements());
        let mut state = HostState::new(limiter, 0, Duration::from_millis(limits.timeout_ms), None);
        state.script = Some(host);
        let mut store = Store::new(pre.module().engine(), state);
        store.limiter(|state| &mut state.limiter);
        store.set_epoch_deadline(1);
        store.epoch_deadline_callback(on_tick);
        store
    }

    /// The function that was `kept`; `None` when it is of another image.
    pub(crate) fn script_function(
        &self,
        kept: &[u8],
        metadata: &ScriptMetadata,
        limits: &PublishLimits,
    ) -> Result<Option<ScriptFunction>, PublishError> {
        let prepared = self.shared_runtime(&metadata.runtime, limits)?;
        if prepared.image_digest != metadata.image {
            return Ok(None);
        }
        Ok(decode(kept).map(|(head, delta)| ScriptFunction {
            prepared,
            delta,
            start: head.start,
            paths: head.paths.into(),
            maps: Arc::new(SourceMaps::from_parts(head.maps)),
        }))
    }
}

impl ScriptFunction {
    /// What instances are made from.
    pub(crate) fn pre(&self) -> &InstancePre<HostState> {
        &self.prepared.call
    }

    /// About how much memory it keeps while it is idle, in bytes; the runtime is everybody's.
    pub(crate) fn resident_bytes(&self) -> u64 {
        const HEAP_BYTES: usize = 2 << 10;
        (HEAP_BYTES + self.delta.bytes() + self.maps.bytes()) as u64
    }

    /// What host functions need during a call.
    pub(crate) fn host(&self) -> ScriptHost {
        script_host(&self.prepared, Arc::clone(&self.paths), &self.maps)
    }

    /// One call on a fresh store.
    pub(crate) fn call(&self, store: &mut Store<HostState>, call: &Call<'_>, seed: u64) -> Result<String, Stop> {
        let instance = self.prepared.call.instantiate(&mut *store)?;
        let (delta, start) = (&self.delta, self.start);
        let called = match &self.prepared.interpreter {
            Interpreter::Quickjs { api, boot } => {
                quickjs::call((api, boot), store, &instance, (delta, start), call, seed, &self.maps)
            }
            Interpreter::Cpython { api, boot } => {
                python::call((api, boot), store, &instance, (delta, start), call, seed)
            }
        };
        called.map_err(|ended| match ended {
            Unevaluated::Stopped(stop) => stop,
            Unevaluated::Threw(thrown) => Stop::Thrown(thrown),
            // Seen at publication, or the function would not be here.
            Unevaluated::Refused(rejection) => Stop::output(rejection.to_string()),
            Unevaluated::NeverSettles => Stop::output(NEVER_SETTLES),
            Unevaluated::NoHandle { exports } => Stop::output(no_handle(&self.prepared, &exports)),
        })
    }
}

fn script_host(prepared: &Prepared, paths: Arc<[String]>, maps: &Arc<SourceMaps>) -> ScriptHost {
    ScriptHost::new(prepared.interpreter.scratch(), paths, Arc::clone(maps))
        .with_library(prepared.interpreter.library())
}

/// Turns a fresh instance of a runtime into one that holds a function.
pub(super) fn restore(
    store: &mut Store<HostState>,
    instance: &Instance,
    export: &ModuleExport,
    delta: &Delta,
) -> Result<(), Stop> {
    let memory = memory(store, instance, export)?;
    let missing = delta.memory_bytes().saturating_sub(memory.data_size(&*store) as u64).div_ceil(65_536);
    if missing > 0 {
        memory.grow(&mut *store, missing)?;
    }
    if delta.apply(memory.data_mut(store)) {
        Ok(())
    } else {
        Err(Stop::contract("the snapshot of the function does not fit its runtime"))
    }
}

/// Both parts with their lengths before them, so that what follows in a file is no part of it.
fn encode(head: &Head, delta: &Delta) -> Vec<u8> {
    // Strings and numbers only: this cannot fail.
    let (head, delta) = (serde_json::to_vec(head).unwrap_or_default(), delta.encode());
    let lengths = [head.len() as u64, delta.len() as u64].map(u64::to_le_bytes).concat();
    [lengths, head, delta].concat()
}

/// How many bytes [`encode`] wrote, from the first 16 of them.
pub(crate) fn encoded_bytes(lengths: &[u8; 16]) -> Option<u64> {
    let (head, delta) = lengths.split_first_chunk::<8>()?;
    u64::from_le_bytes(*head).checked_add(u64::from_le_bytes(delta.try_into().ok()?))?.checked_add(16)
}

fn decode(kept: &[u8]) -> Option<(Head, Delta)> {
    let (lengths, rest) = kept.split_first_chunk::<16>()?;
    (encoded_bytes(lengths)? == kept.len() as u64).then_some(())?;
    let (head, delta) = rest.split_at_checked(u64::from_le_bytes(lengths[..8].try_into().ok()?) as usize)?;
    Some((serde_json::from_slice(head).ok()?, Delta::decode(delta)?))
}

const NEVER_SETTLES: &str = "a top-level `await` waits for a promise that never settles";

fn no_handle(prepared: &Prepared, exports: &[String]) -> String {
    let found = match exports {
        [] => "nothing".to_owned(),
        names => names.iter().map(|name| format!("`{}`", crate::shown::shown(name))).collect::<Vec<_>>().join(", "),
    };
    match prepared.interpreter {
        Interpreter::Quickjs { .. } => format!(
            "there is nothing to call: export a function `handle(input)`, or one as default; the module exports {found}"
        ),
        Interpreter::Cpython { .. } => {
            format!("there is nothing to call: write `def handle(input):`; the module defines {found}")
        }
    }
}

/// What a snapshot is taken of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keep {
    /// The evaluated modules.
    Evaluated,
    /// The parsed modules, which each call evaluates; they are evaluated once here to see that they can be.
    Parsed,
}

/// What became of evaluating or parsing.
pub(super) struct Kept {
    pub start: Start,
    pub delta: Delta,
    /// What was asked for that must not be frozen, where the interpreter itself has the answer.
    pub frozen: Option<&'static str>,
}

fn at(script: &Script, message: String) -> Rejection {
    let mut diagnostic = Diagnostic::error(message);
    diagnostic.file = Some(script.entry.clone());
    Rejection { diagnostics: vec![diagnostic] }
}

fn thrown_rejection(thrown: &Thrown) -> Rejection {
    let mut diagnostic = Diagnostic::error(format!("the module throws when it is loaded: {}", thrown.message));
    if let Some((file, line, column)) = thrown.place() {
        diagnostic.file = Some(file.to_owned());
        diagnostic.line = Some(line);
        diagnostic.column = Some(column);
    }
    Rejection { diagnostics: vec![diagnostic] }
}

fn parse_digest(text: &str) -> Option<[u8; 32]> {
    let mut digest = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (byte, at) in digest.iter_mut().zip((0..64).step_by(2)) {
        *byte = u8::from_str_radix(&text[at..at + 2], 16).ok()?;
    }
    Some(digest)
}
