//! WebAssembly for ProjectNIL: publishes modules and executes them in sandboxes.
//!
//! Architecture invariants: this is the only crate that knows Wasmtime. It is synchronous and brings no threads
//! but the epoch's; the server decides where executions run. It knows no database and no HTTP.
//!
//! The way of a module: [`Runtime::publish`] validates it, detects its ABI, checks its imports, runs its
//! initialisers once and compiles it; [`Runtime::load`] makes a [`LiveFunction`] of it; [`Runtime::execute`]
//! calls that once, in a fresh sandbox, and answers an [`Execution`].

mod abi;
mod backtrace;
mod classify;
mod code_cache;
mod config;
mod constants;
mod detect;
mod engine;
mod epoch;
mod error;
mod execute;
mod host;
mod imports;
mod live_function;
mod load;
mod native_compile;
mod outcome;
mod pre_init;
mod publish;
mod rejection;
mod runtime;
mod shared;
mod shown;
mod validate;
mod variables;

pub use code_cache::CodeCacheStats;
pub use config::{CodeCacheConfig, NativeCompiler, RuntimeConfig};
pub use detect::{AbiDescription, Param, ScalarType};
pub use engine::Capacity;
pub use error::{CacheError, LoadError, MachineError, PublishError, StartError};
pub use execute::{Call, OutputMode};
pub use host::{GiveWay, HostClock, HostRandom, SystemClock, SystemRandom};
pub use live_function::LiveFunction;
pub use load::LoadRequest;
pub use native_compile::native_compiler_main;
pub use outcome::{Execution, Failure, FailureClass, FailureKind, Outcome};
pub use pre_init::PreInit;
pub use publish::Published;
pub use rejection::Rejection;
pub use runtime::Runtime;
pub use shared::SharedRuntimeSource;
pub use validate::PublishLimits;
pub use variables::Variables;
