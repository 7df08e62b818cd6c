//! More calls at once than the server takes: what is refused is told when to come back, nobody waits without end, one
//! function does not starve another, and memory stays where it was.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use nil_test::{NilUp, TestHttp, try_send};
use reqwest::Method;
use serde_json::json;

use crate::{product::NIL, queued};

/// Calls of the slow function at once: twenty times what may run and wait.
const CALLS: usize = 2_000;

/// A tenth of this is what the calls that run need; a call that hangs would take all of it.
const NO_HANG: Duration = Duration::from_secs(60);

/// What the server may grow by, in KiB: 2,000 connections, their requests and their refusals.
const GROWTH_KIB: u64 = 200 * 1024;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_is_refused_and_the_neighbour_served() {
    let up = NilUp::start_with(NIL, &["--max-concurrency", "8", "--max-function-concurrency", "4"], &[]);
    let http = TestHttp::new(up.url());
    queued::upload(&http, "slow", queued::BUSY, json!({})).await;
    queued::upload(&http, "quick", queued::ADD, json!({})).await;
    http.post_text("/fn/slow", "{}").await.expect(200);
    http.post("/functions/quick/execute", &json!({ "input": { "args": [1, 2] } })).await.expect(200);
    let before = resident_kib(up.pid());

    let begun = Instant::now();
    let flood = tokio::spawn(flood(http.clone()));
    let neighbour = Arc::new(http.clone());
    let mut served = 0;
    while !flood.is_finished() {
        let answer =
            neighbour.post("/functions/quick/execute", &json!({ "input": { "args": [20, 22] } })).await.expect(200);
        assert_eq!(answer.json()["output"], 42);
        served += 1;
    }
    let outcomes = flood.await.expect("the flood ends");
    assert!(begun.elapsed() < NO_HANG, "the flood took {:?}", begun.elapsed());
    assert!(outcomes[&200] > 0, "some of the flood is served: {outcomes:?}");
    assert!(outcomes.get(&429).is_some_and(|refused| *refused > CALLS / 2), "most of it is refused: {outcomes:?}");
    assert_eq!(outcomes.values().sum::<usize>(), CALLS, "{outcomes:?}");
    assert!(served > 0);
    let grown = resident_kib(up.pid()).saturating_sub(before);
    assert!(grown < GROWTH_KIB, "the server grew by {grown} KiB");
    http.post_text("/fn/slow", "{}").await.expect(200);
}

/// Calls the slow function from as many connections as there are calls; counts the answers by status.
async fn flood(http: TestHttp) -> BTreeMap<u16, usize> {
    let calls = (0..CALLS).map(|_| {
        let request = http.request(Method::POST, "/fn/slow").header("content-type", "application/json").body("{}");
        tokio::spawn(async move { try_send(request).await })
    });
    let mut outcomes = BTreeMap::new();
    for call in calls.collect::<Vec<_>>() {
        let answer = call.await.expect("no panic").expect("an answer, not a broken connection");
        if answer.status == 429 {
            let pause: u64 = answer.header("retry-after").parse().expect("seconds");
            assert!((1..=60).contains(&pause));
            assert!(answer.json()["type"].as_str().is_some_and(|kind| kind.ends_with("function-busy")));
        }
        *outcomes.entry(answer.status).or_default() += 1;
    }
    outcomes
}

fn resident_kib(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("the server runs");
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("Linux tells");
    line.split_whitespace().nth(1).and_then(|kib| kib.parse().ok()).expect("a number of KiB")
}
