//! The real Go toolchain given good and hostile sources. Installing it takes minutes, so where it is not installed
//! these tests say so and do nothing; `make test-languages` installs it.

#![expect(clippy::print_stdout, reason = "what was skipped, and the figures, are shown with --nocapture")]

use std::{
    path::{Path, PathBuf},
    sync::{Arc, LazyLock, Mutex, PoisonError},
    time::Instant,
};

use nil_compiler::{
    CompileFailure, CompileRequest, Compiled, PoolOptions, Sandbox, SandboxOptions, Toolchain, ToolchainState,
};
use nil_core::{CompileLimits, Diagnostic, Language, SourceFiles};

/// Test programs are their own launchers, as `nil` is: before the harness starts, and with it threads.
#[ctor::ctor]
fn be_a_launcher() {
    if let Some(code) = nil_compiler::box_main() {
        std::process::exit(code);
    }
}

const ECHO: &str = "package function\n\nfunc Handle(input map[string]any) map[string]any { return input }\n";

/// `NIL_CACHE`, or `.local` in the workspace, where `make` keeps what it fetched.
fn cache() -> PathBuf {
    let default = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.local");
    std::env::var_os("NIL_CACHE").map_or_else(default, PathBuf::from)
}

/// One toolchain for all tests, one test after the other; none where it is not installed.
static BENCH: LazyLock<Mutex<Bench>> = LazyLock::new(|| Mutex::new(Bench::new()));

struct Bench {
    runtime: tokio::runtime::Runtime,
    toolchain: Option<Arc<dyn Toolchain>>,
}

impl Bench {
    fn new() -> Self {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let toolchain = runtime.block_on(async {
            let state = nil_compiler::check(Language::Go, &cache().join("toolchains")).await;
            let ToolchainState::Installed(installed) = state else {
                println!("go: skipped, its toolchain is not installed here ({state:?})");
                return None;
            };
            // What a killed run leaves there, the next one clears.
            let scratch_dir = Some(Path::new(env!("CARGO_TARGET_TMPDIR")).join("scratch-go"));
            let sandbox = Sandbox::new(SandboxOptions { scratch_dir }).expect("a sandbox");
            sandbox.self_test().await;
            let options = PoolOptions { workers: 1, ..PoolOptions::default() };
            let toolchain = nil_compiler::start(&installed, &sandbox, options).await.expect("started");
            assert_eq!(toolchain.ready().await, 1);
            Some(toolchain)
        });
        Self { runtime, toolchain }
    }
}

fn with_toolchain<F: Future<Output = ()>>(test: impl FnOnce(Arc<dyn Toolchain>) -> F) {
    let bench = BENCH.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(toolchain) = &bench.toolchain {
        bench.runtime.block_on(test(Arc::clone(toolchain)));
    }
}

async fn compile_with(
    toolchain: &dyn Toolchain,
    source: &str,
    files: &[(&str, &str)],
    limits: CompileLimits,
) -> Result<Compiled, CompileFailure> {
    let files = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
    let files = Arc::new(SourceFiles::new(files).expect("paths that are allowed"));
    toolchain.compile(CompileRequest { source: source.into(), files, limits }).await
}

async fn compile(toolchain: &dyn Toolchain, source: &str) -> Result<Compiled, CompileFailure> {
    compile_with(toolchain, source, &[], CompileLimits::default()).await
}

async fn rejected(toolchain: &dyn Toolchain, source: &str, files: &[(&str, &str)]) -> Vec<Diagnostic> {
    match compile_with(toolchain, source, files, CompileLimits::default()).await {
        Err(CompileFailure::Rejected { diagnostics, .. }) => diagnostics,
        other => panic!("not rejected: {other:?}"),
    }
}

/// `file:line:column: message`.
fn shown(diagnostic: &Diagnostic) -> String {
    let number = |number: Option<u32>| number.map_or_else(|| "-".to_owned(), |number| number.to_string());
    let file = diagnostic.file.as_deref().unwrap_or("-");
    format!("{file}:{}:{}: {}", number(diagnostic.line), number(diagnostic.column), diagnostic.message)
}

#[test]
fn every_form_of_handle_becomes_a_module() {
    with_toolchain(async |toolchain| {
        for form in [
            "func Handle(input map[string]any) (any, error) { return input, nil }",
            "func Handle(input struct{ A int }) (sum struct{ B int64 }, err error) { return }",
            "func Handle(input struct{ A int }) int { return input.A }",
            "func Handle(struct{}) error { return nil }",
            "type In[T any] struct{ Value T }\n\nfunc Handle(input *In[string]) []string { return []string{input.Value} }",
        ] {
            let compiled = compile(&*toolchain, &format!("package function\n\n{form}\n")).await.expect(form);
            assert!(compiled.wasm.starts_with(b"\0asm\x01\0\0\0"), "{form}");
        }
    });
}

#[test]
fn files_are_packages_by_their_folder_and_equal_sources_give_equal_modules() {
    with_toolchain(async |toolchain| {
        let source = "package function\n\nimport \"function/lib/deep\"\n\nfunc Handle(in struct{ N int }) int { return deep.Twice(in.N) + more }\n";
        let files = [
            ("more.go", "package function\n\nconst more = 1\n"),
            ("more_test.go", "package function\n\nthis is not compiled\n"),
            ("more_linux.go", "package function\n\nnor is this\n"),
            ("lib/deep/twice.go", "// Package deep doubles.\npackage deep\n\nfunc Twice(n int) int { return 2 * n }\n"),
            ("notes.txt", "neither is this"),
        ];
        let build = || compile_with(&*toolchain, source, &files, CompileLimits::default());
        let (first, second) = (build().await.expect("a module"), build().await.expect("a module"));
        assert_eq!(first.wasm, second.wasm);
        println!("{} bytes in {} ms, then in {} ms", first.wasm.len(), first.compile_ms, second.compile_ms);
    });
}

#[test]
fn mistakes_are_shown_with_their_place() {
    with_toolchain(async |toolchain| {
        let handle = "func Handle(in map[string]any) (any, error)";
        let cases = [
            (format!("package function\n\n{handle} {{\n\t/* ü */ var n int = \"x\"; _ = n\n\treturn in, nil\n}}\n"), "function.go:4:22: cannot use \"x\""),
            (format!("package function\n\n{handle} {{\n\treturn in, nil +\n}}\n"), "function.go:5:1: syntax error: expected operand"),
            (format!("package function\n\n{handle} {{\n\tn := 1\n\treturn in, nil\n}}\n"), "function.go:4:2: declared and not used: n"),
            (format!("package main\n\n{handle} {{ return in, nil }}\n"), "function.go:1:9: the package of a function is `package function`, not `package main`"),
            ("package function\n".to_owned(), "-:-:-: there is no `Handle`; write `func Handle(input T) (U, error)`"),
            ("package function\n\nfunc Handle(a, b int) int { return a }\n".to_owned(), "function.go:3:6: `Handle` has another form"),
            ("package function\n\nfunc Handle[T any](a T) T { return a }\n".to_owned(), "function.go:3:6: `Handle` has another form"),
            (format!("package function\n\nimport \"github.com/x/y\"\n\n{handle} {{ return y.Z, nil }}\n"), "function.go:3:8: there is no package `github.com/x/y`"),
            (format!("package function\n\nimport \"internal/abi\"\n\n{handle} {{ return abi.X, nil }}\n"), "function.go:3:8: there is no package `internal/abi`"),
            (format!("package function\n\nimport \"function/lib\"\n\n{handle} {{ return lib.X, nil }}\n"), "function.go:3:8: there is no package `function/lib`: no `.go` file"),
        ];
        for (source, expected) in &cases {
            let found = shown(&rejected(&*toolchain, source, &[]).await[0]);
            assert!(found.starts_with(expected), "{source}\n{found}");
        }
        let circle = format!("package function\n\nimport \"function/a\"\n\n{handle} {{ return a.A, nil }}\n");
        let files = [
            ("a/a.go", "package a\n\nimport \"function/b\"\n\nvar A = b.B\n"),
            ("b/b.go", "package b\n\nimport \"function/a\"\n\nvar B = a.A\n"),
        ];
        let found = shown(&rejected(&*toolchain, &circle, &files).await[0]);
        assert!(found.contains("function/a → function/b → function/a"), "{found}");
        let inside = [("a/a.go", "package a\n\nvar A int = \"ä\" + 1\n")];
        let found = shown(&rejected(&*toolchain, &circle, &inside).await[0]);
        assert!(found.starts_with("a/a.go:3:"), "{found}");
    });
}

/// Sources that reach for what is not theirs, or for more than there is.
#[test]
fn hostile_sources_are_refused_and_the_service_goes_on() {
    with_toolchain(async |toolchain| {
        let limits = CompileLimits { timeout_ms: 12_000, memory_bytes: 600 << 20, ..CompileLimits::default() };
        let doubling = (1..26).fold("func f0[T any](x T) any { return x }\n".to_owned(), |text, n| {
            let before = n - 1;
            text + &format!("func f{n}[T any](x T) any {{ return []any{{f{before}(P[T, int]{{}}), f{before}(P[int, T]{{}})}} }}\n")
        });
        let generics = format!("type P[A, B any] struct {{ a A; b B }}\n{doubling}var bomb = f25(1)\n");
        let nested = format!("var n = {}1{}\n", "(".repeat(200_000), ")".repeat(200_000));
        let errors = (0..20_000).fold(String::new(), |text, n| text + &format!("var x{n} int = \"\"\n"));
        let cases = [
            ("a file of the host", "import _ \"embed\"\n\n//go:embed /etc/passwd\nvar secret string\n", "`//go:embed` is not available"),
            ("a file above", "import \"../../../etc/passwd\"\n", "is not an import path"),
            ("an absolute path", "import \"/etc/passwd\"\n", "is not an import path"),
            ("cgo", "/*\n#include \"/etc/passwd\"\n*/\nimport \"C\"\n", "cgo is not available"),
            ("the inside of another package", "import _ \"unsafe\"\n\n//go:linkname exit runtime.exit\nfunc exit(code int32)\n", "`//go:linkname` is not permitted"),
            ("flags for the linker", "//go:cgo_ldflag \"-Wl,--script=/etc/passwd\"\n", "is not permitted"),
            ("an export of its own", "//go:wasmexport alloc\nfunc alloc(n uint32) uint32 { return n }\n", "`//go:wasmexport` is not permitted"),
            ("another file's name", "//line /etc/passwd:1\nvar x int = \"\"\n", "`//line` is not permitted"),
            ("a body that is elsewhere", "func elsewhere()\n", "missing function body"),
            ("the shim itself", "import \"nil/shim\"\n\nvar _ = shim.Alloc\n", "there is no package `nil/shim`"),
            ("a number without end", "const a = 1 << 500\nconst b = a << 100000000\n", "invalid shift count"),
            ("a type in itself", "type T [2]T\n", "invalid recursive type"),
            ("a type that grows for ever", "type A[P any] struct{ next *A[A[P]] }\n\nvar a A[int]\n", "error"),
            ("2 GiB of data", "var a = [1 << 31]byte{1<<31 - 1: 1}\n", "limit"),
            ("generics that double", &generics, "limit"),
            ("nested parentheses", &nested, "error"),
            ("20,000 errors", &errors, "function.go:3:14: error: cannot use \"\""),
        ];
        for (name, source, expected) in cases {
            let began = Instant::now();
            let source = ECHO.replacen("\n\n", &format!("\n\n{source}\n"), 1);
            let failure = compile_with(&*toolchain, &source, &[], limits).await.expect_err(name);
            let text = match failure {
                CompileFailure::Rejected { compile_error, .. } => compile_error,
                CompileFailure::LimitExceeded(_) | CompileFailure::Crashed { .. } => format!("error: {failure}"),
                CompileFailure::Machine { reason } => panic!("{name}: blamed on the machine: {reason}"),
            };
            let first = text.lines().next().unwrap_or_default();
            println!("{name}: {} ms, {} bytes: {first}", began.elapsed().as_millis(), text.len());
            assert!(text.contains(expected), "{name}: {text}");
            assert!(text.len() <= 70_000, "{name}: {} bytes of text", text.len());
            assert!(!text.contains("root:") && !text.contains("/toolchains/"), "{name} tells about the host: {text}");
            compile(&*toolchain, ECHO).await.unwrap_or_else(|error| panic!("after {name}: {error}"));
        }
    });
}
