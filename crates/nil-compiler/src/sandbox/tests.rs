//! What holds for any process in a box. What a worker sees of its box is tested with the workers.

use std::{
    fs,
    time::{Duration, Instant},
};

use tokio_util::task::TaskTracker;

use super::{Identity, ProcessSpec, ResourceLimits, Sandbox, SandboxError, SandboxOptions};
use crate::process::{Pipes, Process};

fn sandbox(home: &tempfile::TempDir) -> Sandbox {
    let scratch_dir = Some(home.path().join("scratch"));
    Sandbox::new(SandboxOptions { scratch_dir }).expect("a sandbox")
}

fn sleeper() -> ProcessSpec {
    ProcessSpec {
        program: "/bin/sleep".into(),
        args: vec!["300".into()],
        identity: Identity::Same,
        limits: ResourceLimits { open_files: 64, file_bytes: 1 << 20, cpu_seconds: 10 },
    }
}

async fn start(sandbox: &Sandbox, tracker: &TaskTracker) -> (Process, Pipes) {
    sandbox.spawn(&sleeper(), tracker.token()).await.expect("started")
}

async fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while !condition() {
        assert!(Instant::now() < deadline, "waited in vain: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn processes_die_with_their_sandbox() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let sandbox = sandbox(&home);
    let (process, _pipes) = start(&sandbox, &TaskTracker::new()).await;
    assert!(process.exit().is_none());
    // Nobody ends the process here: the kernel does, because the launcher thread ends.
    drop(sandbox);
    until("the process is dead", || process.exit() == Some(crate::process::Exit::Signal(9))).await;
}

#[tokio::test]
async fn a_dropped_process_is_gone_with_its_folder_when_the_tracker_is_empty() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let sandbox = sandbox(&home);
    let tracker = TaskTracker::new();
    let (process, _pipes) = start(&sandbox, &tracker).await;
    let number = process.id();
    let environment = fs::read_to_string(format!("/proc/{number}/environ")).expect("readable");
    let scratch = environment
        .split('\0')
        .find_map(|variable| variable.strip_prefix("TMPDIR="))
        .expect("TMPDIR is set")
        .to_owned();
    assert!(fs::exists(&scratch).expect("asked"));
    drop(process);
    tracker.close();
    tracker.wait().await;
    assert!(!fs::exists(format!("/proc/{number}")).expect("asked"));
    assert!(!fs::exists(&scratch).expect("asked"));
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
    let _sandbox = tokio::task::spawn_blocking(move || sandbox(&home)).await.expect("made");
    let status = orphan.wait().expect("it has ended");
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&status), Some(9));
    assert!(!orphaned.exists());
}

#[tokio::test]
async fn a_program_that_is_not_there_is_named() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let spec = ProcessSpec { program: "/nowhere/compiler".into(), ..sleeper() };
    let refused = sandbox(&home).spawn(&spec, TaskTracker::new().token()).await.expect_err("there is no such program");
    assert!(matches!(refused, SandboxError::Spawn { .. }), "{refused}");
    assert!(refused.to_string().contains("/nowhere/compiler"), "{refused}");
}
