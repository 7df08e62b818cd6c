//! Cranelift over an untrusted module, bounded in time and memory by a process of its own.
//!
//! Each compilation gets a fresh child: a start costs about 3 ms here, a compilation 20 ms and more, and a fresh
//! process has exact limits and no state from another user's module.

mod child;
mod parent;
mod protocol;

pub use child::native_compiler_main;
use wasmtime::Engine;

use crate::{NativeCompiler, PublishError, PublishLimits, Rejection, engine::Codegen};

/// Compiles validated `wasm` to native code for `codegen`, whose engine in this process is `engine`.
pub(crate) fn compile(
    compiler: &NativeCompiler,
    codegen: Codegen,
    engine: &Engine,
    wasm: &[u8],
    limits: &PublishLimits,
) -> Result<Vec<u8>, PublishError> {
    match compiler {
        NativeCompiler::InProcess => engine.precompile_module(wasm).map_err(|error| refused(&format!("{error:#}"))),
        NativeCompiler::ChildProcess { program, args } => parent::compile(program, args, codegen, wasm, limits),
    }
}

/// A valid module Cranelift does not take, usually over a limit of its implementation.
fn refused(reason: &str) -> PublishError {
    Rejection::new(format!("the module cannot be compiled to native code: {reason}")).into()
}
