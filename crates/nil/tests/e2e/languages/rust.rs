//! Rust: `Err`, panics with their place, plain values, logs.

use super::{asked_for, call, failure};

fn with(body: &str) -> String {
    format!(
        "use serde_json::{{Value, json}};\n#[inline(never)]\nfn work(input: &Value) -> Result<Value, String> {{\n{body}\n}}\n\
         fn handle(input: Value) -> Result<Value, String> {{\n    let _ = json!(0);\n    work(&input)\n}}\n"
    )
}

#[tokio::test]
async fn failures_in_rust_say_what_happened_and_where() {
    let Some(http) = asked_for("rust") else { return };
    let said = failure(
        &http,
        "rust",
        "err",
        &with("    Err(format!(\"no such city: {}\", input[\"city\"]))"),
        "{\"city\":\"Ürü\"}",
    )
    .await;
    assert_eq!(said, "no such city: \"Ürü\"");
    let said = failure(&http, "rust", "panic", &with("    panic!(\"lost in {input}\")"), "{}").await;
    assert!(said.starts_with("aborted: lost in {} (index.rs:4:5)\n    at function::work\n"), "{said}");
    let index = "    let all = vec![1, 2]; let at = input.as_object().unwrap().len() + 7; Ok(json!(all[at]))";
    let said = failure(&http, "rust", "index", &with(index), "{}").await;
    assert!(said.starts_with("aborted: index out of bounds: the len is 2 but the index is 7 (index.rs:4:"), "{said}");
    let said = failure(&http, "rust", "unwrap", &with("    Ok(json!(input[\"n\"].as_i64().unwrap()))"), "{}").await;
    assert!(said.starts_with("aborted: called `Option::unwrap()` on a `None` value (index.rs:4:"), "{said}");
    let input = "use serde::Deserialize;\n#[derive(Deserialize)]\nstruct In { n: u8 }\nfn handle(input: In) -> u8 { input.n }\n";
    let said = failure(&http, "rust", "input", input, "{\"n\":300}").await;
    assert!(said.contains("the input does not fit: invalid value: integer `300`, expected u8"), "{said}");
    let memory = with(
        "    let mut all = vec![]; loop { all.push(vec![1u8; 1 << 20]); if all.len() > 1 << 20 { return Ok(json!(all)) } }",
    );
    let said = failure(&http, "rust", "memory", &memory, "{}").await;
    assert!(said.contains("memory limit of 128 MiB reached"), "{said}");
    let deep =
        with("    if input.is_null() { return Ok(json!(0)); }\n    let more = work(input)?;\n    Ok(json!([more]))");
    let said = failure(&http, "rust", "deep", &deep, "{}").await;
    assert!(said.contains("stack overflow") || said.contains("out of bounds"), "{said}");
}

#[tokio::test]
async fn rust_returns_plain_values_and_logs() {
    let Some(http) = asked_for("rust") else { return };
    let source = "fn handle(input: std::collections::BTreeMap<String, u64>) -> Option<u64> {\n    println!(\"one\");\n    eprintln!(\"two\");\n    print!(\"three\");\n    input.get(\"n\").copied()\n}\n";
    let answer = call(&http, "rust", "plain", source, "{\"n\":18446744073709551615}").await;
    assert_eq!(answer["output"].to_string(), "18446744073709551615", "{answer:#}");
    let logs = answer["logs"].to_string();
    assert!(["one", "two", "three"].iter().all(|line| logs.contains(line)), "{answer:#}");
}
