//! Failures between `nil`, the server and the terminal.

use std::{
    io::Read as _,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use crate::transcript::Bench;

#[test]
fn a_server_that_is_not_there_exits_with_5() {
    let bench = Bench::new();
    // Port 1 is reserved and nothing here listens on it.
    insta::assert_snapshot!("unreachable", bench.nil(&["list", "--url", "http://127.0.0.1:1"]));
    insta::assert_snapshot!("unreachable_json", bench.nil(&["list", "--url", "http://127.0.0.1:1", "-o", "json"]));
}

#[test]
fn a_refusal_exits_with_1_and_says_why() {
    let bench = Bench::new();
    insta::assert_snapshot!("problem", bench.nil(&["describe", "absent"]));
    insta::assert_snapshot!("problem_json", bench.nil(&["describe", "absent", "-o", "json"]));
    bench.server.require_token();
    insta::assert_snapshot!("problem_token", bench.nil(&["list"]));
    bench.write("f.ts", "// STUCK");
    bench.nil(&["deploy", "f.ts", "--no-wait"]);
    insta::assert_snapshot!("problem_not_ready", bench.nil(&["invoke", "f"]));
}

#[test]
fn a_reader_that_leaves_is_no_failure() {
    let bench = Bench::new();
    let mut child = bench
        .command(&["completions", "bash"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("nil runs");
    // Closed before the script, which is longer than a pipe holds or not, is written to the end.
    drop(child.stdout.take());
    let mut stderr = String::new();
    child.stderr.take().expect("a pipe").read_to_string(&mut stderr).expect("text");
    assert_eq!((child.wait().expect("nil ends").code(), stderr.as_str()), (Some(0), ""));
}

#[test]
fn an_interrupt_exits_with_130() {
    let bench = Bench::new();
    bench.write("f.ts", "// STUCK");
    let mut child = bench.command(&["deploy", "f.ts"]).stderr(Stdio::piped()).spawn().expect("nil runs");
    // It waits for a compiler that never comes; once the source is stored it is at it.
    let deadline = Instant::now() + Duration::from_secs(20);
    while bench.server.requests().is_empty() {
        assert!(Instant::now() < deadline, "nothing was sent");
        std::thread::yield_now();
    }
    let interrupted = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill runs");
    assert!(interrupted.success());
    let mut stderr = String::new();
    child.stderr.take().expect("a pipe").read_to_string(&mut stderr).expect("text");
    assert_eq!((child.wait().expect("nil ends").code(), stderr.as_str()), (Some(130), "error: interrupted\n"));
}
