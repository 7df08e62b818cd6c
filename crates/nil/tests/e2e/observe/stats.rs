//! `GET /functions/{id}/stats`, `GET /stats` and `GET /system`.

use serde_json::{Value, json};

use crate::{
    functions::{ECHO, deploy, execute},
    product::http,
};

/// Fails when it is asked to.
const SOMETIMES: &str = "export function handle(input: string): string {
  if (input.includes('fail')) throw new Error('as asked');
  return input;
}";

#[tokio::test]
async fn a_function_is_counted_by_version_and_time() {
    let http = http();
    deploy(&http, "counted", SOMETIMES).await;
    for number in 0..9 {
        execute(&http, "counted", &format!("{{\"n\":{number}}}")).await;
    }
    execute(&http, "counted", "{\"please\":\"fail\"}").await;
    let stats = http.get("/functions/counted/stats?bucketMs=60000").await.expect(200).json();
    let totals = &stats["totals"];
    assert_eq!((&totals["count"], &totals["failed"]), (&json!(10), &json!(1)), "{totals:#}");
    assert_eq!(totals["errorRate"], json!(0.1));
    let us = |name: &str| totals[name].as_i64().unwrap_or_else(|| panic!("no {name}: {totals:#}"));
    assert!(0 < us("p50Us") && us("p50Us") <= us("p95Us") && us("p95Us") <= us("p99Us"), "{totals:#}");
    assert_eq!((&stats["versions"][0]["version"], &stats["versions"][0]["count"]), (&json!(1), &json!(10)));
    let buckets = stats["buckets"].as_array().expect("buckets");
    assert_eq!(buckets.len(), 1_440, "every minute of a day");
    assert_eq!(buckets.iter().filter_map(|bucket| bucket["count"].as_i64()).sum::<i64>(), 10);

    let all = http.get("/stats").await.expect(200).json();
    let entry = all["functions"].as_array().expect("functions").iter().find(|entry| entry["name"] == "counted");
    let entry = entry.unwrap_or_else(|| panic!("{all:#}"));
    assert_eq!((&entry["count"], &entry["failed"], &entry["p99Us"]), (&json!(10), &json!(1), &totals["p99Us"]));
    assert_eq!(entry["buckets"].as_array().map(Vec::len), Some(60));

    let before = http.get("/functions/counted/stats?to=2020-01-01T00:00:00Z").await.expect(200).json();
    assert_eq!((&before["totals"]["count"], &before["totals"]["p50Us"]), (&json!(0), &Value::Null));
    for query in [
        "from=yesterday",
        "bucketMs=0",
        "from=2026-01-01T00:00:00Z&to=2025-01-01T00:00:00Z",
        "bucketMs=1&from=2020-01-01T00:00:00Z",
    ] {
        http.get(&format!("/functions/counted/stats?{query}")).await.expect(400);
        http.get(&format!("/stats?{query}")).await.expect(400);
    }
    http.get("/functions/nobody/stats").await.expect(404);
}

#[tokio::test]
async fn the_system_says_what_it_consists_of() {
    let http = http();
    deploy(&http, "system-seen", ECHO).await;
    let system = http.get("/system").await.expect(200).json();
    assert_eq!(system["version"], env!("CARGO_PKG_VERSION"));
    assert!(system["database"]["sizeBytes"].as_i64().is_some_and(|bytes| bytes > 1_000_000), "{system:#}");
    assert!(system["executions"]["partitions"].as_i64().is_some_and(|days| days >= 15), "{system:#}");
    assert_eq!(system["queue"]["deadLetters"].as_array().map(|_| ()), Some(()));
    let compiler = &system["compilers"][0];
    assert_eq!((&compiler["state"], &compiler["alive"]), (&json!("serving"), &json!(true)), "{compiler:#}");
    let languages = compiler["languages"].as_array().expect("languages");
    assert!(languages.iter().any(|one| one["language"] == "assemblyscript" && one["installed"] == true));
    assert!(system["codeCache"]["stored"].as_u64().is_some_and(|stored| stored > 0), "{system:#}");
}
