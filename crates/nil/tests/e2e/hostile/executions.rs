//! Every guest twice beside a healthy neighbour: alone, then all at the same time.

use std::time::{Duration, Instant};

use nil_test::TestHttp;
use serde_json::{Value, json};

use super::{
    neighbour::Neighbour,
    outcomes::{Guest, guests},
};
use crate::{
    functions::{deploy, deploy_with, execute, raw},
    product::http,
};

/// The longest limit here is the default of 10 s, and no guest may need it.
const PATIENCE: Duration = Duration::from_secs(8);

/// Calls a guest and checks its outcome, now and in the record.
async fn meets(http: &TestHttp, guest: &Guest) {
    let Guest { name, kind, message, also, .. } = guest;
    let began = Instant::now();
    let answer = execute(http, name, "{}").await.json();
    assert!(began.elapsed() < PATIENCE, "{name} took {:?}", began.elapsed());
    assert_eq!((&answer["status"], &answer["errorKind"]), (&json!("FAILED"), &json!(kind)), "{name}: {answer:#}");
    assert_eq!(answer["output"], Value::Null, "{name}");
    let said = answer["errorMessage"].as_str().unwrap_or_default();
    assert!(said.starts_with(message) && said.contains(also), "{name}: {said}");
    let record = http.get(&format!("/executions/{}", answer["id"].as_str().expect("an id"))).await.expect(200).json();
    assert_eq!((&record["status"], &record["errorMessage"]), (&json!("FAILED"), &json!(said)), "{name}");
}

#[tokio::test]
async fn hostile_guests_fail_truthfully_beside_a_healthy_neighbour() {
    let (http, guests) = (http(), guests());
    let neighbour = Neighbour::start("hostile-neighbour").await;
    for guest in &guests {
        deploy_with(&http, guest.name, guest.source, &guest.settings).await;
        meets(&http, guest).await;
    }
    let together = guests.into_iter().map(|guest| {
        let http = http.clone();
        tokio::spawn(async move { meets(&http, &guest).await })
    });
    for one in together.collect::<Vec<_>>() {
        one.await.expect("a guest that meets its outcome");
    }
    neighbour.was_well().await;
    http.get("/health").await.expect(200);
}

#[tokio::test]
async fn floods_of_log_lines_are_cut_and_counted() {
    let http = http();
    let source = "export function handle(input: string): string {
        const line = \"0123456789\".repeat(10);
        for (let i = 0; i < 12000; i++) console.log(line);
        console.log(\"x\".repeat(1 << 20));
        return input;
    }";
    deploy(&http, "hostile-flood", source).await;
    let answer = execute(&http, "hostile-flood", "{}").await.json();
    assert_eq!(answer["status"], "COMPLETED", "{}", answer["errorMessage"]);
    let lines = answer["logs"].as_array().expect("logs");
    let kept: usize = lines.iter().map(|line| line["message"].as_str().expect("a message").len()).sum();
    let dropped = answer["receipt"]["logBytesDropped"].as_u64().expect("a number");
    assert!((200 << 10..=256 << 10).contains(&kept), "{kept} bytes kept");
    let written = 12_000 * 100 + (1 << 20);
    assert!((written - (256 << 10)..=written).contains(&dropped), "{dropped} bytes dropped");
}

#[tokio::test]
async fn nothing_survives_an_execution() {
    let http = http();
    let source = "const seen = new Map<string, i32>();
    let calls = 0;
    export function handle(input: string): string {
        calls++;
        seen.set(input, calls);
        return `[${calls},${seen.size}]`;
    }";
    deploy(&http, "hostile-memories", source).await;
    for n in 0..20 {
        let answer = execute(&http, "hostile-memories", &format!("{{\"n\":{n}}}")).await.json();
        assert_eq!(answer["output"], json!([1, 1]), "call {n}");
    }
}

#[tokio::test]
async fn whole_numbers_are_exact_and_arguments_are_checked() {
    let http = http();
    deploy(&http, "hostile-i64", "export function next(n: i64): i64 { return n + 1; }").await;
    for (n, next) in [
        ("9007199254740992", "9007199254740993"),
        ("9223372036854775806", "9223372036854775807"),
        ("9223372036854775807", "-9223372036854775808"),
        ("-9223372036854775808", "-9223372036854775807"),
    ] {
        for input in [format!("{{\"args\":[{n}]}}"), format!("{{\"n\":{n}}}")] {
            let answer = execute(&http, "hostile-i64", &input).await.text;
            assert_eq!(raw(&answer, "output"), next, "{input} -> {answer}");
        }
    }
    let mut lines = Vec::new();
    for input in [
        "{}",
        "{\"args\":[]}",
        "{\"args\":[1,2]}",
        "{\"args\":7}",
        "{\"args\":[\"1\"]}",
        "{\"args\":[null]}",
        "{\"args\":[1.5]}",
        "{\"args\":[1e3]}",
        "{\"args\":[9223372036854775808]}",
        "{\"m\":1}",
        "{\"n\":{}}",
    ] {
        let answer = execute(&http, "hostile-i64", input).await.json();
        assert_eq!(answer["errorKind"], "invalid-input", "{input}: {answer:#}");
        lines.push(format!("{input} -> {}", answer["errorMessage"].as_str().unwrap_or_default()));
    }
    insta::assert_snapshot!(lines.join("\n"), @r#"
    {} -> invalid input: parameter 1 (`n`) is missing; the function expects {"args":[n: i64]}
    {"args":[]} -> invalid input: `args` has 0 values, not 1; the function expects {"args":[n: i64]}
    {"args":[1,2]} -> invalid input: `args` has 2 values, not 1; the function expects {"args":[n: i64]}
    {"args":7} -> invalid input: `args` is not a list (invalid type: integer `7`, expected a sequence at line 1 column 1); the function expects {"args":[n: i64]}
    {"args":["1"]} -> invalid input: parameter 1 (`n`) must be i64, not "1"; the function expects {"args":[n: i64]}
    {"args":[null]} -> invalid input: parameter 1 (`n`) must be i64, not null; the function expects {"args":[n: i64]}
    {"args":[1.5]} -> invalid input: parameter 1 (`n`) must be a whole number of type i64, not 1.5; the function expects {"args":[n: i64]}
    {"args":[1e3]} -> invalid input: parameter 1 (`n`) must be a whole number of type i64, not 1e3; the function expects {"args":[n: i64]}
    {"args":[9223372036854775808]} -> invalid input: parameter 1 (`n`) is out of range for i64 (-9223372036854775808 to 9223372036854775807): 9223372036854775808; the function expects {"args":[n: i64]}
    {"m":1} -> invalid input: there is no parameter `m`; the function expects {"args":[n: i64]}
    {"n":{}} -> invalid input: parameter 1 (`n`) must be i64, not {}; the function expects {"args":[n: i64]}
    "#);
}
