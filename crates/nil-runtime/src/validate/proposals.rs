//! The WebAssembly proposals functions may use, and the names of those they may not.

use wasmparser::{Validator, WasmFeatures};

/// What AssemblyScript, Rust, C, C++, Zig and Go emit by default. The engine and the validator share it.
///
/// Left out on purpose: threads, memory64, multi-memory, exceptions, GC and function references (each widens
/// what untrusted code can ask of the engine and no default toolchain needs it), relaxed SIMD (answers differ
/// between machines), tail calls and extended constants (nobody emits them unasked).
pub(crate) const ENABLED: WasmFeatures = WasmFeatures::FLOATS
    .union(WasmFeatures::MUTABLE_GLOBAL)
    .union(WasmFeatures::SATURATING_FLOAT_TO_INT)
    .union(WasmFeatures::SIGN_EXTENSION)
    .union(WasmFeatures::REFERENCE_TYPES)
    .union(WasmFeatures::MULTI_VALUE)
    .union(WasmFeatures::BULK_MEMORY)
    .union(WasmFeatures::SIMD);

/// What we can name when a module needs it, each with what it needs itself.
const NAMED: &[(&str, WasmFeatures)] = &[
    ("threads", WasmFeatures::THREADS),
    ("memory64", WasmFeatures::MEMORY64),
    ("multi-memory", WasmFeatures::MULTI_MEMORY),
    ("garbage-collected reference types", WasmFeatures::GC_TYPES),
    ("exceptions", WasmFeatures::EXCEPTIONS.union(WasmFeatures::GC_TYPES)),
    ("legacy exceptions", WasmFeatures::LEGACY_EXCEPTIONS.union(WasmFeatures::GC_TYPES)),
    ("relaxed SIMD", WasmFeatures::RELAXED_SIMD),
    ("tail calls", WasmFeatures::TAIL_CALL),
    ("extended constant expressions", WasmFeatures::EXTENDED_CONST),
    ("function references", WasmFeatures::FUNCTION_REFERENCES.union(WasmFeatures::GC_TYPES)),
    ("GC", WasmFeatures::GC.union(WasmFeatures::FUNCTION_REFERENCES).union(WasmFeatures::GC_TYPES)),
    ("custom page sizes", WasmFeatures::CUSTOM_PAGE_SIZES),
    ("wide arithmetic", WasmFeatures::WIDE_ARITHMETIC),
    ("stack switching", WasmFeatures::STACK_SWITCHING.union(WasmFeatures::GC_TYPES)),
];

/// The proposal whose absence makes `wasm` invalid at `offset`: the first that carries validation further.
///
/// Validates once per candidate, so only on the way to a rejection, and only modules for which that is quick.
pub(crate) fn missing_at(wasm: &[u8], offset: usize) -> Option<&'static str> {
    const MOST_BYTES: usize = 4 << 20;
    let candidates = if wasm.len() <= MOST_BYTES { NAMED } else { &[] };
    candidates
        .iter()
        .find(|(_, features)| match Validator::new_with_features(ENABLED.union(*features)).validate_all(wasm) {
            Ok(_) => true,
            Err(error) => error.offset() > offset,
        })
        .map(|(name, _)| *name)
}
