//! What is allowed comes back exactly as it went in, however odd: numbers digit for digit, text as text.

use nil_test::TestHttp;
use serde_json::json;

use crate::{
    cli::nil_in,
    functions::{ECHO, deploy, execute, raw},
    product::{http, shared},
};

/// Sends `input`, and expects it back from the function and from the record.
async fn passes_through(http: &TestHttp, function: &str, input: &str) {
    let answer = execute(http, function, input).await;
    let shown = &input[..input.len().min(80)];
    assert_eq!(raw(&answer.text, "status"), "\"COMPLETED\"", "{shown}: {}", answer.text);
    assert!(raw(&answer.text, "output") == input, "{shown} came back as {}", answer.text);
    let id = raw(&answer.text, "id").trim_matches('"');
    let record = http.get(&format!("/executions/{id}")).await.expect(200).text;
    assert!(raw(&record, "input") == input, "{shown} was recorded as {record}");
    assert!(raw(&record, "output") == input, "the output for {shown} was recorded as {record}");
}

#[tokio::test]
async fn json_that_others_would_change() {
    let http = http();
    let id = deploy(&http, "passing-json", ECHO).await;
    for input in [
        "{\"n\":9007199254740993}",
        "{\"n\":1e400,\"m\":-1e-400}",
        "{\"n\":0.1000000000000000055511151231257827021181583404541015625}",
        "{\"n\":-0}",
        "{\"a\":1,\"a\":2}",
        "{\"a\":\"\\u0000\"}",
        "{\"a\":\"\\ud800\"}",
        "{\"a\":\"\u{feff}\u{202e}\u{1f389}\"}",
        "{ \"spaced\" :\n\t[ ] }",
        "{\"\":{}}",
        "{\"sql\":\"'; DROP TABLE executions; --\",\"html\":\"</script><script>alert(1)</script>\"}",
    ] {
        passes_through(&http, &id, input).await;
    }
}

#[tokio::test]
async fn ten_thousand_levels_and_six_mebibytes() {
    let http = http();
    let id = deploy(&http, "passing-size", ECHO).await;
    passes_through(&http, &id, &format!("{{\"deep\":{}{}}}", "[".repeat(10_000), "]".repeat(10_000))).await;
    let frame = "{\"a\":\"\"}".len();
    passes_through(&http, &id, &format!("{{\"a\":\"{}\"}}", "x".repeat((6 << 20) - frame))).await;
}

#[tokio::test]
async fn hostile_text_stays_text() {
    let http = http();
    let description = "<img src=x onerror=alert(1)>'); DROP TABLE functions; --\u{1b}[31m\u{202e}";
    let source = format!("{ECHO} // {description}");
    let body = json!({
        "name": "passing-text", "language": "assemblyscript", "source": source, "description": description
    });
    http.post("/functions", &body).await.expect(201);
    let function = http.get("/functions/passing-text?waitMs=30000").await.expect(200);
    assert_eq!(function.header("content-type"), "application/json");
    assert_eq!(function.json()["description"], description);
    assert_eq!(function.json()["source"], source);
    assert_eq!(function.json()["status"], "READY");

    let shown = nil_in(shared().folder(), shared(), &["describe", "passing-text"]).await.expect(0);
    assert!(!shown.stdout.contains(['\u{1b}', '\u{202e}']), "{}", shown.stdout);
    assert!(shown.stdout.contains("<img src=x onerror=alert(1)>"), "{}", shown.stdout);
}

#[tokio::test]
async fn hostile_errors_and_logs_stay_text() {
    let http = http();
    let source = r#"export function handle(input: string): string {
        console.log("\u001b[2Jred\r\nFAKE 200 OK");
        throw new Error("\u001b]0;owned\u0007<script>\nsecond line");
    }"#;
    deploy(&http, "passing-errors", source).await;
    let answer = execute(&http, "passing-errors", "{}").await.json();
    assert!(answer["errorMessage"].as_str().expect("a message").contains("\u{1b}]0;owned\u{7}<script>\nsecond line"));
    for command in ["logs", "executions"] {
        let shown = nil_in(shared().folder(), shared(), &[command, "passing-errors"]).await.expect(0);
        let odd = shown.stdout.chars().find(|c| c.is_control() && *c != '\n');
        assert_eq!(odd, None, "{command}: {:?}", shown.stdout);
        assert!(!shown.stdout.lines().any(|line| line.starts_with("FAKE") || line.starts_with("second")), "{command}");
    }
}
