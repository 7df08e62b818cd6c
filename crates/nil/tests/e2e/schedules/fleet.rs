//! Two servers look at the same ticks, and both are killed in between: each tick is one execution.

use std::{collections::HashMap, time::Duration};

use chrono::Utc;
use nil_test::{TestDatabase, TestHttp, eventually, try_send};
use reqwest::Method;
use serde_json::{Value, json};

use crate::queued::fleet::{ADD, Server, upload};

const WITHIN: Duration = Duration::from_secs(120);

async fn scheduled(http: &TestHttp) -> Vec<Value> {
    let answer = try_send(http.request(Method::GET, "/executions?mode=schedule")).await;
    answer
        .ok()
        .filter(|answer| answer.status == 200)
        .map_or_else(Vec::new, |answer| answer.json().as_array().cloned().unwrap_or_default())
}

/// The tick an execution was made for: the time in its id.
fn tick(execution: &Value) -> u64 {
    let id = execution["id"].as_str().expect("an id").replace('-', "");
    u64::from_str_radix(&id[..12], 16).expect("a UUIDv7")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tick_is_one_execution_however_many_servers_look() {
    let database = TestDatabase::fresh().await;
    let mut servers = [Server::start(database.url()).await, Server::start(database.url()).await];
    let [here, there] = [servers[0].http(), servers[1].http()];
    upload(&here, "add", ADD, json!({})).await;
    let body = json!({ "cron": "* * * * * *", "input": { "args": [1, 2] } });
    for name in ["a", "b", "c"] {
        here.put(&format!("/functions/add/schedules/{name}"), &body).await.expect(201);
    }
    eventually("some ticks have passed", WITHIN, async || scheduled(&there).await.len() >= 9).await;
    servers[0].kill9();
    let before = scheduled(&there).await.len();
    eventually("the other server goes on", WITHIN, async || scheduled(&there).await.len() >= before + 9).await;
    servers[0].start_again().await;
    servers[1].kill9();
    let before = scheduled(&here).await.len();
    eventually("it goes on again", WITHIN, async || scheduled(&here).await.len() >= before + 9).await;
    for name in ["a", "b", "c"] {
        here.delete(&format!("/functions/add/schedules/{name}")).await.expect(204);
    }
    eventually("all are over", WITHIN, async || {
        scheduled(&here).await.iter().all(|execution| execution["status"] == "COMPLETED")
    })
    .await;
    let mut ticks: HashMap<u64, u32> = HashMap::new();
    for execution in scheduled(&here).await {
        *ticks.entry(tick(&execution)).or_default() += 1;
    }
    // Three schedules: no second has more executions than that, and none in the middle has fewer.
    let (first, last) = (*ticks.keys().min().expect("ticks"), *ticks.keys().max().expect("ticks"));
    for second in (first..=last).step_by(1_000) {
        let count = ticks.get(&second).copied().unwrap_or(0);
        let is_inside = second > first && second < last;
        assert!(count <= 3 && (count == 3 || !is_inside), "{count} executions at {second}: {ticks:?}");
    }
    assert!(ticks.keys().all(|tick| tick % 1_000 == 0), "{ticks:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_missed_is_caught_up_with() {
    let database = TestDatabase::fresh().await;
    let mut server = Server::start(database.url()).await;
    let http = server.http();
    upload(&http, "add", ADD, json!({})).await;
    for catch_up in ["skip", "once", "all"] {
        let body = json!({ "everyMs": 5000, "input": { "args": [1, 2] }, "catchUp": catch_up });
        http.put(&format!("/functions/add/schedules/by-{catch_up}"), &body).await.expect(201);
    }
    server.kill9();
    let down = Utc::now().timestamp_millis();
    // Longer than the half minute within which a tick counts as on time.
    tokio::time::sleep(Duration::from_secs(44)).await;
    server.start_again().await;
    // Connections of the one before are gone.
    let http = server.http();

    let since_then = async |name: &str| {
        let mut ticks = Vec::new();
        for execution in scheduled(&http).await {
            let id = execution["id"].as_str().expect("an id");
            let detail = http.get(&format!("/executions/{id}")).await.expect(200).json();
            let at = i64::try_from(tick(&execution)).expect("a time");
            if detail["scheduleName"] == name && at > down {
                ticks.push(at);
            }
        }
        ticks
    };
    eventually("they are caught up with", WITHIN, async || since_then("by-all").await.len() >= 8).await;
    // All three tick at about the same times; the oldest of those that skip what they missed was on time.
    let on_time = since_then("by-skip").await.into_iter().min().expect("a tick");
    let missed = async |name: &str| since_then(name).await.iter().filter(|at| **at < on_time - 2_500).count();
    assert_eq!(missed("by-once").await, 1);
    assert!(missed("by-all").await >= 2);
}
