//! The imports we offer, with their types: what a module is checked against before it is ever linked.

use wasmparser::ValType::{self, F32, F64, I32};

use super::{variables, wasi};

/// One offered function.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HostFunction {
    /// Its field name.
    pub name: &'static str,
    /// Its parameters.
    pub params: &'static [ValType],
    /// Its results.
    pub results: &'static [ValType],
    /// Whether it answers the same at publication as at every call, and leaves no trace.
    pub pure: bool,
}

/// The module name AssemblyScript's are imported from.
pub(crate) const MODULE: &str = "env";

const fn effect(name: &'static str, params: &'static [ValType], results: &'static [ValType]) -> HostFunction {
    HostFunction { name, params, results, pure: false }
}

const fn pure(name: &'static str, params: &'static [ValType]) -> HostFunction {
    HostFunction { name, params, results: &[F64], pure: true }
}

/// Every function of module `env` that AssemblyScript programs import, by how it is used there.
pub(crate) const FUNCTIONS: &[HostFunction] = &[
    // `throw`, `assert` and the runtime's own checks; stops the execution, so it is no effect.
    HostFunction { name: "abort", params: &[I32, I32, I32, I32], results: &[], pure: true },
    effect("process.exit", &[I32], &[]),
    effect("trace", &[I32, I32, F64, F64, F64, F64, F64], &[]),
    effect("console.assert", &[I32, I32], &[]),
    effect("console.log", &[I32], &[]),
    effect("console.debug", &[I32], &[]),
    effect("console.info", &[I32], &[]),
    effect("console.warn", &[I32], &[]),
    effect("console.error", &[I32], &[]),
    effect("console.time", &[I32], &[]),
    effect("console.timeLog", &[I32], &[]),
    effect("console.timeEnd", &[I32], &[]),
    effect("Date.now", &[], &[F64]),
    effect("performance.now", &[], &[F64]),
    effect("seed", &[], &[F64]),
    effect("Math.random", &[], &[F64]),
    // `JSMath`.
    pure("Math.abs", &[F64]),
    pure("Math.acos", &[F64]),
    pure("Math.acosh", &[F64]),
    pure("Math.asin", &[F64]),
    pure("Math.asinh", &[F64]),
    pure("Math.atan", &[F64]),
    pure("Math.atan2", &[F64, F64]),
    pure("Math.atanh", &[F64]),
    pure("Math.cbrt", &[F64]),
    pure("Math.ceil", &[F64]),
    pure("Math.clz32", &[F64]),
    pure("Math.cos", &[F64]),
    pure("Math.cosh", &[F64]),
    pure("Math.exp", &[F64]),
    pure("Math.expm1", &[F64]),
    pure("Math.floor", &[F64]),
    HostFunction { name: "Math.fround", params: &[F64], results: &[F32], pure: true },
    pure("Math.hypot", &[F64, F64]),
    pure("Math.imul", &[F64, F64]),
    pure("Math.log", &[F64]),
    pure("Math.log10", &[F64]),
    pure("Math.log1p", &[F64]),
    pure("Math.log2", &[F64]),
    pure("Math.max", &[F64, F64]),
    pure("Math.min", &[F64, F64]),
    pure("Math.pow", &[F64, F64]),
    pure("Math.round", &[F64]),
    pure("Math.sign", &[F64]),
    pure("Math.sin", &[F64]),
    pure("Math.sinh", &[F64]),
    pure("Math.sqrt", &[F64]),
    pure("Math.tan", &[F64]),
    pure("Math.tanh", &[F64]),
    pure("Math.trunc", &[F64]),
];

/// Every function of module `nil`.
pub(crate) const VARIABLES: &[HostFunction] =
    &[effect("env_get", &[I32, I32, I32, I32], &[I32]), effect("env_get_utf16", &[I32, I32, I32], &[I32])];

/// The constants of `JSMath`, imported as immutable `f64` globals of module `env`.
const CONSTANTS: &[(&str, f64)] = &[
    ("Math.E", std::f64::consts::E),
    ("Math.LN2", std::f64::consts::LN_2),
    ("Math.LN10", std::f64::consts::LN_10),
    ("Math.LOG2E", std::f64::consts::LOG2_E),
    ("Math.LOG10E", std::f64::consts::LOG10_E),
    ("Math.PI", std::f64::consts::PI),
    ("Math.SQRT1_2", std::f64::consts::FRAC_1_SQRT_2),
    ("Math.SQRT2", std::f64::consts::SQRT_2),
];

/// The offered function `module.name`.
pub(crate) fn function(module: &str, name: &str) -> Option<&'static HostFunction> {
    let offered = match module {
        MODULE => FUNCTIONS,
        variables::MODULE => VARIABLES,
        wasi::MODULE => wasi::FUNCTIONS,
        _ => return None,
    };
    offered.iter().find(|function| function.name == name)
}

/// The value of the offered constant `module.name`.
pub(crate) fn constant(module: &str, name: &str) -> Option<f64> {
    CONSTANTS.iter().find(|(constant, _)| module == MODULE && *constant == name).map(|(_, value)| *value)
}

/// What is offered, for messages.
pub(crate) fn offers() -> &'static str {
    "`env.abort`, `env.trace`, `env.seed`, `env.console.*`, `env.Date.now`, `env.performance.now`, `env.Math.*`, \
     `env.process.exit`, `nil.env_get` and WASI's `wasi_snapshot_preview1`"
}
