//! Accepted, run later, tried again, given up, called off.

use nil_test::{Answer, TestHttp, eventually, send};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    functions::{ECHO, deploy, deploy_with},
    product::{SOON, http},
};

const FAILING: &str = "export function handle(input: string): string { throw new Error(\"no\"); }";
const ENDLESS: &str = "export function handle(input: string): string { while (true) {} return input; }";

/// Calls with `Prefer: respond-async`.
pub(crate) async fn call_later(http: &TestHttp, path: &str, body: &Value) -> Answer {
    let request = http.request(Method::POST, path).header("prefer", "respond-async");
    send(request.header("content-type", "application/json").body(body.to_string())).await
}

async fn accepted(http: &TestHttp, function: &str, body: &Value) -> String {
    let answer = call_later(http, &format!("/functions/{function}/execute"), body).await.expect(202);
    answer.header("location").to_owned()
}

async fn end_of(http: &TestHttp, location: &str) -> Value {
    let mut execution = Value::Null;
    eventually("the execution is over", SOON, async || {
        execution = http.get(&format!("{location}?waitMs=20000")).await.expect(200).json();
        !matches!(execution["status"].as_str(), Some("PENDING" | "RUNNING"))
    })
    .await;
    execution
}

#[tokio::test]
async fn a_call_is_accepted_and_run() {
    let http = http();
    let id = deploy(&http, "later-echo", ECHO).await;
    let answer = call_later(&http, "/functions/later-echo/execute", &json!({ "input": { "n": 1 } })).await.expect(202);
    let body = answer.json();
    assert_eq!(answer.header("preference-applied"), "respond-async");
    assert_eq!(answer.header("location"), format!("/executions/{}", body["id"].as_str().expect("an id")));
    assert_eq!((&body["status"], &body["functionId"]), (&json!("PENDING"), &json!(id)));
    let execution = end_of(&http, answer.header("location")).await;
    assert_eq!((&execution["status"], &execution["mode"]), (&json!("COMPLETED"), &json!("async")), "{execution:#}");
    assert_eq!((&execution["output"], &execution["attempt"]), (&json!({ "n": 1 }), &json!(1)));

    let by_url = call_later(&http, "/fn/later-echo", &json!([1, 2])).await.expect(202);
    assert_eq!(end_of(&http, by_url.header("location")).await["output"], json!([1, 2]));
    let list = http.get("/executions?function=later-echo&mode=async&limit=1").await.expect(200);
    assert_eq!(list.json()[0]["functionName"], "later-echo");
    assert!(list.header("link").contains("mode=async"), "{}", list.header("link"));
}

#[tokio::test]
async fn a_failing_call_is_tried_again_given_up_and_can_be_requeued() {
    let http = http();
    deploy_with(&http, "later-failing", FAILING, &json!({ "maxAttempts": 3, "retryBackoffMs": 20 })).await;
    let location = accepted(&http, "later-failing", &json!({ "input": {} })).await;
    let execution = end_of(&http, &location).await;
    assert_eq!((&execution["status"], &execution["attempt"]), (&json!("FAILED"), &json!(3)), "{execution:#}");
    let numbers: Vec<_> = execution["attempts"].as_array().expect("attempts").iter().map(|a| &a["number"]).collect();
    assert_eq!(numbers, [1, 2, 3]);

    let letters = http.get("/dead-letters?function=later-failing").await.expect(200).json();
    assert_eq!(letters[0]["attempts"], 3, "{letters:#}");
    let id = letters[0]["executionId"].as_str().expect("an id");
    http.post(&format!("/dead-letters/{id}/requeue"), &json!({})).await.expect(202);
    let again = end_of(&http, &location).await;
    assert_eq!((&again["status"], &again["attempt"]), (&json!("FAILED"), &json!(6)), "{again:#}");
    http.delete(&format!("/dead-letters/{id}")).await.expect(204);
    http.delete(&format!("/dead-letters/{id}")).await.expect(404);
    assert_eq!(end_of(&http, &location).await["status"], "FAILED", "the record stays");
}

#[tokio::test]
async fn calls_are_called_off() {
    let http = http();
    deploy(&http, "later-off", ECHO).await;
    let waits = accepted(&http, "later-off", &json!({ "input": {}, "delayMs": 2_592_000_000_u64 })).await;
    let pending = http.get(&waits).await.expect(200).json();
    assert_eq!(pending["status"], "PENDING");
    assert_eq!(
        pending["nextAttemptAt"].as_str().map(|time| &time[..16]),
        pending["deliverAt"].as_str().map(|t| &t[..16])
    );
    http.delete(&waits).await.expect(204);
    assert_eq!(http.get(&waits).await.expect(200).json()["status"], "CANCELED");
    http.delete(&waits).await.expect(409);

    deploy_with(&http, "later-endless", ENDLESS, &json!({ "timeoutMs": 60_000 })).await;
    let runs = accepted(&http, "later-endless", &json!({ "input": {} })).await;
    eventually("it runs", SOON, async || http.get(&runs).await.expect(200).json()["status"] == "RUNNING").await;
    http.delete(&runs).await.expect(202);
    let execution = end_of(&http, &runs).await;
    assert_eq!((&execution["status"], &execution["errorMessage"]), (&json!("CANCELED"), &Value::Null));
    http.delete("/executions/01890a5d-ac96-774b-bcce-b302099a8057").await.expect(404);
}

#[tokio::test]
async fn what_makes_no_sense_is_refused() {
    let http = http();
    deploy(&http, "later-refused", ECHO).await;
    let path = "/functions/later-refused/execute";
    http.post(path, &json!({ "input": {}, "delayMs": 5 })).await.expect(400);
    call_later(&http, path, &json!({ "input": {}, "delayMs": 2_592_000_001_u64 })).await.expect(422);
    call_later(&http, path, &json!({ "input": {}, "maxAttempts": 0 })).await.expect(422);
    call_later(&http, path, &json!({ "input": [] })).await.expect(400);
    call_later(&http, "/functions/nobody/execute", &json!({})).await.expect(404);
    http.get("/executions?status=DONE").await.expect(400);
    http.get("/executions?function=nobody").await.expect(404);
    http.get("/executions/01890a5d-ac96-774b-bcce-b302099a8057?waitMs=30001").await.expect(400);
}
