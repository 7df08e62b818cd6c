//! Keys together with a version or an alias in the path.

use nil_test::TestHttp;
use serde_json::{Value, json};

use super::{executions, is_replayed, post};
use crate::{functions::deploy, product::http};

/// Answers differently each time, and says which version it is.
fn source(version: u32) -> String {
    format!(
        "export function handle(input: string): string {{ return '{{\"v\":{version},\"r\":' + Math.random().toString() + '}}'; }}"
    )
}

async fn publish(http: &TestHttp, name: &str, version: u32) {
    http.put(&format!("/functions/{name}"), &json!({ "source": source(version) })).await.expect(200);
    let built = http.get(&format!("/functions/{name}?waitMs=30000")).await.expect(200).json();
    assert_eq!((&built["status"], &built["liveVersion"]), (&json!("READY"), &json!(version)), "{built:#}");
}

#[tokio::test]
async fn a_key_belongs_to_the_version_or_alias_it_was_sent_to() {
    let http = http();
    deploy(&http, "once-pinned", &source(1)).await;
    publish(&http, "once-pinned", 2).await;
    let alias = json!({ "targets": [{ "version": 1, "weight": 100 }] });
    http.put("/functions/once-pinned/aliases/old", &alias).await.expect(200);
    let body = json!({ "input": {} });
    let mut outputs = Vec::new();
    for (target, version) in [("once-pinned", 2), ("once-pinned@1", 1), ("once-pinned@2", 2), ("once-pinned:old", 1)] {
        let path = format!("/functions/{target}/execute");
        let first = post(&http, &path, "same", &body).await.expect(200);
        let again = post(&http, &path, "same", &body).await.expect(200);
        assert_eq!((is_replayed(&first), is_replayed(&again)), (false, true), "{target}");
        assert_eq!(first.text, again.text, "{target}");
        assert_eq!(first.json()["output"]["v"], version, "{target}: {}", first.text);
        post(&http, &path, "same", &json!({ "input": { "n": 1 } })).await.expect(422);
        outputs.push(first.json()["output"]["r"].clone());
    }
    outputs.sort_by_key(Value::to_string);
    outputs.dedup();
    assert_eq!((outputs.len(), executions(&http, "once-pinned").await), (4, 4), "each path has keys of its own");
    let fetched = post(&http, "/fn/once-pinned@1", "same", &json!({})).await.expect(200);
    let again = post(&http, "/fn/once-pinned@1", "same", &json!({})).await.expect(200);
    assert_eq!((is_replayed(&again), &fetched.text), (true, &again.text));
    assert_eq!(again.header("x-nil-version"), "1");
}

#[tokio::test]
async fn what_was_answered_stays_the_answer_when_the_alias_moves() {
    let http = http();
    deploy(&http, "once-moved", &source(1)).await;
    publish(&http, "once-moved", 2).await;
    let point_at = async |version: u32| {
        let alias = json!({ "targets": [{ "version": version, "weight": 100 }] });
        http.put("/functions/once-moved/aliases/canary", &alias).await.expect(200);
    };
    let (path, body) = ("/functions/once-moved:canary/execute", json!({ "input": {} }));
    point_at(1).await;
    let first = post(&http, path, "before", &body).await.expect(200);
    point_at(2).await;
    let again = post(&http, path, "before", &body).await.expect(200);
    assert_eq!((is_replayed(&again), &first.text), (true, &again.text));
    assert_eq!(again.json()["output"]["v"], 1);
    let other = post(&http, path, "behind", &body).await.expect(200);
    assert_eq!((is_replayed(&other), &other.json()["output"]["v"]), (false, &json!(2)), "{}", other.text);
    // A version there is not is no answer to keep.
    post(&http, "/functions/once-moved@9/execute", "early", &body).await.expect(404);
}
