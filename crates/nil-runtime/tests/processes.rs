//! What needs a process of its own: compiling under limits, and starting where address space is short.
//!
//! Without the usual harness, because the children are this program again.

use std::{
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    process::{Command, ExitCode},
    time::{Duration, Instant},
};

use nil_core::ExecutionLimits;
use nil_runtime::{
    Call, CodeCacheConfig, LoadError, LoadRequest, MachineError, NativeCompiler, Outcome, OutputMode, PublishError,
    PublishLimits, Runtime, RuntimeConfig,
};
use rustix::process::{Resource, Rlimit, setrlimit};

const TESTS: &[(&str, fn())] = &[
    ("a_child_compiles_what_this_process_runs", a_child_compiles_what_this_process_runs),
    ("children_compile_side_by_side", children_compile_side_by_side),
    ("a_compilation_ends_at_its_deadline", a_compilation_ends_at_its_deadline),
    ("a_compilation_ends_at_its_memory_limit", a_compilation_ends_at_its_memory_limit),
    ("a_child_that_is_no_compiler_is_the_machine_s_fault", a_child_that_is_no_compiler_is_the_machine_s_fault),
    ("short_address_space_means_fewer_sandboxes", short_address_space_means_fewer_sandboxes),
    ("no_address_space_is_said_plainly", no_address_space_is_said_plainly),
];

fn main() -> ExitCode {
    let args: Vec<_> = std::env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["child-compiler"] => {
            return u8::try_from(nil_runtime::native_compiler_main()).map_or(ExitCode::FAILURE, ExitCode::from);
        }
        ["child-crash"] => std::process::abort(),
        ["child-nonsense"] => return ExitCode::SUCCESS,
        ["child-address-space", bytes, cache] => return within_address_space(bytes, Path::new(cache)),
        _ => {}
    }
    if args.iter().any(|arg| arg == "--list") {
        TESTS.iter().for_each(|(name, _)| say(&format!("{name}: test")));
        return ExitCode::SUCCESS;
    }
    let filter = args.iter().find(|arg| !arg.starts_with('-'));
    let mut failed = false;
    for (name, test) in TESTS.iter().filter(|(name, _)| filter.is_none_or(|filter| name.contains(filter))) {
        let ok = catch_unwind(AssertUnwindSafe(test)).is_ok();
        say(&format!("test {name} ... {}", if ok { "ok" } else { "FAILED" }));
        failed |= !ok;
    }
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

#[expect(clippy::print_stdout, reason = "the output of a test program")]
fn say(line: &str) {
    println!("{line}");
}

fn child(mode: &str) -> NativeCompiler {
    let program = std::env::current_exe().expect("this program");
    NativeCompiler::ChildProcess { program, args: vec![mode.into()] }
}

fn runtime(native_compiler: NativeCompiler) -> Runtime {
    Runtime::new(RuntimeConfig { slots: 8, native_compiler, ..RuntimeConfig::default() }).expect("a runtime")
}

fn guest(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(name).join("module.wat");
    wat::parse_file(path).expect("a module")
}

/// `functions` functions of a few thousand blocks each: work for a compiler.
fn laborious(functions: usize) -> Vec<u8> {
    let step = "(local.set $a (i32.xor (i32.mul (local.get $a) (i32.const 31)) (local.get $b))) \
                (if (i32.lt_s (local.get $a) (local.get $b)) (then (local.set $b (i32.add (local.get $b) (local.get $a)))))";
    let body = step.repeat(1_500);
    let one = format!("(func (param $b i32) (result i32) (local $a i32) {body} (local.get $a))");
    wat::parse_str(format!("(module {} (func (export \"f\") (result i32) (i32.const 42)))", one.repeat(functions)))
        .expect("a module")
}

fn call(runtime: &Runtime, wasm: &[u8], input: &str) -> String {
    let limits = PublishLimits::default();
    let published = runtime.publish(wasm, &limits).expect("a function");
    let mut request =
        LoadRequest { wasm_digest: published.wasm_digest, wasm: &mut || Ok(published.wasm.clone()), limits: &limits };
    let live = runtime.load(&mut request).expect("a live function");
    let limits = ExecutionLimits::default();
    let call = Call { input, limits: &limits, output_mode: OutputMode::Json, cold: false, variables: None };
    match runtime.execute(&live, &call).outcome {
        Outcome::Completed { output } => output,
        Outcome::Failed(failure) => panic!("{}", failure.message()),
    }
}

fn rejection(runtime: &Runtime, wasm: &[u8], limits: &PublishLimits) -> String {
    match runtime.publish(wasm, limits) {
        Err(PublishError::Rejected(rejection)) => rejection.to_string(),
        other => panic!("not a rejection: {:?}", other.map(|published| published.exports)),
    }
}

fn a_child_compiles_what_this_process_runs() {
    let runtime = runtime(child("child-compiler"));
    assert_eq!(call(&runtime, &guest("echo"), r#"{"a":1}"#), r#"{"a":1}"#);
    // With an initialiser there are two compilations, for two engines.
    assert_eq!(call(&runtime, &laborious(1), "{}"), "42");
    let start = "(module (global $g (mut i32) (i32.const 0)) (start $s) (func $s (global.set $g (i32.const 7))) \
                 (func (export \"f\") (result i32) (global.get $g)))";
    assert_eq!(call(&runtime, &wat::parse_str(start).expect("a module"), "{}"), "7");
}

fn children_compile_side_by_side() {
    let runtime = runtime(child("child-compiler"));
    std::thread::scope(|scope| {
        for functions in 1..=4 {
            let runtime = &runtime;
            scope.spawn(move || assert_eq!(call(runtime, &laborious(functions), "{}"), "42"));
        }
    });
}

fn a_compilation_ends_at_its_deadline() {
    let runtime = runtime(child("child-compiler"));
    let limits = PublishLimits { compile_timeout_ms: 200, ..PublishLimits::default() };
    let started = Instant::now();
    let text = rejection(&runtime, &laborious(400), &limits);
    assert!(text.contains("compiling takes longer than 200 ms"), "{text}");
    assert!(started.elapsed() < Duration::from_secs(20), "it took {:?}", started.elapsed());
    assert_eq!(call(&runtime, &guest("echo"), "{}"), "{}");
}

fn a_compilation_ends_at_its_memory_limit() {
    let runtime = runtime(child("child-compiler"));
    let limits = PublishLimits { compile_memory_bytes: 40 << 20, ..PublishLimits::default() };
    let text = rejection(&runtime, &laborious(300), &limits);
    assert!(text.contains("compiling needs more than 41943040 bytes of memory"), "{text}");
    assert_eq!(call(&runtime, &guest("echo"), "{}"), "{}");
}

fn a_child_that_is_no_compiler_is_the_machine_s_fault() {
    let missing = NativeCompiler::ChildProcess { program: PathBuf::from("/nonexistent/nil"), args: Vec::new() };
    let machine = |compiler| match runtime(compiler).publish(&guest("echo"), &PublishLimits::default()) {
        Err(PublishError::Machine(error)) => error,
        other => panic!("not the machine's fault: {:?}", other.map(|published| published.exports)),
    };
    assert!(matches!(machine(missing), MachineError::Spawn { .. }));
    assert!(matches!(machine(child("child-nonsense")), MachineError::Protocol { .. }));
    // A crash is taken to be the module's doing, or it would be tried again for ever.
    let text = rejection(&runtime(child("child-crash")), &guest("echo"), &PublishLimits::default());
    assert!(text.contains("the native compiler crashed"), "{text}");
}

/// Runs this program with `bytes` of address space; its exit code and what it said.
fn in_address_space(bytes: u64, cache: &Path) -> (bool, String) {
    let program = std::env::current_exe().expect("this program");
    let output =
        Command::new(program).args(["child-address-space", &bytes.to_string()]).arg(cache).output().expect("a child");
    (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The child: limits itself, then starts a runtime for 1,000 sandboxes and calls a function.
fn within_address_space(bytes: &str, cache: &Path) -> ExitCode {
    let bytes = bytes.parse().expect("a number");
    setrlimit(Resource::As, Rlimit { current: Some(bytes), maximum: Some(bytes) }).expect("a limit");
    let cache = CodeCacheConfig::new(cache.join("code"), cache.join("key"));
    let config = RuntimeConfig { code_cache: Some(cache), max_memory_bytes: 64 << 20, ..RuntimeConfig::default() };
    match Runtime::new(config) {
        Err(error) => {
            say(&error.to_string());
            ExitCode::FAILURE
        }
        Ok(runtime) => {
            let wasm = guest("echo");
            let first = runtime.load(&mut LoadRequest {
                wasm_digest: [0; 32],
                wasm: &mut || Err("only the cache is asked".into()),
                limits: &PublishLimits::default(),
            });
            assert!(matches!(first, Err(LoadError::Fetch(_))));
            assert_eq!(call(&runtime, &wasm, r#"{"a":1}"#), r#"{"a":1}"#);
            let capacity = runtime.capacity();
            say(&format!("{} {} {}", capacity.slots, capacity.requested_slots, capacity.reservation_bytes));
            ExitCode::SUCCESS
        }
    }
}

fn short_address_space_means_fewer_sandboxes() {
    let dir = tempfile::tempdir().expect("a directory");
    let capacity = |bytes| {
        let (ok, said) = in_address_space(bytes, dir.path());
        assert!(ok, "{said}");
        said.split_whitespace().map(|number| number.parse::<u64>().expect("a number")).collect::<Vec<_>>()
    };
    let ample = capacity(400 << 30);
    assert!(ample[0] < 1_000 && ample[0] >= 16, "{ample:?}");
    assert_eq!(ample[1..], [1_000, 4 << 30]);
    // Too little for 16 full reservations: tight ones, and code that checks bounds itself.
    let tight = capacity(8 << 30);
    assert!(tight[0] < 1_000 && tight[0] >= 16, "{tight:?}");
    assert_eq!(tight[1..], [1_000, 64 << 20]);
    // Two kinds of code for one function, side by side in one cache.
    let entries = fs::read_dir(dir.path().join("code")).expect("the cache").count();
    assert_eq!(entries, 2);
}

fn no_address_space_is_said_plainly() {
    let dir = tempfile::tempdir().expect("a directory");
    let (ok, said) = in_address_space(200 << 20, dir.path());
    assert!(!ok, "{said}");
    assert!(
        said.contains("failed to reserve address space for one sandbox of 67108864 bytes; raise `ulimit -v`"),
        "{said}"
    );
}
