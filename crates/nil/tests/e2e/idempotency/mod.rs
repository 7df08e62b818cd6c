//! `Idempotency-Key`: carried out once, answered as often as it is asked.

mod pinned;

use nil_test::{Answer, TestHttp, eventually, send};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    functions::{ECHO, deploy, deploy_with},
    product::{SOON, http},
    queued::fleet::{BUSY, upload},
};

async fn post(http: &TestHttp, path: &str, key: &str, body: &Value) -> Answer {
    let request = http.request(Method::POST, path).header("idempotency-key", key);
    send(request.header("content-type", "application/json").body(body.to_string())).await
}

fn is_replayed(answer: &Answer) -> bool {
    answer.headers.get("idempotent-replayed").is_some_and(|value| value == "true")
}

async fn executions(http: &TestHttp, function: &str) -> usize {
    let list = http.get(&format!("/functions/{function}/executions")).await.expect(200).json();
    list.as_array().map_or(0, Vec::len)
}

#[tokio::test]
async fn an_execution_is_answered_again_and_not_run_again() {
    let http = http();
    deploy(&http, "once-echo", ECHO).await;
    let path = "/functions/once-echo/execute";
    let first = post(&http, path, "k1", &json!({ "input": { "n": 1 } })).await.expect(200);
    assert!(!is_replayed(&first));
    let again = post(&http, path, "k1", &json!({ "input": { "n": 1 } })).await.expect(200);
    assert!(is_replayed(&again));
    assert_eq!(first.text, again.text);
    assert_eq!(executions(&http, "once-echo").await, 1);

    let other = post(&http, path, "k1", &json!({ "input": { "n": 2 } })).await.expect(422);
    assert_eq!(other.json()["type"], "/docs/problems/idempotency-mismatch");
    post(&http, path, "k2", &json!({ "input": { "n": 1 } })).await.expect(200);
    assert_eq!(executions(&http, "once-echo").await, 2);
    post(&http, path, "", &json!({ "input": {} })).await.expect(400);
    post(&http, path, &"k".repeat(256), &json!({ "input": {} })).await.expect(400);
}

#[tokio::test]
async fn a_refusal_is_not_kept() {
    let http = http();
    let path = "/functions/once-later/execute";
    post(&http, path, "k", &json!({})).await.expect(404);
    deploy(&http, "once-later", ECHO).await;
    let answer = post(&http, path, "k", &json!({})).await.expect(200);
    assert!(!is_replayed(&answer));
}

#[tokio::test]
async fn a_function_is_made_once() {
    let http = http();
    let body = json!({ "name": "once-made", "language": "assemblyscript", "source": ECHO });
    let first = post(&http, "/functions", "made", &body).await.expect(201);
    let again = post(&http, "/functions", "made", &body).await.expect(201);
    assert_eq!((first.text, first.headers.get("location")), (again.text.clone(), again.headers.get("location")));
    assert!(is_replayed(&again));
    // Without the key it is what it always was.
    http.post("/functions", &body).await.expect(409);
}

#[tokio::test]
async fn its_own_url_and_later_executions_take_a_key_too() {
    let http = http();
    deploy(&http, "once-fn", "export function handle(input: string): string { if (input == '\"no\"') throw new Error(\"no\"); return Math.random().toString(); }").await;
    let first = post(&http, "/fn/once-fn/charge", "k", &json!(1)).await.expect(200);
    let again = post(&http, "/fn/once-fn/charge", "k", &json!(1)).await.expect(200);
    assert_eq!((&first.text, is_replayed(&first)), (&again.text, false));
    assert!(is_replayed(&again));
    assert_eq!(first.header("x-nil-execution"), again.header("x-nil-execution"));
    post(&http, "/fn/once-fn/charge", "k", &json!(2)).await.expect(422);
    let failed = post(&http, "/fn/once-fn", "failing", &json!("no")).await.expect(502);
    let again = post(&http, "/fn/once-fn", "failing", &json!("no")).await.expect(502);
    assert_eq!((failed.text, true), (again.text.clone(), is_replayed(&again)));

    let later = async || {
        let request = http.request(Method::POST, "/functions/once-fn/execute").header("idempotency-key", "later");
        let request = request.header("prefer", "respond-async").header("content-type", "application/json");
        send(request.body("{}")).await.expect(202).json()["id"].clone()
    };
    assert_eq!(later().await, later().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_is_being_carried_out_is_not_begun_again() {
    let http = http();
    upload(&http, "once-busy", BUSY, json!({})).await;
    let body = json!({ "input": {} });
    let all: Vec<_> = (0..8)
        .map(|_| {
            let (http, body) = (http.clone(), body.clone());
            tokio::spawn(async move { post(&http, "/functions/once-busy/execute", "together", &body).await })
        })
        .collect();
    let mut carried_out = 0;
    for answer in all {
        let answer = answer.await.expect("no panic");
        match answer.status {
            200 => carried_out += usize::from(!is_replayed(&answer)),
            _ => assert_eq!(answer.expect(409).json()["type"], "/docs/problems/idempotency-running"),
        }
    }
    assert_eq!((carried_out, executions(&http, "once-busy").await), (1, 1));

    // A client that goes away does not stop what was begun.
    let slow = "export function handle(input: string): string { for (let i: u64 = 0, x: u64 = 1; i < 300000000; i++) { x = x * 31 + i; if (x == 0) return \"0\"; } return \"1\"; }";
    deploy_with(&http, "once-gone", slow, &json!({ "timeoutMs": 30_000 })).await;
    let empty = json!({});
    let impatient = post(&http, "/functions/once-gone/execute", "gone", &empty);
    let _ = tokio::time::timeout(std::time::Duration::from_millis(30), impatient).await;
    eventually("the answer is kept", SOON, async || {
        let again = post(&http, "/functions/once-gone/execute", "gone", &json!({})).await;
        again.status == 200 && executions(&http, "once-gone").await == 1
    })
    .await;
}
