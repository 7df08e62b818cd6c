//! Deploying and calling functions over HTTP, as the tests of several files do.

use nil_test::{Answer, TestHttp};
use serde_json::{Value, json};

/// Answers its input.
pub(crate) const ECHO: &str = "export function handle(input: string): string { return input; }";

/// Waits for the verdict over a function's newest version; the answer is `GET /functions/{function}`.
pub(crate) async fn verdict(http: &TestHttp, function: &str) -> Value {
    loop {
        let found = http.get(&format!("/functions/{function}?waitMs=30000")).await.expect(200).json();
        if !matches!(found["status"].as_str(), Some("PENDING" | "COMPILING")) {
            return found;
        }
    }
}

/// Stores a function as the body says, and waits for its verdict.
pub(crate) async fn create(http: &TestHttp, body: &Value) -> Value {
    let created = http.post("/functions", body).await.expect(201).json();
    verdict(http, created["id"].as_str().expect("an id")).await
}

/// The same for one file in any language.
pub(crate) async fn build_in(http: &TestHttp, name: &str, language: &str, source: &str) -> Value {
    create(http, &json!({ "name": name, "language": language, "source": source })).await
}

/// The same for AssemblyScript, with settings.
pub(crate) async fn build(http: &TestHttp, name: &str, source: &str, settings: &Value) -> Value {
    create(http, &json!({ "name": name, "language": "assemblyscript", "source": source, "settings": settings })).await
}

/// The same for a function that must become READY; returns its id.
pub(crate) async fn deploy(http: &TestHttp, name: &str, source: &str) -> String {
    deploy_with(http, name, source, &json!({})).await
}

/// The same with settings.
pub(crate) async fn deploy_with(http: &TestHttp, name: &str, source: &str, settings: &Value) -> String {
    let function = build(http, name, source, settings).await;
    assert_eq!(function["status"], "READY", "{function:#}");
    function["id"].as_str().expect("an id").to_owned()
}

/// Calls a function with `input` as it is written; the outcome may be a failure.
pub(crate) async fn execute(http: &TestHttp, function: &str, input: &str) -> Answer {
    http.post_text(&format!("/functions/{function}/execute"), format!("{{\"input\":{input}}}")).await.expect(200)
}

/// The text behind `"field":` in a JSON object, digit for digit.
pub(crate) fn raw<'a>(object: &'a str, field: &str) -> &'a str {
    let fields: std::collections::HashMap<&str, &serde_json::value::RawValue> =
        serde_json::from_str(object).expect("an object");
    fields.get(field).map_or("", |value| value.get())
}
