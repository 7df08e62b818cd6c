//! Functions to call: the harness's own guests, compiled by the installed toolchain, and any others.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, LazyLock},
    time::Duration,
};

use nil_compiler::{CompileRequest, PoolOptions, Sandbox, SandboxOptions};
use nil_core::{CompileLimits, Language};

/// The body every JSON echo is sent.
pub(crate) const INPUT: &str = r#"{"name":"Ada","count":41,"tags":["one","two","three"],"nested":{"a":1,"b":[1,2,3]}}"#;

/// A function and what to call it with.
#[derive(Clone)]
pub(crate) struct Guest {
    pub(crate) name: String,
    pub(crate) wasm: Vec<u8>,
    pub(crate) input: String,
}

static GUESTS: LazyLock<Vec<Guest>> = LazyLock::new(|| {
    let [echo, json] = compiled(["echo", "json"]);
    let own = [("echo", echo), ("json", json)];
    let own = own.map(|(name, wasm)| Guest { name: name.to_owned(), wasm, input: INPUT.to_owned() });
    let mut guests: Vec<Guest> = own.into();
    guests.extend(others());
    guests
});

/// The names, for the list of benchmarks; looking at the list compiles nothing.
pub(crate) fn names() -> Vec<String> {
    let own = ["echo", "json"].map(str::to_owned);
    own.into_iter().chain(others().into_iter().map(|guest| guest.name)).collect()
}

/// One of [`names`].
pub(crate) fn guest(name: &str) -> Guest {
    GUESTS.iter().find(|guest| guest.name == name).cloned().unwrap()
}

/// Every `.wasm` file in `NIL_BENCH_WASM_DIR`, with the input beside it (`name.json`) or the usual one.
fn others() -> Vec<Guest> {
    let Some(dir) = std::env::var_os("NIL_BENCH_WASM_DIR").map(PathBuf::from) else { return Vec::new() };
    let mut files: Vec<_> = fs::read_dir(&dir).unwrap().flatten().map(|entry| entry.path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "wasm"));
    files.sort();
    let guest = |file: PathBuf| Guest {
        name: file.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
        wasm: fs::read(&file).unwrap(),
        input: fs::read_to_string(file.with_extension("json")).unwrap_or_else(|_| INPUT.to_owned()),
    };
    files.into_iter().map(guest).collect()
}

/// Compiles guests of the harness as the product would.
fn compiled<const N: usize>(names: [&str; N]) -> [Vec<u8>; N] {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let cache = std::env::var_os("NIL_CACHE").map_or_else(|| root.join("../.local"), PathBuf::from);
    let reactor = tokio::runtime::Runtime::new().unwrap();
    reactor.block_on(async {
        let installed =
            nil_compiler::install(Language::AssemblyScript, &cache.join("toolchains"), &|_| ()).await.unwrap();
        let scratch_dir = Some(Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench-scratch"));
        let sandbox = Sandbox::new(SandboxOptions { scratch_dir }).unwrap();
        let options = PoolOptions { workers: 1, spares: 0, ..PoolOptions::default() };
        let toolchain = nil_compiler::start(&installed, &sandbox, options).await.unwrap();
        tokio::time::timeout(Duration::from_secs(300), toolchain.ready()).await.unwrap();
        let mut modules = Vec::new();
        for name in names {
            let source: Arc<str> = fs::read_to_string(root.join("guests").join(format!("{name}.ts"))).unwrap().into();
            let request = CompileRequest { source, files: Arc::default(), limits: CompileLimits::default() };
            modules.push(toolchain.compile(request).await.unwrap().wasm);
        }
        toolchain.stop().await;
        modules.try_into().unwrap()
    })
}
