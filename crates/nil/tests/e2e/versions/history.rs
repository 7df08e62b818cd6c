//! What makes a version, what of it can be seen, and calling it by its number.

use nil_test::{TestHttp, eventually_some, send};
use reqwest::Method;
use serde_json::{Value, json};

use super::{answering, change, live, publish, says};
use crate::{
    cli::nil_in,
    functions::deploy,
    product::{SOON, http, root, shared},
};

async fn numbers(http: &TestHttp, name: &str) -> Vec<i64> {
    let versions = http.get(&format!("/functions/{name}/versions")).await.expect(200).json();
    let versions = versions.as_array().expect("a list").iter();
    versions.map(|version| version["number"].as_i64().expect("a number")).collect()
}

#[tokio::test]
async fn every_change_of_source_or_settings_makes_a_version_and_nothing_else_does() {
    let http = http();
    deploy(&http, "history", &answering("one")).await;
    let path = "/functions/history";
    let unchanged = [
        json!({ "source": answering("one") }),
        json!({ "settings": {} }),
        json!({ "description": "says things" }),
        json!({ "name": "History" }),
        json!({ "files": {} }),
        json!({ "examples": { "any": { "input": {}, "output": { "says": "one" } } } }),
        json!({}),
    ];
    for body in &unchanged {
        assert_eq!(http.put(path, body).await.expect(200).json()["version"], 1, "{body}");
    }
    let changed = [
        json!({ "source": answering("two") }),
        json!({ "settings": { "timeoutMs": 500 } }),
        json!({ "settings": { "timeoutMs": 500, "maxAttempts": 2 } }),
        json!({ "files": { "lib.ts": "export const one: i32 = 1;\n" } }),
        json!({ "language": "javascript", "source": "export default () => ({ says: 'three' });", "files": {} }),
        json!({ "settings": {} }),
    ];
    for (index, body) in changed.iter().enumerate() {
        let function = change(&http, "history", body).await;
        assert_eq!((&function["version"], &function["status"]), (&json!(index + 2), &json!("READY")), "{body}");
        assert_eq!(function["liveVersion"], function["version"]);
    }
    assert_eq!(numbers(&http, "history").await, (1..=7).rev().collect::<Vec<_>>());
    let first = http.get("/functions/history/versions/1").await.expect(200).json();
    assert_eq!((&first["source"], &first["settings"]), (&json!(answering("one")), &json!({})), "{first:#}");
    assert_eq!((&first["live"], &first["language"]), (&json!(false), &json!("assemblyscript")));
    let page = http.get("/functions/history/versions?limit=3").await.expect(200);
    assert!(page.header("link").contains("after=5"), "{}", page.header("link"));
    let rest = http.get("/functions/history/versions?limit=3&after=5").await.expect(200).json();
    assert_eq!(rest[0]["number"], 4);
}

#[tokio::test]
async fn a_failed_build_is_a_version_that_never_goes_live() {
    let http = http();
    deploy(&http, "unmoved", &answering("one")).await;
    let function = change(&http, "unmoved", &json!({ "source": "export function handle(: string" })).await;
    assert_eq!((&function["status"], &function["liveVersion"]), (&json!("FAILED"), &json!(1)), "{function:#}");
    assert_eq!(says(&http, "unmoved").await, ("one".to_owned(), 1));
    let versions = http.get("/functions/unmoved/versions").await.expect(200).json();
    assert!(versions[0]["compileError"].as_str().is_some_and(|error| error.contains("index.ts")), "{versions:#}");
    assert_eq!((&versions[0]["digest"], &versions[0]["live"]), (&Value::Null, &json!(false)));
    assert_eq!((versions[1]["digest"].as_str().map(str::len), &versions[1]["live"]), (Some(64), &json!(true)));
    let refused = http.post("/functions/unmoved@2/execute", &json!({})).await.expect(400).json();
    assert_eq!(refused["type"], "/docs/problems/function-not-ready");
    let refused = http.post("/functions/unmoved/rollback", &json!({ "to": 2 })).await.expect(400).json();
    assert!(refused["detail"].as_str().is_some_and(|detail| detail.contains("FAILED")), "{refused:#}");
    assert_eq!(live(&http, "unmoved").await, 1);
}

#[tokio::test]
async fn two_versions_can_be_compared() {
    let http = http();
    deploy(&http, "compared", &answering("one")).await;
    change(
        &http,
        "compared",
        &json!({ "source": answering("two"), "files": { "b.ts": "export const b: i32 = 1;\n" }, "settings": { "timeoutMs": 900 } }),
    )
    .await;
    let diff = http.get("/functions/compared/versions/2/diff?against=1").await.expect(200).json();
    let index = "--- a/index.ts\n+++ b/index.ts\n@@ -1,3 +1,3 @@\n export function handle(input: string): string {\n\
                 -  return '{\"says\":\"one\"}';\n+  return '{\"says\":\"two\"}';\n }\n";
    let added = "--- /dev/null\n+++ b/b.ts\n@@ -0,0 +1 @@\n+export const b: i32 = 1;\n";
    let expected = json!({
        "from": 1,
        "to": 2,
        "files": [
            { "path": "index.ts", "status": "changed", "unified": index },
            { "path": "b.ts", "status": "added", "unified": added },
        ],
        "settings": [{ "name": "timeoutMs", "from": null, "to": 900 }],
    });
    assert_eq!(diff, expected, "{diff:#}");
    let back = http.get("/functions/compared/versions/1/diff?against=2").await.expect(200).json();
    assert_eq!((&back["files"][1]["status"], &back["settings"][0]["to"]), (&json!("removed"), &Value::Null));
    let same = http.get("/functions/compared/versions/2/diff?against=2").await.expect(200).json();
    assert_eq!((&same["files"], &same["settings"]), (&json!([]), &json!([])));
    let first = http.get("/functions/compared/versions/1/diff").await.expect(200).json();
    assert_eq!((&first["from"], &first["files"][0]["status"]), (&Value::Null, &json!("added")));
    http.get("/functions/compared/versions/3/diff").await.expect(404);
    http.get("/functions/compared/versions/1/diff?against=9").await.expect(404);
    http.get("/functions/compared/versions/x/diff").await.expect(400);
    http.get("/functions/nothing/versions").await.expect(404);

    let shown = nil_in(&root(), shared(), &["versions", "compared", "2"]).await.expect(0);
    assert!(shown.stdout.contains("timeoutMs: default -> 900\n"), "{}", shown.stdout);
    assert!(shown.stdout.contains("\n-  return '{\"says\":\"one\"}';\n+  return"), "{}", shown.stdout);
    let listed = nil_in(&root(), shared(), &["versions", "compared"]).await.expect(0);
    assert!(listed.stdout.contains("v2       READY   live"), "{}", listed.stdout);
}

#[tokio::test]
async fn a_call_may_name_its_version() {
    let http = http();
    let id = deploy(&http, "pinned", &answering("one")).await;
    publish(&http, "pinned", "two").await;
    assert_eq!(says(&http, "pinned").await, ("two".to_owned(), 2));
    for target in ["pinned@1", "pinned%401", &format!("{id}@1"), "PINNED@1"] {
        assert_eq!(says(&http, target).await, ("one".to_owned(), 1), "{target}");
    }
    for path in ["/fn/pinned@1", "/fn/pinned%401/below?x=1"] {
        let answer = http.get(path).await.expect(200);
        assert_eq!((answer.json(), answer.header("x-nil-version")), (json!({ "says": "one" }), "1"));
    }
    assert_eq!(http.get("/fn/pinned@2").await.expect(200).header("x-nil-version"), "2");
    // The record knows which version ran.
    let list = http.get("/functions/pinned/executions?limit=1").await.expect(200).json();
    assert!(list[0]["version"].as_i64().is_some_and(|version| version > 0), "{list:#}");

    http.post("/functions/pinned@9/execute", &json!({})).await.expect(404);
    http.get("/fn/pinned@9").await.expect(404);
    for target in ["pinned@0", "pinned@x", "pinned@", "pinned:3", "pinned:live"] {
        http.post(&format!("/functions/{target}/execute"), &json!({})).await.expect(400);
        http.get(&format!("/fn/{target}")).await.expect(400);
    }
    let invoked = nil_in(&root(), shared(), &["invoke", "pinned@1"]).await.expect(0);
    assert_eq!(invoked.json(), json!({ "says": "one" }));

    http.delete("/functions/pinned").await.expect(204);
    http.get("/fn/pinned@1").await.expect(404);
    http.post(&format!("/functions/{id}@1/execute"), &json!({})).await.expect(404);
}

#[tokio::test]
async fn a_queued_call_runs_the_version_it_named_whatever_is_live_then() {
    let http = http();
    deploy(&http, "pinned-later", &answering("one")).await;
    publish(&http, "pinned-later", "two").await;
    http.post("/functions/pinned-later/rollback", &json!({ "to": 1 })).await.expect(200);
    let mut accepted = Vec::new();
    for target in ["pinned-later@1", "pinned-later"] {
        let request = http.request(Method::POST, &format!("/functions/{target}/execute"));
        let request = request.header("prefer", "respond-async").header("content-type", "application/json");
        let answer = send(request.body(json!({ "delayMs": 3_000 }).to_string())).await.expect(202);
        accepted.push(answer.header("location").to_owned());
    }
    http.post("/functions/pinned-later/rollback", &json!({ "to": 2 })).await.expect(200);
    for (location, expected) in accepted.iter().zip([("one", 1), ("two", 2)]) {
        let execution = eventually_some("the execution is over", SOON, async || {
            let execution = http.get(&format!("{location}?waitMs=20000")).await.expect(200).json();
            (execution["status"] == "COMPLETED").then_some(execution)
        })
        .await;
        assert_eq!(
            (&execution["output"]["says"], &execution["version"]),
            (&json!(expected.0), &json!(expected.1)),
            "{execution:#}"
        );
    }
}
