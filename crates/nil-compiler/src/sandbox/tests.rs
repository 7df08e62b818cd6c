//! What holds for any box, whatever runs in it. What a worker sees of its box is tested with the workers.

#![expect(clippy::print_stdout, reason = "the figures are shown with --nocapture")]

use std::{
    fs,
    time::{Duration, Instant},
};

use tokio_util::task::TaskTracker;

use super::{
    BoxLimits, BoxSpec, Sandbox, SandboxError, SandboxOptions, Verdict,
    launch::Internals,
    plan::Means,
    run::{Completed, Ending},
    self_test::Layer,
    spec::Run,
};
use crate::{
    process::{Exit, Pipes, Process},
    toolchain::Limit,
};

mod hostile;
mod self_test;

/// A sandbox with a home of its own.
struct Bench {
    sandbox: Sandbox,
    home: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        Self::without(&[])
    }

    fn without(means: &[Means]) -> Self {
        let home = tempfile::tempdir().expect("a temporary folder");
        let scratch_dir = Some(home.path().join("scratch"));
        let internals = Internals { without: means.to_vec(), ..Internals::default() };
        Self { sandbox: Sandbox::with(SandboxOptions { scratch_dir }, internals).expect("a sandbox"), home }
    }

    async fn start(&self, spec: &BoxSpec, tracker: &TaskTracker) -> (Process, Pipes) {
        self.sandbox.start(spec, tracker.token()).await.expect("started")
    }

    async fn run(&self, script: &str) -> Completed {
        self.run_with(&shell(script), &[]).await
    }

    async fn run_with(&self, spec: &BoxSpec, files: &[(&str, &[u8])]) -> Completed {
        let run = Run { stdin: b"", files, timeout: Duration::from_secs(20), output_bytes: 64 << 10 };
        self.sandbox.run(spec, run).await.expect("a box")
    }
}

const LIMITS: BoxLimits = BoxLimits {
    memory_bytes: 128 << 20,
    processes: 16,
    threads: 32,
    scratch_bytes: 4 << 20,
    open_files: 64,
    cpu_seconds: 10,
};

/// A shell with the usual small programs.
fn shell(script: &str) -> BoxSpec {
    BoxSpec {
        program: "/bin/sh".into(),
        args: vec!["-c".into(), script.into()],
        read_only: vec!["/bin".into(), "/usr/bin".into()],
        env: vec![("PATH".into(), "/usr/bin:/bin".into())],
        limits: LIMITS,
    }
}

fn text(completed: &Completed) -> String {
    assert_eq!(completed.ending, Ending::Exited(Exit::Code(0)), "{:?} {:?}", completed.stdout, completed.stderr);
    String::from_utf8_lossy(&completed.stdout.bytes).into_owned()
}

async fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while !condition() {
        assert!(Instant::now() < deadline, "waited in vain: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Whether a process with these words in its command line is alive.
fn is_alive(words: &str) -> bool {
    let wanted = words.replace(' ', "\0");
    fs::read_dir("/proc")
        .expect("/proc")
        .flatten()
        .any(|entry| fs::read_to_string(entry.path().join("cmdline")).is_ok_and(|line| line.starts_with(&wanted)))
}

#[tokio::test]
async fn a_program_reads_its_files_and_leaves_others() {
    let bench = Bench::new();
    let spec = shell(
        "read line; cat src/deep/in.txt; echo $line; mkdir out; printf made > out/it; ln -s /etc/passwd link; \
        ln -s out/it alias; mkfifo pipe; head -c 2000 /dev/zero > large",
    );
    let run = Run {
        stdin: b"from stdin\n",
        files: &[("src/deep/in.txt", b"from a file\n")],
        timeout: Duration::from_secs(20),
        output_bytes: 1000,
    };
    let completed = bench.sandbox.run(&spec, run).await.expect("a box");
    assert_eq!(text(&completed), "from a file\nfrom stdin\n");
    assert_eq!(completed.fetch("out/it", 4).expect("fetched"), b"made");
    for refused in
        ["link", "alias", "pipe", "out", "nothing", "../scratch/out/it", "/etc/passwd", "large", "out/../out/it/x"]
    {
        let error = completed.fetch(refused, 1000).expect_err(refused).to_string();
        assert!(error.contains(refused), "{error}");
    }
}

#[tokio::test]
async fn files_can_only_be_put_below_the_scratch_folder() {
    let bench = Bench::new();
    for path in ["../outside", "/tmp/outside", "a/../../outside", "", "."] {
        let run = Run { stdin: b"", files: &[(path, b"x")], timeout: Duration::from_secs(5), output_bytes: 10 };
        let refused = bench.sandbox.run(&shell("true"), run).await.expect_err(path);
        assert!(matches!(refused, SandboxError::Scratch { .. }), "{refused}");
    }
}

#[tokio::test]
async fn endings_are_told_as_they_were() {
    let bench = Bench::new();
    for (script, expected) in
        [("exit 7", Exit::Code(7)), ("kill -ABRT $$", Exit::Signal(6)), ("kill -KILL $$", Exit::Signal(9))]
    {
        assert_eq!(bench.run(script).await.ending, Ending::Exited(expected), "{script}");
    }
}

#[tokio::test]
async fn output_is_cut_and_counted() {
    let bench = Bench::new();
    let completed = bench.run("head -c 100000 /dev/zero; head -c 10 /dev/zero >&2").await;
    assert_eq!(completed.ending, Ending::Exited(Exit::Code(0)));
    assert_eq!((completed.stdout.bytes.len(), completed.stdout.missing_bytes), (64 << 10, 100_000 - (64 << 10)));
    assert_eq!((completed.stderr.bytes.len(), completed.stderr.missing_bytes), (10, 0));
}

#[tokio::test]
async fn processes_die_with_their_sandbox() {
    let bench = Bench::new();
    let (process, _pipes) = bench.start(&shell("exec sleep 301.5"), &TaskTracker::new()).await;
    assert!(process.exit().is_none());
    until("it runs", || is_alive("sleep 301.5")).await;
    // Nobody ends the process here: the kernel does, because the launcher thread ends.
    drop(bench);
    until("the process is dead", || !is_alive("sleep 301.5")).await;
}

#[tokio::test]
async fn a_dropped_process_is_gone_with_its_folder_when_the_tracker_is_empty() {
    let bench = Bench::new();
    let tracker = TaskTracker::new();
    let (process, _pipes) = bench.start(&shell("(setsid sleep 302.5 &) ; exec sleep 302.5"), &tracker).await;
    until("it runs", || is_alive("sleep 302.5")).await;
    let folder = process.scratch().path().to_owned();
    assert!(folder.exists());
    drop(process);
    tracker.close();
    tracker.wait().await;
    assert!(!is_alive("sleep 302.5"));
    assert!(!folder.exists());
}

#[tokio::test]
async fn a_removed_scratch_folder_does_no_lasting_harm() {
    let bench = Bench::new();
    assert_eq!(text(&bench.run("echo one").await), "one\n");
    fs::remove_dir_all(bench.home.path().join("scratch")).expect("removed by somebody");
    assert_eq!(text(&bench.run("echo two").await), "two\n");
}

#[tokio::test]
async fn the_next_service_ends_what_a_killed_one_left_running() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let orphaned = home.path().join("scratch/service-killed/box-1");
    fs::create_dir_all(&orphaned).expect("folders");
    let mut orphan = std::process::Command::new("/bin/sleep")
        .arg("300")
        .env_clear()
        .env("TMPDIR", &orphaned)
        .spawn()
        .expect("started");
    until("the orphan runs as itself", || {
        fs::read(format!("/proc/{}/environ", orphan.id())).is_ok_and(|environment| environment.starts_with(b"TMPDIR="))
    })
    .await;
    let scratch_dir = Some(home.path().join("scratch"));
    let options = SandboxOptions { scratch_dir };
    let _sandbox = tokio::task::spawn_blocking(move || Sandbox::new(options)).await.expect("made");
    let status = orphan.wait().expect("it has ended");
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&status), Some(9));
    assert!(!orphaned.exists());
}

#[tokio::test]
async fn a_program_that_is_not_there_is_named() {
    let bench = Bench::new();
    let spec = BoxSpec { program: "/nowhere/compiler".into(), ..shell("") };
    let refused = bench.sandbox.start(&spec, TaskTracker::new().token()).await.expect_err("there is no such program");
    assert!(matches!(refused, SandboxError::Spawn { .. }), "{refused}");
    assert!(refused.to_string().contains("/nowhere/compiler"), "{refused}");
}

/// An upgrade replaces the file while the service runs; workers of our own are started from what runs.
#[tokio::test]
async fn this_program_can_be_run_after_its_file_is_gone() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let launcher = home.path().join("nil");
    // By another process: what this one has open for writing, a child forked by another test has open too, and a file
    // somebody writes cannot be run.
    let own = std::env::current_exe().expect("this program");
    assert!(std::process::Command::new("cp").arg(&own).arg(&launcher).status().expect("cp").success());
    // The launcher stays a program that runs while its file goes: it is held by a link in /proc.
    let file = fs::File::open(&launcher).expect("open");
    let held = format!("/proc/{}/fd/{}", std::process::id(), std::os::fd::AsRawFd::as_raw_fd(&file));
    let internals = Internals { launcher: held.into(), ..Internals::default() };
    let scratch_dir = Some(home.path().join("scratch"));
    let sandbox = Sandbox::with(SandboxOptions { scratch_dir }, internals).expect("a sandbox");
    fs::remove_file(&launcher).expect("removed");
    let own = BoxSpec { program: "/proc/self/exe".into(), args: vec![crate::PROBE_ARGUMENT.into()], ..shell("") };
    let run = Run { stdin: b"nothing", files: &[], timeout: Duration::from_secs(20), output_bytes: 100 };
    let completed = sandbox.run(&own, run).await.expect("a box");
    // What the probe says to a task it cannot read.
    assert_eq!(completed.ending, Ending::Exited(Exit::Code(64)), "{completed:?}");
    let namespaces = completed.standing.of(Means::Namespaces).is_ok();
    assert_eq!(completed.standing.of(Means::Mounts).is_ok(), namespaces, "{completed:?}");
}

#[tokio::test]
async fn a_launcher_that_is_none_is_told() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let scratch_dir = Some(home.path().join("scratch"));
    let internals = Internals { launcher: "/bin/true".into(), ..Internals::default() };
    let sandbox = Sandbox::with(SandboxOptions { scratch_dir }, internals).expect("a sandbox");
    let refused = sandbox.start(&shell("true"), TaskTracker::new().token()).await.expect_err("`true` puts up no box");
    assert!(refused.to_string().contains("cannot put up a box"), "{refused}");
    assert!(matches!(sandbox.self_test().await.verdict(), Verdict::Refused(_)));
}

/// Run with `--nocapture` for the figures.
#[tokio::test]
async fn a_box_is_put_up_in_milliseconds() {
    let bench = Bench::new();
    let mut times = Vec::new();
    for _ in 0..30 {
        let began = Instant::now();
        let completed =
            bench.run_with(&BoxSpec { program: "/bin/true".into(), args: Vec::new(), ..shell("") }, &[]).await;
        times.push(began.elapsed());
        assert_eq!(completed.ending, Ending::Exited(Exit::Code(0)));
    }
    times.sort_unstable();
    println!("a box from start to end: median {:?}, fastest {:?}, slowest {:?}", times[15], times[0], times[29]);
    // The fastest, because other tests run beside this one.
    assert!(times[0] < Duration::from_millis(250), "{times:?}");
}
