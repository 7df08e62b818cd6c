//! What `nil` says about itself, and how it refuses a command line it cannot understand.

use crate::transcript::Bench;

#[test]
fn help_lists_the_commands_and_exit_codes() {
    let bench = Bench::new();
    insta::assert_snapshot!("help", bench.nil(&["--help"]));
    for command in ["deploy", "invoke", "executions"] {
        insta::assert_snapshot!(format!("help_{command}"), bench.nil(&[command, "--help"]));
    }
}

#[test]
fn the_version_is_text_or_json() {
    let bench = Bench::new();
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(bench.nil(&["version"]), format!("exit 0\n--- stdout\nnil {version}\n"));
    assert_eq!(bench.nil(&["version", "-o", "json"]), format!("exit 0\n--- stdout\n{{\"version\":\"{version}\"}}\n"));
}

#[test]
fn what_makes_no_sense_exits_with_2() {
    let bench = Bench::new();
    insta::assert_snapshot!("usage_unknown_command", bench.nil(&["frobnicate"]));
    insta::assert_snapshot!("usage_bad_name", bench.nil(&["describe", "Grüße"]));
    insta::assert_snapshot!("usage_bad_language", bench.nil(&["new", "x", "--language", "cobol"]));
    insta::assert_snapshot!("usage_bad_listen", bench.nil(&["up", "--listen", "somewhere"]));
    insta::assert_snapshot!("usage_bad_url", bench.nil(&["list", "--url", "localhost:8080"]));
}

#[test]
fn secrets_in_the_environment_stay_out_of_the_help() {
    let bench = Bench::new();
    for command in ["server", "up", "list"] {
        let output = bench
            .command(&[command, "--help"])
            .env("NIL_TOKEN", "hunter2")
            .env("DATABASE_URL", "postgres://nil:hunter2@db/nil")
            .output()
            .expect("nil runs");
        assert!(output.status.success());
        assert!(!String::from_utf8_lossy(&output.stdout).contains("hunter2"), "{command}");
    }
}

#[test]
fn completions_name_the_commands() {
    let bench = Bench::new();
    for shell in ["bash", "zsh", "fish"] {
        let script = bench.nil(&["completions", shell]);
        assert!(script.starts_with("exit 0\n") && script.contains("deploy"), "{shell}: {script}");
    }
}
