//! A long backlog in small: memory does not grow with it, accepting takes no notice of it, and it is worked off. The
//! benchmark's group `backlog` does the same with 100,000.

use std::time::{Duration, Instant};

use nil_test::{TestDatabase, TestHttp, eventually};
use serde_json::json;

use super::{
    fleet::{ADD, Server, upload},
    later::call_later,
};

const EXECUTIONS: usize = 4_000;

const CALLERS: usize = 8;

/// The first and the last so many are compared.
const COMPARED: usize = 400;

/// Accepts executions and answers how long each took.
async fn accept(http: &TestHttp, count: usize) -> Vec<Duration> {
    let callers: Vec<_> = (0..CALLERS)
        .map(|_| {
            let http = http.clone();
            tokio::spawn(async move {
                let mut taken = Vec::new();
                for _ in 0..count / CALLERS {
                    let started = Instant::now();
                    let body = json!({ "input": { "args": [1, 2] } });
                    call_later(&http, "/functions/add/execute", &body).await.expect(202);
                    taken.push(started.elapsed());
                }
                taken
            })
        })
        .collect();
    let mut all = Vec::new();
    for caller in callers {
        all.extend(caller.await.expect("no caller panicked"));
    }
    all
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

async fn backlog(http: &TestHttp) -> u64 {
    let queue = http.get("/queue").await.expect(200).json()["executions"].clone();
    ["pending", "running", "delayed"].iter().filter_map(|state| queue[state].as_u64()).sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_backlog_costs_neither_memory_nor_patience() {
    let database = TestDatabase::fresh().await;
    let server = Server::start(database.url()).await;
    let http = server.http();
    // One at a time, so that they pile up.
    upload(&http, "add", ADD, json!({ "asyncConcurrency": 1 })).await;
    let shallow = median(accept(&http, COMPARED).await);
    let before = server.memory_kib();
    accept(&http, EXECUTIONS).await;
    let deep = median(accept(&http, COMPARED).await);
    let waiting = backlog(&http).await;
    assert!(waiting > COMPARED as u64, "there is no backlog: {waiting}");
    // Far from exact on a machine that does other things; a queue that reads all of itself is far slower still.
    assert!(deep < shallow * 5 + Duration::from_millis(20), "{shallow:?} into an empty queue, {deep:?} behind {waiting}");

    http.put("/functions/add", &json!({ "settings": { "asyncConcurrency": 64 } })).await.expect(200);
    eventually("it is worked off", Duration::from_secs(240), async || backlog(&http).await == 0).await;
    let grown = server.memory_kib().saturating_sub(before);
    assert!(grown < 48 << 10, "the server has grown by {grown} KiB");
    assert_eq!(http.get("/queue").await.expect(200).json()["executions"]["deadLetters"], 0);
}
