//! What is the same for every language: a toolchain as a compiler service starts it, and what its answers must be.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use nil_compiler::{
    CompileFailure, CompileRequest, Compiled, PoolOptions, Sandbox, SandboxOptions, Toolchain, ToolchainState,
};
use nil_core::{CompileLimits, Language, SourceFiles};

/// A source, and what must become of it.
pub(crate) struct Case {
    pub(crate) about: &'static str,
    pub(crate) source: String,
    pub(crate) files: Vec<(&'static str, String)>,
    pub(crate) end: End,
}

/// What must become of a source.
pub(crate) enum End {
    /// Refused, with all of this in the words.
    Refused(&'static [&'static str]),
    /// Refused, or a limit that is one of these; which one comes first depends on the machine.
    Stopped(&'static [&'static str]),
    /// A module, which does not hold this text.
    Without(&'static str),
}

impl Case {
    pub(crate) fn refused(about: &'static str, source: impl Into<String>, words: &'static [&'static str]) -> Self {
        Self { about, source: source.into(), files: Vec::new(), end: End::Refused(words) }
    }

    pub(crate) fn stopped(about: &'static str, source: impl Into<String>, words: &'static [&'static str]) -> Self {
        Self { about, source: source.into(), files: Vec::new(), end: End::Stopped(words) }
    }
}

/// The language under test with its toolchain; `None` when it is not asked for.
pub(crate) async fn toolchain(language: Language) -> Option<Arc<dyn Toolchain>> {
    let asked = std::env::var("NIL_TEST_LANGUAGES").unwrap_or_default();
    if !asked.split([' ', ',']).any(|name| name == language.as_str()) {
        eprintln!("{language}: skipped, NIL_TEST_LANGUAGES does not name it");
        return None;
    }
    let root = cache().join("toolchains");
    let state = nil_compiler::check(language, &root).await;
    let ToolchainState::Installed(installation) = state else {
        panic!("{language} is asked for but cannot be used: {state:?}")
    };
    let scratch_dir = Some(Path::new(env!("CARGO_TARGET_TMPDIR")).join("scratch"));
    let sandbox = Sandbox::new(SandboxOptions { scratch_dir }).expect("a sandbox");
    let options = PoolOptions { workers: 2, ..PoolOptions::default() };
    let toolchain = nil_compiler::start(&installation, &sandbox, options).await.expect("started");
    assert_eq!(toolchain.ready().await, 2);
    assert_eq!(toolchain.info(), installation.info());
    Some(toolchain)
}

/// `NIL_CACHE`, or `.local` in the workspace, where `make` keeps what it fetched.
fn cache() -> PathBuf {
    let default = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.local");
    std::env::var_os("NIL_CACHE").map_or_else(default, PathBuf::from)
}

pub(crate) async fn compile(
    toolchain: &dyn Toolchain,
    source: &str,
    files: &[(&str, &str)],
    limits: CompileLimits,
) -> Result<Compiled, CompileFailure> {
    let files = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
    let files = Arc::new(SourceFiles::new(files).expect("paths"));
    toolchain.compile(CompileRequest { source: source.into(), files, limits }).await
}

/// A module, and the same one again: equal sources are built once.
pub(crate) async fn is_a_module(toolchain: &dyn Toolchain, source: &str, files: &[(&str, &str)]) -> Vec<u8> {
    let first = compile(toolchain, source, files, CompileLimits::default()).await;
    let first = first.unwrap_or_else(|error| panic!("{source}\n{error}"));
    assert!(first.wasm.starts_with(b"\0asm\x01\0\0\0"));
    let again = compile(toolchain, source, files, CompileLimits::default()).await.expect("again");
    assert!(first.wasm == again.wasm, "two builds of one source differ");
    first.wasm
}

/// What is wrong with a source: the words people read.
pub(crate) async fn refusal(toolchain: &dyn Toolchain, source: &str, files: &[(&str, &str)]) -> String {
    match compile(toolchain, source, files, CompileLimits::default()).await {
        Err(CompileFailure::Rejected { compile_error, .. }) => compile_error,
        other => panic!("{source}\nnot refused: {other:?}"),
    }
}

/// Hostile sources one after the other; after each one a good source must still become a module.
pub(crate) async fn survives(toolchain: &dyn Toolchain, good: &str, cases: Vec<Case>) {
    let limits = CompileLimits { timeout_ms: 15_000, memory_bytes: 1 << 30, ..CompileLimits::default() };
    for case in cases {
        let files: Vec<_> = case.files.iter().map(|(path, text)| (*path, text.as_str())).collect();
        let began = Instant::now();
        let outcome = compile(toolchain, &case.source, &files, limits).await;
        eprintln!("{}: {} ms", case.about, began.elapsed().as_millis());
        assert!(began.elapsed() < Duration::from_secs(30), "{} took {:?}", case.about, began.elapsed());
        let said = match &outcome {
            Ok(_) => String::new(),
            Err(error) => error.to_string(),
        };
        let shown: String = said.chars().take(2000).collect();
        match case.end {
            End::Refused(words) => {
                assert!(matches!(outcome, Err(CompileFailure::Rejected { .. })), "{}: {outcome:?}", case.about);
                assert!(words.iter().all(|word| said.contains(word)), "{}: {shown}", case.about);
            }
            End::Stopped(words) => {
                assert!(outcome.is_err(), "{}: it compiled", case.about);
                assert!(!matches!(outcome, Err(CompileFailure::Machine { .. })), "{}: {shown}", case.about);
                assert!(words.iter().any(|word| said.contains(word)), "{}: {shown}", case.about);
            }
            End::Without(secret) => {
                let wasm = outcome.unwrap_or_else(|error| panic!("{}: {error}", case.about)).wasm;
                let found = wasm.windows(secret.len()).any(|bytes| bytes == secret.as_bytes());
                assert!(!found, "{}: the module holds `{secret}`", case.about);
            }
        }
        assert!(!said.contains("/toolchains/"), "{}: {shown}", case.about);
        let neighbour = compile(toolchain, good, &[], CompileLimits::default()).await;
        neighbour.unwrap_or_else(|error| panic!("after {}: {error}", case.about));
    }
}

/// How long a source takes, box and all, as the median of seven.
pub(crate) async fn median_ms(toolchain: &dyn Toolchain, source: &str) -> u128 {
    let mut times = Vec::new();
    for _ in 0..7 {
        let began = Instant::now();
        compile(toolchain, source, &[], CompileLimits::default()).await.expect("a module");
        times.push(began.elapsed().as_millis());
    }
    times.sort_unstable();
    times[3]
}
