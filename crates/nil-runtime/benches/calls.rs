//! What one call costs in process: instantiate, write the input, run, read the output, drop the sandbox.
//!
//! `cargo bench -p nil-runtime`. With `NIL_BENCH_WASM_DIR` every `.wasm` file there is called too, with the
//! input beside it (`name.json`) or `{}`: real functions are compiled from source elsewhere in the repository.

use std::{fs, path::PathBuf, sync::Arc};

use divan::{Bencher, counter::BytesCount};
use nil_core::ExecutionLimits;
use nil_runtime::{
    Call, CodeCacheConfig, LiveFunction, LoadRequest, Outcome, OutputMode, PublishLimits, Runtime, RuntimeConfig,
};

fn main() {
    divan::main();
}

const ECHO: &str = include_str!("../tests/cases/echo/module.wat");
const INPUT: &str = r#"{"name":"Ada","count":41,"tags":["one","two","three"],"nested":{"a":1,"b":[1,2,3]}}"#;

/// A function and what to call it with.
struct Guest {
    name: String,
    wasm: Vec<u8>,
    input: String,
}

fn guests() -> Vec<Guest> {
    let echo = wat::parse_str(ECHO).expect("the echo module");
    let mut guests = vec![Guest { name: "echo.wat".to_owned(), wasm: echo, input: INPUT.to_owned() }];
    let Some(dir) = std::env::var_os("NIL_BENCH_WASM_DIR").map(PathBuf::from) else { return guests };
    let mut files: Vec<_> =
        fs::read_dir(&dir).expect("NIL_BENCH_WASM_DIR").flatten().map(|entry| entry.path()).collect();
    files.sort();
    for file in files.iter().filter(|file| file.extension().is_some_and(|extension| extension == "wasm")) {
        guests.push(Guest {
            name: file.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
            wasm: fs::read(file).expect("a module"),
            input: fs::read_to_string(file.with_extension("json")).unwrap_or_else(|_| INPUT.to_owned()),
        });
    }
    guests
}

fn guest(name: &str) -> Guest {
    guests().into_iter().find(|guest| guest.name == name).expect("a guest of this name")
}

fn names() -> Vec<String> {
    guests().into_iter().map(|guest| guest.name).collect()
}

fn runtime() -> Runtime {
    Runtime::new(RuntimeConfig::default()).expect("a runtime")
}

fn load(runtime: &Runtime, wasm: &[u8]) -> Arc<LiveFunction> {
    let limits = PublishLimits::default();
    let published = runtime.publish(wasm, &limits).expect("a function");
    let mut request =
        LoadRequest { wasm_digest: published.wasm_digest, wasm: &mut || Ok(published.wasm.clone()), limits: &limits };
    runtime.load(&mut request).expect("a live function")
}

fn call<'a>(input: &'a str, limits: &'a ExecutionLimits) -> Call<'a> {
    Call { input, limits, output_mode: OutputMode::Json, cold: false }
}

/// A whole call.
#[divan::bench(args = names(), sample_count = 200, sample_size = 500)]
fn instantiate_and_call(bencher: Bencher<'_, '_>, name: &str) {
    let guest = guest(name);
    let runtime = runtime();
    let live = load(&runtime, &guest.wasm);
    let limits = ExecutionLimits::default();
    let first = runtime.execute(&live, &call(&guest.input, &limits));
    assert!(matches!(first.outcome, Outcome::Completed { .. }), "{first:?}");
    bencher.bench(|| runtime.execute(&live, &call(&guest.input, &limits)));
}

/// A whole call with larger inputs: what moving and transcoding bytes adds.
#[divan::bench(args = [1 << 10, 16 << 10, 256 << 10, 4 << 20])]
fn echo_bytes(bencher: Bencher<'_, '_>, bytes: usize) {
    let runtime = runtime();
    let live = load(&runtime, &guest("echo.wat").wasm);
    let limits = ExecutionLimits::default();
    let input = format!(r#"{{"text":"{}"}}"#, "x".repeat(bytes));
    bencher.counter(BytesCount::of_str(&input)).bench(|| runtime.execute(&live, &call(&input, &limits)));
}

/// The same outside of ASCII.
#[divan::bench(args = [1 << 10, 256 << 10])]
fn echo_cjk_bytes(bencher: Bencher<'_, '_>, bytes: usize) {
    let runtime = runtime();
    let live = load(&runtime, &guest("echo.wat").wasm);
    let limits = ExecutionLimits::default();
    let input = format!(r#"{{"text":"{}"}}"#, "語".repeat(bytes / 3));
    bencher.counter(BytesCount::of_str(&input)).bench(|| runtime.execute(&live, &call(&input, &limits)));
}

/// Publication without a compiling child.
#[divan::bench(args = names(), sample_count = 10)]
fn publish(bencher: Bencher<'_, '_>, name: &str) {
    let guest = guest(name);
    let runtime = runtime();
    bencher.bench(|| runtime.publish(&guest.wasm, &PublishLimits::default()).expect("a function"));
}

/// A cold load: verify the cached native code, map it, link it.
#[divan::bench(args = names())]
fn load_from_cache(bencher: Bencher<'_, '_>, name: &str) {
    let guest = guest(name);
    let dir = tempfile::tempdir().expect("a directory");
    let cache = CodeCacheConfig::new(dir.path().join("code"), dir.path().join("key"));
    let runtime =
        Runtime::new(RuntimeConfig { code_cache: Some(cache), ..RuntimeConfig::default() }).expect("a runtime");
    let limits = PublishLimits::default();
    let published = runtime.publish(&guest.wasm, &limits).expect("a function");
    bencher.bench(|| {
        let mut request = LoadRequest {
            wasm_digest: published.wasm_digest,
            wasm: &mut || Err("the cache has it".into()),
            limits: &limits,
        };
        runtime.load(&mut request).expect("a live function")
    });
}
