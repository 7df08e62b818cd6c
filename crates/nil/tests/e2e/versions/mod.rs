//! Versions: what makes one, comparing them, calling one by its number or an alias, going back, and the gate.

mod configured;
mod files;
mod gate;
mod history;
mod moving;
mod propagation;

use nil_test::TestHttp;
use serde_json::{Value, json};

use crate::functions::verdict;

/// A source that answers `text`.
fn answering(text: &str) -> String {
    format!("export function handle(input: string): string {{\n  return '{{\"says\":\"{text}\"}}';\n}}\n")
}

/// Changes a function and waits for the verdict on its newest version.
async fn change(http: &TestHttp, name: &str, body: &Value) -> Value {
    http.put(&format!("/functions/{name}"), body).await.expect(200);
    verdict(http, name).await
}

/// A new source, which must become READY.
async fn publish(http: &TestHttp, name: &str, text: &str) {
    let function = change(http, name, &json!({ "source": answering(text) })).await;
    assert_eq!(function["status"], "READY", "{function:#}");
}

/// What a call says, and which version said it.
async fn says(http: &TestHttp, target: &str) -> (String, i64) {
    let answer = http.post(&format!("/functions/{target}/execute"), &json!({})).await.expect(200).json();
    let says = answer["output"]["says"].as_str().unwrap_or_else(|| panic!("{answer:#}")).to_owned();
    (says, answer["version"].as_i64().expect("a version"))
}

async fn live(http: &TestHttp, name: &str) -> Value {
    http.get(&format!("/functions/{name}")).await.expect(200).json()["liveVersion"].clone()
}
