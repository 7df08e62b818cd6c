//! Two servers on one database: what moves on one is seen by the other.

use std::time::{Duration, Instant};

use nil_test::{TestDatabase, TestHttp, eventually_some};
use serde_json::json;

use crate::{
    product::SOON,
    queued::fleet::{ADD, Server, upload},
};

/// Subtracts, under the same name.
const SUBTRACT: &str = "AGFzbQEAAAABBwFgAn9/AX8DAgEABwcBA2FkZAAACgkBBwAgACABaws=";

/// Rollbacks in the measurement.
const ROUNDS: u32 = 20;

async fn result(http: &TestHttp, target: &str) -> i64 {
    let body = json!({ "input": { "args": [5, 3] } });
    let answer = http.post(&format!("/functions/{target}/execute"), &body).await.expect(200).json();
    answer["output"].as_i64().unwrap_or_else(|| panic!("{answer:#}"))
}

/// Calls until the answer is `expected`; how long that took.
async fn until(http: &TestHttp, target: &str, expected: i64) -> Duration {
    let since = Instant::now();
    while result(http, target).await != expected {
        assert!(since.elapsed() < SOON, "the other server never sees it");
    }
    since.elapsed()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rollback_on_one_server_is_seen_by_the_other() {
    let database = TestDatabase::fresh().await;
    let servers = [Server::start(database.url()).await, Server::start(database.url()).await];
    let [here, there] = [servers[0].http(), servers[1].http()];
    upload(&here, "calc", ADD, json!({})).await;
    here.put("/functions/calc", &json!({ "wasmBase64": SUBTRACT })).await.expect(200);
    eventually_some("version 2 is live", SOON, async || {
        (here.get("/functions/calc?waitMs=5000").await.expect(200).json()["liveVersion"] == 2).then_some(())
    })
    .await;
    for (target, expected) in [("calc@1", 8), ("calc@2", 2)] {
        assert_eq!(result(&there, target).await, expected);
    }
    until(&there, "calc", 2).await;

    let mut longest = Duration::ZERO;
    for round in 0..ROUNDS {
        let (to, expected) = if round % 2 == 0 { (1, 8) } else { (2, 2) };
        here.post("/functions/calc/rollback", &json!({ "to": to })).await.expect(200);
        longest = longest.max(until(&there, "calc", expected).await);
        assert_eq!(result(&here, "calc").await, expected, "where it was asked for, it is there with the answer");
    }
    eprintln!("{ROUNDS} rollbacks, seen by the other server after at most {longest:?}");

    let alias = |version| json!({ "targets": [{ "version": version }] });
    here.put("/functions/calc/aliases/canary", &alias(1)).await.expect(200);
    assert_eq!(result(&there, "calc:canary").await, 8);
    here.put("/functions/calc/aliases/canary", &alias(2)).await.expect(200);
    until(&there, "calc:canary", 2).await;
    here.delete("/functions/calc").await.expect(204);
    eventually_some("the other server forgets it too", SOON, async || {
        let answer = there.post("/functions/calc@1/execute", &json!({ "input": { "args": [1, 1] } })).await;
        (answer.status == 404).then_some(())
    })
    .await;
}
