//! Cranelift over an untrusted module, bounded in time and memory by a process of its own.
//!
//! Each compilation gets a fresh child: a start costs about 3 ms here, a compilation 20 ms and more, and a fresh
//! process has exact limits and no state from another user's module.

mod child;
mod parent;
mod protocol;

pub use child::native_compiler_main;

use crate::{
    NativeCompiler, PublishError, PublishLimits, Rejection,
    engine::{self, Codegen},
};

/// Compiles validated `wasm` to native code for `codegen`.
pub(crate) fn compile(
    compiler: &NativeCompiler,
    codegen: Codegen,
    wasm: &[u8],
    limits: &PublishLimits,
) -> Result<Vec<u8>, PublishError> {
    match compiler {
        NativeCompiler::InProcess => engine::on_demand(codegen)
            .and_then(|engine| engine.precompile_module(wasm))
            .map_err(|error| refused(&format!("{error:#}"))),
        NativeCompiler::ChildProcess { program, args } => parent::compile(program, args, codegen, wasm, limits),
    }
}

/// A valid module Cranelift does not take, usually over a limit of its implementation.
fn refused(reason: &str) -> PublishError {
    Rejection::new(format!("the module cannot be compiled to native code: {reason}")).into()
}
