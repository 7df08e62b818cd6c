//! Two servers and one database: what one accepted either of them runs, and killing them loses nothing.

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use nil_test::{TestDatabase, TestHttp, eventually, try_send};
use reqwest::Method;
use serde_json::{Value, json};

use super::fleet::{ADD, BUSY, Server, upload};

/// Accepted while servers come and go.
const EXECUTIONS: usize = 300;

/// A lost attempt is taken over 15 s later, and that may happen to it more than once.
const DRAINED_WITHIN: Duration = Duration::from_secs(240);

/// Hands executions over to whichever server answers; what was not answered was not promised.
async fn hand_over(servers: [TestHttp; 2], from: usize, count: usize) -> Vec<String> {
    let mut accepted = Vec::new();
    let end = Instant::now() + DRAINED_WITHIN;
    for number in 0..count {
        let body = json!({ "input": {}, "maxAttempts": 20 }).to_string();
        let mut server = from + number;
        loop {
            server += 1;
            let request = servers[server % 2].request(Method::POST, "/functions/busy/execute");
            let request = request.header("prefer", "respond-async").header("content-type", "application/json");
            match try_send(request.body(body.clone())).await {
                Ok(answer) if answer.status == 202 => {
                    accepted.push(answer.json()["id"].as_str().expect("an id").to_owned());
                    break;
                }
                _ => assert!(Instant::now() < end, "no server accepts anything"),
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    accepted
}

async fn is_drained(http: &TestHttp) -> bool {
    let queue = http.get("/queue").await.expect(200).json()["executions"].clone();
    queue["pending"] == 0 && queue["running"] == 0 && queue["delayed"] == 0
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_servers_lose_nothing() {
    let database = TestDatabase::fresh().await;
    let mut servers = [Server::start(database.url()).await, Server::start(database.url()).await];
    let clients = [servers[0].http(), servers[1].http()];
    upload(&clients[0], "busy", BUSY, json!({ "retryBackoffMs": 10, "asyncConcurrency": 8 })).await;

    let handing_over: Vec<_> =
        (0..3).map(|from| tokio::spawn(hand_over(clients.clone(), from, EXECUTIONS / 3))).collect();
    for round in 0..4 {
        tokio::time::sleep(Duration::from_millis(400)).await;
        servers[round % 2].kill9();
        tokio::time::sleep(Duration::from_millis(200)).await;
        servers[round % 2].start_again().await;
    }
    let mut accepted = Vec::new();
    for client in handing_over {
        accepted.extend(client.await.expect("no client has panicked"));
    }
    assert_eq!(accepted.len(), EXECUTIONS);
    eventually("everything is over", DRAINED_WITHIN, async || is_drained(&clients[0]).await).await;

    for id in &accepted {
        let execution = clients[1].get(&format!("/executions/{id}")).await.expect(200).json();
        assert_eq!(
            (&execution["status"], &execution["output"]),
            (&json!("COMPLETED"), &json!(20_000_000)),
            "{execution:#}"
        );
        let attempts = execution["attempts"].as_array().expect("attempts");
        let numbers: Vec<u64> = attempts.iter().filter_map(|attempt| attempt["number"].as_u64()).collect();
        let begun = execution["attempt"].as_u64().expect("a number");
        assert_eq!(numbers, (1..=begun).collect::<Vec<_>>(), "every attempt is counted: {execution:#}");
        let lost = |attempt: &Value| attempt["errorKind"] == "lost";
        assert!(attempts[..attempts.len() - 1].iter().all(lost), "{execution:#}");
    }
    // Recorded once: also those whose acceptance was never answered.
    let list = clients[0].get("/functions/busy/executions").await.expect(200).json();
    let ids: Vec<&str> = list.as_array().expect("a list").iter().filter_map(|entry| entry["id"].as_str()).collect();
    let distinct: HashSet<&str> = ids.iter().copied().collect();
    assert_eq!(distinct.len(), ids.len());
    assert!(accepted.iter().all(|id| distinct.contains(id.as_str())));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn order_is_kept_where_one_runs_at_a_time() {
    let database = TestDatabase::fresh().await;
    let servers = [Server::start(database.url()).await, Server::start(database.url()).await];
    let http = servers[0].http();
    upload(&http, "add", ADD, json!({ "asyncConcurrency": 1 })).await;
    let mut accepted = Vec::new();
    for number in 0..20 {
        let body = json!({ "input": { "args": [number, 1] } });
        let answer = super::later::call_later(&http, "/functions/add/execute", &body).await.expect(202);
        accepted.push(answer.json()["id"].as_str().expect("an id").to_owned());
    }
    eventually("everything is over", DRAINED_WITHIN, async || is_drained(&http).await).await;
    let mut ended = String::new();
    for id in &accepted {
        let execution = http.get(&format!("/executions/{id}")).await.expect(200).json();
        let started = execution["startedAt"].as_str().expect("a time").to_owned();
        assert!(started >= ended, "{id} started at {started}, before its predecessor ended at {ended}");
        ended = execution["completedAt"].as_str().expect("a time").to_owned();
    }
}
