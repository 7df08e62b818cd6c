//! What one call costs in process: instantiate, write the input, run, read the output, drop the sandbox; and what it
//! takes to get there.

use std::sync::Arc;

use divan::{Bencher, counter::BytesCount};
use nil_core::ExecutionLimits;
use nil_runtime::{
    Call, CodeCacheConfig, LiveFunction, LoadRequest, Outcome, OutputMode, PublishLimits, Runtime, RuntimeConfig,
};

use crate::guests::{guest, names};

/// A call that does next to nothing: what is left is the instance's life.
const CONSTANT: &str = r#"(module (func (export "handle") (result i32) (i32.const 42)))"#;

fn runtime() -> Runtime {
    Runtime::new(RuntimeConfig::default()).unwrap()
}

fn load(runtime: &Runtime, wasm: &[u8]) -> Arc<LiveFunction> {
    let limits = PublishLimits::default();
    let published = runtime.publish(wasm, &limits).unwrap();
    let mut request =
        LoadRequest { wasm_digest: published.wasm_digest, wasm: &mut || Ok(published.wasm.clone()), limits: &limits };
    runtime.load(&mut request).unwrap()
}

fn call<'a>(input: &'a str, limits: &'a ExecutionLimits) -> Call<'a> {
    Call { input, limits, output_mode: OutputMode::Json, cold: false, variables: None }
}

/// Calls over and over, once it is known that the call works.
fn repeat(bencher: Bencher<'_, '_>, wasm: &[u8], input: &str) {
    let runtime = runtime();
    let live = load(&runtime, wasm);
    let limits = ExecutionLimits::default();
    let first = runtime.execute(&live, &call(input, &limits));
    assert!(matches!(first.outcome, Outcome::Completed { .. }), "{first:?}");
    bencher.counter(BytesCount::of_str(input)).bench(|| runtime.execute(&live, &call(input, &limits)));
}

/// A sandbox and nothing in it.
#[divan::bench(sample_count = 200, sample_size = 500)]
fn instantiate(bencher: Bencher<'_, '_>) {
    repeat(bencher, &wat::parse_str(CONSTANT).unwrap(), "{}");
}

/// A whole call of a compiled function.
#[divan::bench(args = names(), sample_count = 200, sample_size = 500)]
fn instantiate_and_call(bencher: Bencher<'_, '_>, name: &str) {
    let guest = guest(name);
    repeat(bencher, &guest.wasm, &guest.input);
}

/// The same with larger inputs: what moving and transcoding bytes adds.
#[divan::bench(args = [64, 4 << 10, 1 << 20])]
fn echo_ascii_bytes(bencher: Bencher<'_, '_>, bytes: usize) {
    repeat(bencher, &guest("echo").wasm, &format!(r#""{}""#, "x".repeat(bytes)));
}

/// The same outside of ASCII.
#[divan::bench(args = [64, 4 << 10, 1 << 20])]
fn echo_cjk_bytes(bencher: Bencher<'_, '_>, bytes: usize) {
    repeat(bencher, &guest("echo").wasm, &format!(r#""{}""#, "語".repeat(bytes / 3)));
}

/// Publication without a compiling child.
#[divan::bench(args = names(), sample_count = 10)]
fn publish(bencher: Bencher<'_, '_>, name: &str) {
    let guest = guest(name);
    let runtime = runtime();
    bencher.bench(|| runtime.publish(&guest.wasm, &PublishLimits::default()).unwrap());
}

/// A cold load: verify the cached native code, map it, link it.
#[divan::bench(args = names())]
fn load_from_cache(bencher: Bencher<'_, '_>, name: &str) {
    let guest = guest(name);
    let dir = tempfile::tempdir().unwrap();
    let cache = CodeCacheConfig::new(dir.path().join("code"), dir.path().join("key"));
    let runtime = Runtime::new(RuntimeConfig { code_cache: Some(cache), ..RuntimeConfig::default() }).unwrap();
    let limits = PublishLimits::default();
    let published = runtime.publish(&guest.wasm, &limits).unwrap();
    bencher.bench(|| {
        let mut request = LoadRequest {
            wasm_digest: published.wasm_digest,
            wasm: &mut || Err("the cache has it".into()),
            limits: &limits,
        };
        runtime.load(&mut request).unwrap()
    });
}
