//! `GET /metrics`, and the dashboard that is made of it.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::{
    functions::{ECHO, deploy, execute},
    product::{http, root},
};

/// The value of a series, by its name and labels as they are written.
fn value(text: &str, series: &str) -> f64 {
    let line = text.lines().find(|line| line.strip_prefix(series).is_some_and(|rest| rest.starts_with(' ')));
    let line = line.unwrap_or_else(|| panic!("no `{series}` in\n{text}"));
    line[series.len()..].trim().parse().expect("a number")
}

/// Names of metrics in an expression of PromQL.
fn names(expression: &str) -> impl Iterator<Item = &str> {
    expression.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|word| word.starts_with("nil_"))
}

fn expressions(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                match (name.as_str(), field) {
                    ("expr" | "query", Value::String(text)) => found.push(text.clone()),
                    _ => expressions(field, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| expressions(item, found)),
        _ => {}
    }
}

#[tokio::test]
async fn what_happens_is_counted() {
    let http = http();
    deploy(&http, "measured", "export function handle(i: string): string { if (i == '{}') unreachable(); return i; }")
        .await;
    execute(&http, "measured", "{\"n\":1}").await;
    let answer = http.get("/metrics").await.expect(200);
    assert_eq!(answer.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    let completed = "nil_executions_total{mode=\"sync\",outcome=\"completed\"}";
    let failed = "nil_executions_total{mode=\"sync\",outcome=\"trap\"}";
    let through_url = "nil_http_requests_total{method=\"POST\",route=\"/fn/{name}\",status=\"502\"}";
    execute(&http, "measured", "{}").await;
    http.post_text("/fn/measured", "{}").await.expect(502);
    let before = http.get("/metrics").await.expect(200).text;
    for _ in 0..3 {
        execute(&http, "measured", "{\"n\":2}").await;
    }
    execute(&http, "measured", "{}").await;
    http.post_text("/fn/measured", "{}").await.expect(502);
    let after = http.get("/metrics").await.expect(200).text;
    // Other tests call functions at the same server, so there may be more.
    let grew = |series: &str| value(&after, series) - value(&before, series);
    assert!(grew(completed) >= 3.0 && grew(failed) >= 1.0 && grew(through_url) >= 1.0, "{after}");
    assert!(grew("nil_execution_duration_seconds_count{mode=\"sync\"}") >= 4.0);
    assert!(grew("nil_history_batch_size_sum") >= 4.0);
    assert!(value(&after, "nil_execution_starts_total{start=\"warm\"}") >= 1.0);
    assert!(value(&after, "nil_builds_total{outcome=\"ready\"}") >= 1.0);
    assert!(value(&after, "nil_compilation_duration_seconds_count{language=\"assemblyscript\"}") >= 1.0);
    assert_eq!(value(&after, "nil_database_up"), 1.0);
    assert!(!after.contains("measured"), "no label of a function");
}

#[tokio::test]
async fn the_dashboard_asks_for_what_there_is() {
    let http = http();
    deploy(&http, "dashboard", ECHO).await;
    execute(&http, "dashboard", "{}").await;
    http.get("/metrics").await.expect(200);
    let text = http.get("/metrics").await.expect(200).text;
    let there: BTreeSet<&str> =
        text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split(['{', ' ']).next()).collect();
    let dashboard = std::fs::read_to_string(root().join("deploy/grafana/projectnil.json")).expect("the dashboard");
    let mut found = Vec::new();
    expressions(&serde_json::from_str(&dashboard).expect("JSON"), &mut found);
    let asked: BTreeSet<&str> = found.iter().flat_map(|expression| names(expression)).collect();
    assert!(asked.len() > 15, "{asked:?}");
    let missing: Vec<&&str> = asked.difference(&there).collect();
    assert!(missing.is_empty(), "the dashboard asks for {missing:?}");

    let documented = std::fs::read_to_string(root().join("docs/metrics.md")).expect("the page");
    let families = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next());
    for family in families {
        assert!(documented.contains(&format!("`{family}")), "docs/metrics.md does not mention {family}");
    }
}
