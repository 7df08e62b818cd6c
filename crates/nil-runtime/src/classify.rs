//! From what stopped a call to the failure people read.

use nil_core::ExecutionLimits;
use wasmtime::{PoolConcurrencyLimitError, Trap};

use crate::{
    abi::Stop,
    backtrace,
    host::{Abort, BadPointer, DeniedGrowth, Exit, Failed, HostState, OutputFlood},
    outcome::{Failure, FailureKind},
};

/// Names the failure behind `stop`, given what the execution's limits saw.
pub(crate) fn classify(stop: Stop, state: &HostState, limits: &ExecutionLimits, slots: u32) -> Failure {
    let error = match stop {
        Stop::Failure(kind) => return Failure::of(kind),
        Stop::Thrown(thrown) => {
            return Failure { kind: FailureKind::Thrown { message: thrown.message }, backtrace: thrown.frames };
        }
        Stop::Engine(error) => error,
    };
    if let Some(Failed { message }) = error.downcast_ref::<Failed>() {
        return Failure::of(FailureKind::Thrown { message: message.clone() });
    }
    // Frames of an interpreter say nothing about the script it runs.
    let backtrace = if state.script.is_some() { Vec::new() } else { backtrace::symbolise(&error) };
    let kind = match name(&error, limits, slots) {
        FailureKind::Timeout { .. } if state.is_canceled() => FailureKind::Canceled,
        // A language whose runtime gives up says why before it ends the process.
        FailureKind::Exit { code } => match state.wasi.stderr_tail() {
            stderr if stderr.is_empty() => FailureKind::Exit { code },
            stderr => FailureKind::ExitCode { code, stderr },
        },
        kind => kind,
    };
    let backtrace = match kind {
        FailureKind::Abort { .. } => backtrace::without_ending(backtrace),
        _ => backtrace,
    };
    let kind = match state.limiter.denied() {
        Some(denied) => over_memory(denied, kind, state.limiter.memory_limit_bytes()),
        None => kind,
    };
    match kind {
        FailureKind::Trap { ref name } if name == "unreachable" => match last_words(&state.wasi.stderr_tail()) {
            Some(message) => Failure::of(FailureKind::Thrown { message }),
            None => Failure { kind, backtrace },
        },
        kind => Failure { kind, backtrace },
    }
}

/// What a language's runtime said before it gave up and trapped, in the words Go's has for it: they tell more than the
/// runtime's own frames.
fn last_words(stderr: &str) -> Option<String> {
    let is_it = |at: &usize| ["fatal error: ", "panic: "].iter().any(|words| stderr[*at..].starts_with(words));
    let mut lines = std::iter::once(0).chain(stderr.match_indices('\n').map(|(at, _)| at + 1));
    lines.find(is_it).map(|at| stderr[at..].to_owned())
}

fn name(error: &wasmtime::Error, limits: &ExecutionLimits, slots: u32) -> FailureKind {
    if let Some(trap) = error.downcast_ref::<Trap>() {
        return match trap {
            Trap::Interrupt => FailureKind::Timeout { limit_ms: limits.timeout_ms },
            Trap::StackOverflow => FailureKind::StackOverflow,
            Trap::UnreachableCodeReached => FailureKind::Trap { name: "unreachable".to_owned() },
            trap => {
                let name = trap.to_string();
                FailureKind::Trap { name: name.strip_prefix("wasm trap: ").unwrap_or(&name).to_owned() }
            }
        };
    }
    if let Some(Abort { message, file, line, column }) = error.downcast_ref::<Abort>() {
        let (message, file) = (message.clone(), file.clone());
        return FailureKind::Abort { message, file, line: *line, column: *column };
    }
    if let Some(Exit { code }) = error.downcast_ref::<Exit>() {
        return FailureKind::Exit { code: *code };
    }
    if let Some(pointer) = error.downcast_ref::<BadPointer>() {
        return FailureKind::GuestContract { reason: pointer.to_string() };
    }
    if let Some(OutputFlood { limit_bytes }) = error.downcast_ref::<OutputFlood>() {
        return FailureKind::OutputTooLarge { limit_bytes: *limit_bytes };
    }
    if error.is::<PoolConcurrencyLimitError>() {
        return FailureKind::NoCapacity { slots };
    }
    FailureKind::Host { reason: format!("{error:#}") }
}

/// Where AssemblyScript's own runtime aborts.
const LANGUAGE_RUNTIME: &str = "~lib/";

/// Languages fail in their own ways when memory does not grow (AssemblyScript: `unreachable`; others abort or
/// run out of bounds). The limit is the reason worth reading, and what followed is kept beside it.
fn over_memory(denied: DeniedGrowth, kind: FailureKind, memory_limit_bytes: u64) -> FailureKind {
    let (limit_bytes, own_maximum) = match denied {
        DeniedGrowth::Limit => (memory_limit_bytes, false),
        DeniedGrowth::OwnMaximum(bytes) => (bytes, true),
    };
    match kind {
        // The sandbox was refused its first memory: there is no guest code to have failed.
        FailureKind::Host { .. } => FailureKind::MemoryLimit { limit_bytes, own_maximum, then: None },
        // The guest lived on without that memory and then threw an error of its own.
        FailureKind::Abort { ref file, .. } if !file.is_empty() && !file.starts_with(LANGUAGE_RUNTIME) => kind,
        FailureKind::Trap { .. } | FailureKind::Abort { .. } | FailureKind::ExitCode { .. } => {
            FailureKind::MemoryLimit { limit_bytes, own_maximum, then: Some(kind.describe()) }
        }
        other => other,
    }
}
