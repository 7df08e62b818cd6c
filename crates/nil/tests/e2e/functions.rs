//! Deploying and calling functions over HTTP, as the tests of several files do.

use nil_test::{Answer, TestHttp};
use serde_json::{Value, json};

/// Answers its input.
pub(crate) const ECHO: &str = "export function handle(input: string): string { return input; }";

/// Stores a function and waits for its verdict; the answer is `GET /functions/{id}`.
pub(crate) async fn build(http: &TestHttp, name: &str, source: &str, settings: &Value) -> Value {
    let body = json!({ "name": name, "language": "assemblyscript", "source": source, "settings": settings });
    let created = http.post("/functions", &body).await.expect(201).json();
    let path = format!("/functions/{}?waitMs=30000", created["id"].as_str().expect("an id"));
    loop {
        let function = http.get(&path).await.expect(200).json();
        if !matches!(function["status"].as_str(), Some("PENDING" | "COMPILING")) {
            return function;
        }
    }
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
