//! `rm`, `queue`, `doctor` and `toolchain`.

use serde_json::Value;

use crate::{fake_server::TOKEN, transcript::Bench};

#[test]
fn functions_are_removed_only_with_consent() {
    let bench = Bench::new();
    bench.write("a.ts", "export const a = 1;");
    bench.write("b.ts", "export const b = 1;");
    bench.nil(&["deploy", "a.ts", "b.ts"]);
    insta::assert_snapshot!("rm_unconfirmed", bench.nil(&["rm", "a"]));
    insta::assert_snapshot!("rm_some", bench.nil(&["rm", "a", "absent", "--yes"]));
    insta::assert_snapshot!("rm_json", bench.nil(&["rm", "b", "absent", "--yes", "-o", "json"]));
    insta::assert_snapshot!("rm_missing", bench.nil(&["rm", "b", "--yes"]));
}

#[test]
fn the_queue_is_shown_and_its_dead_letters_handled() {
    let bench = Bench::new();
    insta::assert_snapshot!("queue", bench.nil(&["queue"]));
    insta::assert_snapshot!("queue_requeue", bench.nil(&["queue", "requeue", "7"]));
    insta::assert_snapshot!("queue_obsolete", bench.nil(&["queue", "requeue", "6"]));
    insta::assert_snapshot!("queue_discard", bench.nil(&["queue", "discard", "7", "-o", "json"]));
    insta::assert_snapshot!("queue_missing", bench.nil(&["queue", "requeue", "8"]));
}

/// What the doctor says about the server; the rest is about the machine the tests run on.
fn diagnosis(bench: &Bench, token: &str) -> Vec<(String, String)> {
    let output = bench.command(&["doctor", "-o", "json"]).env("NIL_TOKEN", token).output().expect("nil runs");
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON on stdout");
    let checks = report["checks"].as_array().expect("checks").clone();
    let failed = checks.iter().any(|check| check["health"] == "failed");
    assert_eq!(output.status.code(), Some(i32::from(failed)), "{report}");
    assert_eq!(report["ok"], !failed, "{report}");
    for name in ["node", "toolchain assemblyscript", "sandbox files", "postgresql", "cache", "data"] {
        assert!(checks.iter().any(|check| check["name"] == name), "{name} in {report}");
    }
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    checks
        .iter()
        .filter(|check| text(&check["name"]).starts_with("server") || check["name"] == "token")
        .map(|check| (text(&check["name"]), text(&check["health"])))
        .collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|&(name, health)| (name.to_owned(), health.to_owned())).collect()
}

#[test]
fn the_doctor_names_what_is_wrong_with_the_server() {
    let bench = Bench::new();
    bench.server.require_token();
    assert_eq!(diagnosis(&bench, TOKEN), pairs(&[("server", "ok"), ("server database", "ok"), ("token", "ok")]));
    assert_eq!(diagnosis(&bench, ""), pairs(&[("server", "ok"), ("server database", "ok"), ("token", "failed")]));
    bench.server.go_down();
    assert_eq!(diagnosis(&bench, TOKEN), pairs(&[("server", "ok"), ("server database", "failed"), ("token", "ok")]));
}

#[test]
fn the_doctor_hints_at_the_next_step() {
    let bench = Bench::new();
    let output = bench.command(&["doctor", "--url", "http://127.0.0.1:1"]).output().expect("nil runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.starts_with("failed  server"), "{text}");
    assert!(text.contains("hint: is `nil up` running?"), "{text}");
}

#[test]
fn toolchains_that_are_missing_are_named_with_the_remedy() {
    let bench = Bench::new();
    insta::assert_snapshot!("toolchain_list", bench.nil(&["toolchain", "list"]));
    insta::assert_snapshot!("toolchain_check", bench.nil(&["toolchain", "check"]));
    insta::assert_snapshot!("toolchain_check_json", bench.nil(&["toolchain", "check", "-o", "json"]));
}
