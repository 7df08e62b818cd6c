//! Pools over a fake worker that misbehaves on request.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::PathBuf,
    time::{Duration, Instant},
};

use nil_core::{CompileLimits, Language, ToolchainInfo};

use super::{PoolOptions, ResidentToolchain, WorkerSpec};
use crate::{
    install::{NODE_READS, find_node},
    sandbox::{Sandbox, SandboxOptions},
    toolchain::{CompileFailure, CompileRequest, Compiled, Limit, Toolchain},
};

struct Bench {
    toolchain: ResidentToolchain,
    home: tempfile::TempDir,
}

/// One worker without a spare, so that tests know whom they talk to.
fn one_worker() -> PoolOptions {
    PoolOptions { workers: 1, spares: 0, ..PoolOptions::default() }
}

fn limits() -> CompileLimits {
    CompileLimits { timeout_ms: 20_000, memory_bytes: 512 << 20, ..CompileLimits::default() }
}

impl Bench {
    async fn new(options: PoolOptions) -> Self {
        Self::with_args(options, &[]).await
    }

    async fn with_args(options: PoolOptions, args: &[&str]) -> Self {
        let home = tempfile::tempdir().expect("a temporary folder");
        fs::set_permissions(home.path(), fs::Permissions::from_mode(0o755)).expect("chmod");
        let script = home.path().join("worker.mjs");
        fs::write(&script, include_str!("fake_worker.mjs")).expect("the script");
        let scratch_dir = Some(home.path().join("scratch"));
        let sandbox = Sandbox::new(SandboxOptions { scratch_dir }).expect("a sandbox");
        let node = find_node().await.expect("Node.js");
        let mut command = vec!["--max-old-space-size=128".into(), script.clone().into_os_string()];
        command.extend(args.iter().map(Into::into));
        let spec = WorkerSpec {
            read_only: NODE_READS.iter().map(PathBuf::from).chain([script, "/bin".into(), "/usr/bin".into()]).collect(),
            program: node,
            args: command,
            processes: 8,
            scratch_bytes: 8 << 20,
            stderr_bytes: 4 << 20,
        };
        let info =
            ToolchainInfo { language: Language::AssemblyScript, version: "fake 1".to_owned(), digest: String::new() };
        Self { toolchain: ResidentToolchain::start(info, sandbox, spec, options), home }
    }

    async fn compile(&self, source: &str, limits: CompileLimits) -> Result<Compiled, CompileFailure> {
        self.toolchain.compile(CompileRequest { source: source.into(), files: std::sync::Arc::default(), limits }).await
    }

    /// What the worker answers in place of an error text.
    async fn ask(&self, source: &str) -> String {
        match self.compile(source, limits()).await {
            Err(CompileFailure::Rejected { compile_error, .. }) => compile_error,
            other => panic!("{source}: {other:?}"),
        }
    }

    /// Which worker it was: the one that has been idle for the shortest time.
    async fn ask_pid(&self, source: &str) -> i32 {
        self.ask(source).await;
        *self.toolchain.pool.idle_ids().last().expect("it is idle again")
    }
}

fn is_running(pid: i32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat"))
        .is_ok_and(|stat| !stat[stat.rfind(')').unwrap_or(0)..].starts_with(") Z"))
}

async fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !condition() {
        assert!(Instant::now() < deadline, "waited in vain: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn limit_of(result: Result<Compiled, CompileFailure>) -> Limit {
    match result {
        Err(CompileFailure::LimitExceeded(limit)) => limit,
        other => panic!("{other:?}"),
    }
}

fn crash_of(result: Result<Compiled, CompileFailure>) -> String {
    match result {
        Err(CompileFailure::Crashed { detail }) => detail,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_module_comes_back_and_the_worker_stays() {
    let bench = Bench::new(one_worker()).await;
    let first = bench.ask_pid("pid").await;
    let compiled = bench.compile("module 100000", limits()).await.expect("a module");
    assert_eq!(compiled.wasm.len(), 100_008);
    assert_eq!(bench.ask_pid("pid").await, first);
}

#[tokio::test]
async fn a_source_of_a_mebibyte_arrives_whole() {
    let bench = Bench::new(one_worker()).await;
    let source = format!("length {}", "\u{1}".repeat((1 << 20) - 7));
    assert_eq!(bench.ask(&source).await, (1 << 20).to_string());
}

#[tokio::test]
async fn a_worker_serves_until_the_one_that_replaces_it_is_warm() {
    let bench = Bench::new(PoolOptions { jobs_per_worker: 2, ..one_worker() }).await;
    let first = bench.ask_pid("pid").await;
    let deadline = Instant::now() + Duration::from_secs(20);
    let (mut served, mut second) = (1, first);
    while second == first {
        assert!(Instant::now() < deadline, "it is never replaced");
        second = bench.ask_pid("pid").await;
        served += 1;
    }
    assert!(served > 2, "it may do its share");
    until("the first is gone", || !is_running(first)).await;
}

#[tokio::test]
async fn a_worker_that_holds_on_to_memory_is_replaced() {
    let bench = Bench::new(PoolOptions { memory_limit_bytes: 512 << 20, ..one_worker() }).await;
    let first = bench.ask_pid("keep 170").await;
    until("it is gone", || !is_running(first)).await;
    assert_eq!(bench.ask("served").await, "1");
}

#[tokio::test]
async fn every_limit_is_named_and_the_next_job_gets_a_fresh_worker() {
    let bench = Bench::new(one_worker()).await;
    let short = CompileLimits { timeout_ms: 300, ..limits() };
    let tight = CompileLimits { memory_bytes: 200 << 20, ..limits() };
    let small = CompileLimits { module_bytes: 1000, ..limits() };
    let cases = [
        ("spin", short, Limit::Time { timeout_ms: 300 }),
        ("hog", tight, Limit::Memory { memory_bytes: 200 << 20 }),
        ("heap", limits(), Limit::Memory { memory_bytes: 512 << 20 }),
        ("module 993", small, Limit::Module { module_bytes: 1000 }),
        ("module 9000000", small, Limit::Module { module_bytes: 1000 }),
        ("stderr 100", limits(), Limit::Output { output_bytes: 4 << 20 }),
        ("fork", limits(), Limit::Processes { processes: 8 }),
        ("fill", limits(), Limit::Scratch { scratch_bytes: 8 << 20 }),
    ];
    for (source, limits, expected) in cases {
        let result = bench.compile(source, limits).await;
        assert_eq!(limit_of(result), expected, "{source}");
    }
    assert!(matches!(limit_of(bench.compile("stdout", limits()).await), Limit::Output { .. }));
    assert_eq!(bench.ask("served").await, "1");
}

#[tokio::test]
async fn noise_on_standard_error_does_no_harm() {
    let bench = Bench::new(one_worker()).await;
    assert_eq!(bench.ask("stderr 30").await, "still here");
    assert_eq!(bench.ask("served").await, "2");
}

#[tokio::test]
async fn a_crash_is_tried_on_a_second_worker_and_then_reported() {
    let bench = Bench::new(one_worker()).await;
    let cases = [
        ("crash", "it ended by signal 6"),
        ("exit 1", "it exited with code 1"),
        ("garbage", "its reply cannot be understood"),
        ("report", "while it dreamt: RangeError: x"),
    ];
    for (source, expected) in cases {
        assert_eq!(crash_of(bench.compile(source, limits()).await), expected, "{source}");
        assert_eq!(bench.ask("served").await, "1", "the worker after {source} must be a new one");
    }
}

#[tokio::test]
async fn a_worker_that_retires_or_talks_too_much_costs_the_next_job_nothing() {
    let bench = Bench::new(one_worker()).await;
    for source in ["retire", "twice"] {
        bench.ask(source).await;
        assert_eq!(bench.ask("served").await, "1", "after {source}");
    }
}

#[tokio::test]
async fn a_daemon_does_not_outlive_its_worker() {
    let bench = Bench::new(one_worker()).await;
    let sleeps = || {
        let lines = fs::read_dir("/proc").expect("/proc").flatten().map(|entry| fs::read(entry.path().join("cmdline")));
        lines.flatten().any(|line| line == b"/bin/sleep\x00304.5\x00")
    };
    bench.ask("daemon 304.5").await;
    until("the daemon runs", sleeps).await;
    limit_of(bench.compile("spin", CompileLimits { timeout_ms: 100, ..limits() }).await);
    until("the daemon is gone", || !sleeps()).await;
}

#[tokio::test]
async fn an_abandoned_compilation_ends_its_worker() {
    let bench = Bench::new(one_worker()).await;
    let pid = bench.ask_pid("pid").await;
    let abandoned = tokio::time::timeout(Duration::from_millis(200), bench.compile("spin", limits())).await;
    assert!(abandoned.is_err());
    until("the worker is gone", || !is_running(pid)).await;
    assert_ne!(bench.ask_pid("pid").await, pid);
}

#[tokio::test]
async fn an_idle_worker_that_died_is_replaced_unnoticed() {
    let bench = Bench::new(one_worker()).await;
    let pid = bench.ask_pid("pid").await;
    let number = rustix::process::Pid::from_raw(pid).expect("a process number");
    rustix::process::kill_process(number, rustix::process::Signal::KILL).expect("killed");
    until("the worker is gone", || !is_running(pid)).await;
    assert_eq!(bench.ask("served").await, "1");
}

#[tokio::test]
async fn a_spare_steps_in_while_the_replacement_warms_up() {
    let bench = Bench::new(PoolOptions { workers: 1, spares: 1, ..PoolOptions::default() }).await;
    let both = async {
        while bench.toolchain.pool.idle() < 2 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), both).await.expect("two warm workers");
    let first = bench.ask_pid("pid").await;
    let second = bench.ask_pid("pid").await;
    assert_ne!(first, second, "workers take turns");
    let third = bench.ask_pid("pid").await;
    assert_eq!(first, third);
}

#[tokio::test]
async fn the_box_holds_what_it_promises() {
    let bench = Bench::new(one_worker()).await;
    assert_eq!(bench.ask("environment").await, "HOME,TMPDIR");
    let status = bench.ask("status").await;
    let has = |line: &str| status.lines().any(|found| found.split_whitespace().collect::<Vec<_>>().join(" ") == line);
    assert!(has("NoNewPrivs: 1"), "{status}");
    assert!(has("Max core file size 0 0 bytes"), "{status}");
    assert!(has("Max open files 256 256 files"), "{status}");
    assert!(has(&format!("Max file size {0} {0} bytes", 10 << 20)), "{status}");
    assert!(has("Seccomp: 2"), "{status}");
    assert!(has("CapEff: 0000000000000000") && has("CapBnd: 0000000000000000") && !has("Uid: 0 0 0 0"), "{status}");
    assert_eq!(bench.ask("litter").await, "litter");
    assert_eq!(bench.ask("look").await, "files:");
}

#[tokio::test]
async fn stopping_leaves_no_process_and_no_file() {
    let bench = Bench::new(PoolOptions { workers: 2, spares: 0, ..PoolOptions::default() }).await;
    let idle = bench.ask_pid("pid").await;
    let (busy, ()) = tokio::join!(bench.compile("spin", limits()), async {
        until("a job is running", || bench.toolchain.pool.lent() == 1).await;
        bench.toolchain.stop().await;
    });
    assert!(matches!(busy, Err(CompileFailure::Machine { .. })), "{busy:?}");
    assert!(!is_running(idle));
    let left: Vec<_> = fs::read_dir(bench.home.path().join("scratch"))
        .expect("the scratch folder")
        .flatten()
        .flat_map(|service| fs::read_dir(service.path()).into_iter().flatten().flatten())
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test]
async fn a_worker_that_does_not_come_up_is_the_machines_fault() {
    let bench = Bench::with_args(one_worker(), &["exit"]).await;
    let failure = bench.compile("pid", limits()).await.expect_err("there is no worker");
    let expected = "the worker ended before it was ready: it exited with code 3; it said `no such module`";
    assert_eq!(failure, CompileFailure::Machine { reason: expected.to_owned() });
    assert!(tokio::time::timeout(Duration::from_millis(300), bench.toolchain.ready()).await.is_err());
}

#[tokio::test]
async fn a_worker_that_never_greets_is_given_up() {
    let options = PoolOptions { start_timeout: Duration::from_secs(1), ..one_worker() };
    let bench = Bench::with_args(options, &["mute"]).await;
    let failure = bench.compile("pid", limits()).await.expect_err("there is no worker");
    assert!(failure.to_string().contains("not ready after 1 s"), "{failure}");
}
