//! The real AssemblyScript toolchain, installed as a user would install it, given good and hostile sources.

#![expect(clippy::print_stdout, reason = "the figures are shown with --nocapture")]

use std::{
    path::{Path, PathBuf},
    sync::{Arc, LazyLock, Mutex, PoisonError},
    time::{Duration, Instant},
};

use nil_compiler::{
    CompileFailure, CompileRequest, Compiled, PoolOptions, Sandbox, SandboxOptions, Toolchain, ToolchainState,
};
use nil_core::{CompileLimits, Diagnostic, Language};

/// Test programs are their own launchers, as `nil` is: before the harness starts, and with it threads.
#[ctor::ctor]
fn be_a_launcher() {
    if let Some(code) = nil_compiler::box_main() {
        std::process::exit(code);
    }
}

const ECHO: &str = "export function handle(input: string): string { return input; }";

const JSON: &str = r#"import { JSON } from "json-as";
@json class Person { name: string = ""; age: i32 = 0; }
export function handle(input: string): string {
  const person = JSON.parse<Person>(input);
  person.age += 1;
  return JSON.stringify(person);
}"#;

/// `NIL_CACHE`, or `.local` in the workspace, where `make` keeps what it fetched.
fn cache() -> PathBuf {
    let default = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.local");
    std::env::var_os("NIL_CACHE").map_or_else(default, PathBuf::from)
}

/// One warm worker serves all tests, one test after the other: warming one up takes seconds of processor time.
static BENCH: LazyLock<Mutex<Bench>> = LazyLock::new(|| Mutex::new(Bench::new()));

struct Bench {
    runtime: tokio::runtime::Runtime,
    toolchain: Arc<dyn Toolchain>,
}

impl Bench {
    fn new() -> Self {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let toolchain = runtime.block_on(async {
            let root = cache().join("toolchains");
            let installed = nil_compiler::install(Language::AssemblyScript, &root, &|_| ()).await.expect("installed");
            // What a killed run leaves there, the next one clears.
            let scratch_dir = Some(Path::new(env!("CARGO_TARGET_TMPDIR")).join("scratch"));
            let sandbox = Sandbox::new(SandboxOptions { scratch_dir }).expect("a sandbox");
            let began = Instant::now();
            let verdict = sandbox.self_test().await.verdict();
            println!("self-test: {} ms, {verdict:?}", began.elapsed().as_millis());
            let options = PoolOptions { workers: 1, spares: 0, ..PoolOptions::default() };
            let began = Instant::now();
            let toolchain = nil_compiler::start(&installed, &sandbox, options).await.expect("started");
            tokio::time::timeout(Duration::from_secs(300), toolchain.ready()).await.expect("warm within five minutes");
            println!("start-up of one worker: {} ms", began.elapsed().as_millis());
            toolchain
        });
        Self { runtime, toolchain }
    }
}

fn with_toolchain<F: Future<Output = ()>>(test: impl FnOnce(Arc<dyn Toolchain>) -> F) {
    let bench = BENCH.lock().unwrap_or_else(PoisonError::into_inner);
    bench.runtime.block_on(test(Arc::clone(&bench.toolchain)));
}

async fn compile(toolchain: &dyn Toolchain, source: &str) -> Result<Compiled, CompileFailure> {
    compile_within(toolchain, source, CompileLimits::default()).await
}

async fn compile_within(
    toolchain: &dyn Toolchain,
    source: &str,
    limits: CompileLimits,
) -> Result<Compiled, CompileFailure> {
    toolchain.compile(CompileRequest { source: source.into(), files: Arc::default(), limits }).await
}

async fn rejected(toolchain: &dyn Toolchain, source: &str) -> (String, Vec<Diagnostic>) {
    match compile(toolchain, source).await {
        Err(CompileFailure::Rejected { compile_error, diagnostics }) => (compile_error, diagnostics),
        other => panic!("not rejected: {other:?}"),
    }
}

#[test]
fn an_installed_toolchain_is_found_and_named() {
    with_toolchain(async |toolchain| {
        let ToolchainState::Installed(found) =
            nil_compiler::check(Language::AssemblyScript, &cache().join("toolchains")).await
        else {
            panic!("it was installed a moment ago")
        };
        assert_eq!(found.info(), toolchain.info());
        assert!(found.version.starts_with("assemblyscript 0.28.") && found.version.contains(", json-as "), "{found:?}");
        let elsewhere = tempfile::tempdir().expect("a temporary folder");
        let missing = nil_compiler::check(Language::AssemblyScript, elsewhere.path()).await;
        let hint = "run `nil toolchain install assemblyscript`".to_owned();
        assert_eq!(missing, ToolchainState::Missing { hint });
    });
}

#[test]
fn good_sources_become_modules() {
    with_toolchain(async |toolchain| {
        for source in [ECHO, JSON, "export function add(a: i32, b: i32): i32 { return a + b; }"] {
            let compiled = compile(&*toolchain, source).await.expect("a module");
            assert!(compiled.wasm.starts_with(b"\0asm\x01\0\0\0"));
            let section = compiled.wasm.windows(7).any(|bytes| bytes == b"nil:abi");
            assert!(section, "the module says which ABI it has");
        }
    });
}

#[test]
fn mistakes_are_shown_with_line_and_column() {
    with_toolchain(async |toolchain| {
        let source = "export function handle(input: string): string {\n  const n: i32 = input;\n  return input;\n}\n";
        let (text, diagnostics) = rejected(&*toolchain, source).await;
        let first = diagnostics.first().expect("a diagnostic");
        assert_eq!(
            (first.file.as_deref(), first.line, first.column),
            (Some("index.ts"), Some(2), Some(18)),
            "{first:?}"
        );
        assert!(text.contains("index.ts:2:18: error TS2322"), "{text}");

        let (text, _) = rejected(&*toolchain, "const nothing = 1;").await;
        assert!(text.contains("handle"), "{text}");
    });
}

/// Sources that reach for what is not theirs, or for more than there is. The worker must serve a neighbour
/// afterwards, and the answer must name the cause.
#[test]
fn hostile_sources_are_refused_and_the_service_goes_on() {
    with_toolchain(async |toolchain| {
        let limits = CompileLimits { timeout_ms: 10_000, ..CompileLimits::default() };
        let nested = format!("export function f(): i32 {{ return {}1{}; }}", "(".repeat(200_000), ")".repeat(200_000));
        let blocks =
            format!("export function f(): i32 {{ {} return 1; {} }}", "{".repeat(100_000), "}".repeat(100_000));
        let sum = format!("export function f(): i32 {{ return 1{}; }}", " + 1".repeat(200_000));
        let type_bomb = "class Box<T> { v: T; grow(): i32 { return new Box<Box<T>>().grow(); } }\n\
        export function f(): i32 { return new Box<i32>().grow(); }";
        let errors = "let x: i32 = \"\";\n".repeat(5_000);
        let many_errors = "let x: i32 = \"\";\n".repeat(60_000);
        let too_large = " ".repeat((1 << 20) + 1);
        let cases: &[(&str, &str, &str)] = &[
            (
                "a file of the host",
                "import { x } from \"../../../etc/passwd\"; export function f(): i32 { return x; }",
                "passwd",
            ),
            ("an absolute path", "export * from \"/etc/passwd\";", "passwd"),
            (
                "the worker's own file",
                "import { y } from \"./worker\"; export function f(): i32 { return y; }",
                "worker",
            ),
            (
                "a package beside it",
                "import { z } from \"binaryen\"; export function f(): i32 { return z; }",
                "binaryen",
            ),
            ("a NUL", "export function f(): i32 { return 1; }\0", "NUL"),
            ("a source too large", &too_large, "1048577 bytes"),
            ("nested parentheses", &nested, "error"),
            ("nested blocks", &blocks, "error"),
            ("a long sum", &sum, "error"),
            ("a type that grows for ever", type_bomb, "error"),
            ("5,000 errors", &errors, "TS2"),
            ("60,000 errors", &many_errors, "error"),
            ("no text at all", "", "handle"),
        ];
        for (name, source, expected) in cases {
            let began = Instant::now();
            let failure = compile_within(&*toolchain, source, limits).await.expect_err(name);
            let took = began.elapsed();
            let text = match failure {
                CompileFailure::Rejected { compile_error, diagnostics } => {
                    assert!(!diagnostics.is_empty(), "{name}: no diagnostics");
                    compile_error
                }
                CompileFailure::LimitExceeded(_) | CompileFailure::Crashed { .. } => format!("error: {failure}"),
                CompileFailure::Machine { reason } => panic!("{name}: blamed on the machine: {reason}"),
            };
            println!(
                "{name}: {} ms, {} bytes: {}",
                took.as_millis(),
                text.len(),
                text.lines().next().unwrap_or_default()
            );
            assert!(text.contains(expected), "{name}: {text}");
            assert!(text.len() <= 70_000, "{name}: {} bytes of text", text.len());
            assert!(!text.contains("node_modules") && !text.contains("root:"), "{name} tells about the host: {text}");
            compile_within(&*toolchain, ECHO, limits).await.unwrap_or_else(|error| panic!("after {name}: {error}"));
        }
    });
}

#[test]
fn one_job_leaves_nothing_to_the_next() {
    with_toolchain(async |toolchain| {
        let alone = compile(&*toolchain, ECHO).await.expect("a module").wasm;
        let noisy = "@global class Array2 {} @global function handle2(): void {} export const leaked: i32 = 7;\n\
        export function handle(input: string): string { return leaked.toString() + input; }";
        compile(&*toolchain, noisy).await.expect("a module");
        let (_, diagnostics) =
            rejected(&*toolchain, "export function handle(i: string): string { return leaked.toString(); }").await;
        assert!(diagnostics.iter().any(|diagnostic| diagnostic.message.contains("leaked")), "{diagnostics:?}");
        assert_eq!(compile(&*toolchain, ECHO).await.expect("a module").wasm, alone);
    });
}

/// Run with `--nocapture` for the figures.
#[test]
fn a_warm_worker_answers_well_within_a_second() {
    with_toolchain(async |toolchain| {
        for (name, source) in [("echo", ECHO), ("json-as", JSON)] {
            let mut times = Vec::new();
            for _ in 0..7 {
                let began = Instant::now();
                compile(&*toolchain, source).await.expect("a module");
                times.push(began.elapsed().as_millis());
                // As between two users: time enough to prepare for the next.
                tokio::time::sleep(Duration::from_millis(300)).await;
            }
            times.sort_unstable();
            println!("{name}: median {} ms, fastest {} ms, slowest {} ms", times[3], times[0], times[6]);
            // The fastest, because other tests run beside this one.
            assert!(times[0] < 1000, "{name} takes {} ms at best", times[0]);
        }
    });
}
