//! The nine endpoints: status codes and fields.

use nil_test::{TestHttp, eventually};
use serde_json::{Value, json};

use super::stable::{canonical, redact, stable};
use crate::{
    functions::{ECHO, deploy, execute},
    product::{SOON, http},
};

const FAILING: &str = "export function handle(input: string): string { throw new Error(\"no\"); }";

async fn detail(http: &TestHttp, id: &str) -> Value {
    http.get(&format!("/functions/{id}?waitMs=30000")).await.expect(200).json()
}

#[tokio::test]
async fn create_get_and_list() {
    let (http, _redacted) = (http(), redact());
    let body = json!({
        "name": "contract-create", "description": "says it again", "language": "assemblyscript", "source": ECHO
    });
    let created = http.post("/functions", &body).await;
    insta::assert_snapshot!(stable(&created), @r#"
    201
    {
      "createdAt": "[time]",
      "id": "[id]",
      "name": "contract-create",
      "status": "PENDING",
      "version": 1
    }
    "#);
    let id = created.json()["id"].as_str().expect("an id").to_owned();
    assert_eq!(created.header("location"), format!("/functions/{id}"));
    assert!(!created.header("x-request-id").is_empty());

    detail(&http, &id).await;
    let function = http.get(&format!("/functions/{id}")).await;
    insta::assert_snapshot!(stable(&function), @r#"
    200
    {
      "abi": "assemblyscript",
      "buildMs": [number],
      "compileError": null,
      "createdAt": "[time]",
      "description": "says it again",
      "diagnostics": [],
      "environments": [],
      "files": {},
      "id": "[id]",
      "language": "assemblyscript",
      "liveVersion": 1,
      "name": "contract-create",
      "settings": {},
      "source": "export function handle(input: string): string { return input; }",
      "sourceDigest": "6e53392d00a8fc9d02497b12e3399757dd648066c8bca4a6f34b7fa7d4280b7c",
      "status": "READY",
      "updatedAt": "[time]",
      "version": 1,
      "versionId": "[id]",
      "wasmBytes": [number]
    }
    "#);
    let by_name = http.get("/functions/Contract-CREATE").await.expect(200);
    assert_eq!(by_name.json(), function.json(), "names are looked up whatever their case");

    let list = http.get("/functions").await.expect(200).json();
    let entry = list.as_array().expect("a list").iter().find(|entry| entry["id"] == *id).expect("our entry");
    insta::assert_snapshot!(canonical(entry.clone()), @r#"
    {
      "createdAt": "[time]",
      "id": "[id]",
      "language": "assemblyscript",
      "liveVersion": 1,
      "name": "contract-create",
      "status": "READY",
      "updatedAt": "[time]",
      "version": 1
    }
    "#);
}

#[tokio::test]
async fn update_makes_versions_only_of_what_is_compiled() {
    let (http, _redacted) = (http(), redact());
    let id = deploy(&http, "contract-update", ECHO).await;
    let path = format!("/functions/{id}");

    let described = http.put(&path, &json!({ "description": "only words" })).await.expect(200).json();
    assert_eq!((&described["status"], &described["version"]), (&json!("READY"), &json!(1)));
    let same = http.put(&path, &json!({ "source": ECHO, "language": "assemblyscript" })).await.expect(200).json();
    assert_eq!((&same["status"], &same["version"]), (&json!("READY"), &json!(1)), "nothing changed");

    let changed = http.put(&path, &json!({ "source": format!("{ECHO} // again") })).await;
    insta::assert_snapshot!(stable(&changed), @r#"
    200
    {
      "abi": null,
      "buildMs": null,
      "compileError": null,
      "createdAt": "[time]",
      "description": "only words",
      "diagnostics": [],
      "environments": [],
      "files": {},
      "id": "[id]",
      "language": "assemblyscript",
      "liveVersion": 1,
      "name": "contract-update",
      "settings": {},
      "source": "export function handle(input: string): string { return input; } // again",
      "sourceDigest": "e4906e5fc883eb2a1d76225b820bc2cdbcfa9414ebdb9deb91148692ce4dca6e",
      "status": "PENDING",
      "updatedAt": "[time]",
      "version": 2,
      "versionId": "[id]",
      "wasmBytes": null
    }
    "#);
    let built = detail(&http, &id).await;
    assert_eq!((&built["status"], &built["liveVersion"]), (&json!("READY"), &json!(2)));

    let renamed = http.put(&path, &json!({ "name": "contract-renamed" })).await.expect(200).json();
    assert_eq!((&renamed["name"], &renamed["version"]), (&json!("contract-renamed"), &json!(2)));
    http.get("/functions/contract-update").await.expect(404);
    assert_eq!(execute(&http, "contract-renamed", "{\"a\":1}").await.json()["output"], json!({ "a": 1 }));
}

#[tokio::test]
async fn execute_and_read_the_record() {
    let (http, _redacted) = (http(), redact());
    let id = deploy(&http, "contract-execute", ECHO).await;
    let answer = execute(&http, &id, "{\"name\":\"Ada\"}").await;
    insta::assert_snapshot!(stable(&answer), @r#"
    200
    {
      "createdAt": "[time]",
      "errorKind": null,
      "errorMessage": null,
      "functionId": "[id]",
      "id": "[id]",
      "logs": [],
      "output": {
        "name": "Ada"
      },
      "receipt": {
        "cold": false,
        "cpuUs": [number],
        "durationUs": [number],
        "inputBytes": 14,
        "logBytesDropped": 0,
        "outputBytes": 14,
        "peakMemoryBytes": [number]
      },
      "status": "COMPLETED",
      "version": 1
    }
    "#);
    let answer = answer.json();

    let record = http.get(&format!("/executions/{}", answer["id"].as_str().expect("an id"))).await;
    insta::assert_snapshot!(stable(&record), @r#"
    200
    {
      "attempt": null,
      "attempts": [],
      "callback": null,
      "completedAt": "[time]",
      "createdAt": "[time]",
      "deliverAt": null,
      "errorKind": null,
      "errorMessage": null,
      "functionId": "[id]",
      "id": "[id]",
      "input": {
        "name": "Ada"
      },
      "logs": [],
      "maxAttempts": null,
      "mode": "sync",
      "nextAttemptAt": null,
      "output": {
        "name": "Ada"
      },
      "receipt": {
        "cold": false,
        "cpuUs": [number],
        "durationUs": [number],
        "inputBytes": 14,
        "logBytesDropped": 0,
        "outputBytes": 14,
        "peakMemoryBytes": [number]
      },
      "scheduleName": null,
      "startedAt": "[time]",
      "status": "COMPLETED",
      "version": 1
    }
    "#);
    let record = record.json();
    for field in ["id", "functionId", "status", "output", "errorMessage", "logs", "receipt", "version", "createdAt"] {
        assert_eq!(record[field], answer[field], "{field}");
    }

    let list = http.get("/functions/contract-execute/executions").await;
    insta::assert_snapshot!(stable(&list), @r#"
    200
    [
      {
        "completedAt": "[time]",
        "durationUs": [number],
        "errorMessage": null,
        "id": "[id]",
        "mode": "sync",
        "startedAt": "[time]",
        "status": "COMPLETED",
        "version": 1
      }
    ]
    "#);
}

#[tokio::test]
async fn a_function_that_fails_is_an_outcome() {
    let (http, _redacted) = (http(), redact());
    let id = deploy(&http, "contract-failing", FAILING).await;
    let answer = execute(&http, &id, "{}").await;
    insta::assert_snapshot!(stable(&answer), @r#"
    200
    {
      "createdAt": "[time]",
      "errorKind": "abort",
      "errorMessage": "aborted: no (index.ts:1:49)\n    at index/handle",
      "functionId": "[id]",
      "id": "[id]",
      "logs": [],
      "output": null,
      "receipt": {
        "cold": false,
        "cpuUs": [number],
        "durationUs": [number],
        "inputBytes": 2,
        "logBytesDropped": 0,
        "outputBytes": 0,
        "peakMemoryBytes": [number]
      },
      "status": "FAILED",
      "version": 1
    }
    "#);
    let record = http.get(&format!("/executions/{}", answer.json()["id"].as_str().expect("an id"))).await;
    insta::assert_snapshot!(stable(&record), @r#"
    200
    {
      "attempt": null,
      "attempts": [],
      "callback": null,
      "completedAt": "[time]",
      "createdAt": "[time]",
      "deliverAt": null,
      "errorKind": "abort",
      "errorMessage": "aborted: no (index.ts:1:49)\n    at index/handle",
      "functionId": "[id]",
      "id": "[id]",
      "input": {},
      "logs": [],
      "maxAttempts": null,
      "mode": "sync",
      "nextAttemptAt": null,
      "output": null,
      "receipt": {
        "cold": false,
        "cpuUs": [number],
        "durationUs": [number],
        "inputBytes": 2,
        "logBytesDropped": 0,
        "outputBytes": 0,
        "peakMemoryBytes": [number]
      },
      "scheduleName": null,
      "startedAt": "[time]",
      "status": "FAILED",
      "version": 1
    }
    "#);
}

#[tokio::test]
async fn an_absent_input_is_an_empty_object() {
    let http = http();
    let id = deploy(&http, "contract-input", ECHO).await;
    for body in ["{}", "{\"input\":null}", "{\"input\":{}}", " {\n \"input\" : { } }"] {
        let answer = http.post_text(&format!("/functions/{id}/execute"), body).await.expect(200).json();
        assert_eq!(answer["output"], json!({}), "{body}");
    }
}

#[tokio::test]
async fn delete_takes_the_executions_along() {
    let http = http();
    let id = deploy(&http, "contract-delete", ECHO).await;
    let execution = execute(&http, &id, "{}").await.json()["id"].as_str().expect("an id").to_owned();
    let deleted = http.delete(&format!("/functions/{id}")).await.expect(204);
    assert_eq!(deleted.text, "");
    http.get(&format!("/functions/{id}")).await.expect(404);
    http.get(&format!("/executions/{execution}")).await.expect(404);
    http.get(&format!("/functions/{id}/executions")).await.expect(404);
    http.post(&format!("/functions/{id}/execute"), &json!({})).await.expect(404);
    http.delete(&format!("/functions/{id}")).await.expect(404);
    let again = deploy(&http, "contract-delete", ECHO).await;
    assert_ne!(again, id, "the name is free again");
}

#[tokio::test]
async fn lists_go_on_page_by_page() {
    let http = http();
    let id = deploy(&http, "contract-pages", ECHO).await;
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.insert(0, execute(&http, &id, "{}").await.json()["id"].clone());
    }
    let mut path = format!("/functions/{id}/executions?limit=2");
    let mut seen = Vec::new();
    loop {
        let page = http.get(&path).await.expect(200);
        seen.extend(page.json().as_array().expect("a list").iter().map(|entry| entry["id"].clone()));
        let link = page.header("link").to_owned();
        let Some((next, _)) = link.strip_prefix('<').and_then(|link| link.split_once(">; rel=\"next\"")) else { break };
        path = next.to_owned();
    }
    assert_eq!(seen, ids, "newest first, each once");
}

#[tokio::test]
async fn health_and_readiness() {
    let http = http();
    insta::assert_snapshot!(stable(&http.get("/health").await), @r#"
    200
    {
      "status": "UP"
    }
    "#);
    eventually("ready", SOON, async || {
        // A compiler that has just started has not said so yet.
        let ready = http.get("/ready").await;
        ready.status == 200 && ready.json()["checks"][2]["ok"] == true
    })
    .await;
    insta::assert_snapshot!(stable(&http.get("/ready").await), @r#"
    200
    {
      "checks": [
        {
          "name": "database",
          "ok": true,
          "required": true
        },
        {
          "name": "history",
          "ok": true,
          "required": true
        },
        {
          "name": "compilers",
          "ok": true,
          "required": false
        }
      ],
      "status": "UP"
    }
    "#);
}
