//! How deep the queues were, as it is answered: two servers without a compiler look every ten seconds.

use chrono::{TimeDelta, Utc};
use nil_api::QueueHistory;
use nil_client::{Client, ClientOptions, StatsQuery};
use nil_test::{TestDatabase, eventually_some};
use serde_json::{Value, json};

use super::{
    fleet::{ADD, Server, upload},
    later::call_later,
};
use crate::{functions::ECHO, product::SOON};

const TEN_SECONDS_MS: u64 = 10_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn depths_are_looked_at_by_one_server_and_can_be_asked_for() {
    let database = TestDatabase::fresh().await;
    let (one, two) = (Server::start(database.url()).await, Server::start(database.url()).await);
    let http = one.http();
    for name in ["waits", "waits-too"] {
        let body = json!({ "name": name, "language": "assemblyscript", "source": ECHO });
        http.post("/functions", &body).await.expect(201);
    }
    upload(&http, "add", ADD, json!({})).await;
    for _ in 0..3 {
        let body = json!({ "input": { "args": [1, 2] }, "delayMs": 3_600_000 });
        call_later(&http, "/functions/add/execute", &body).await.expect(202);
    }

    let client = Client::new(&ClientOptions { base_url: two.url().to_owned(), ..ClientOptions::default() });
    let client = client.expect("a client");
    let query =
        StatsQuery { from: Some(Utc::now() - TimeDelta::minutes(5)), to: None, bucket_ms: Some(TEN_SECONDS_MS) };
    let history: QueueHistory = eventually_some("the depths are seen", SOON, async || {
        let history = client.queue_history(query).await.expect("an answer");
        let newest = history.buckets.iter().rev().find_map(|bucket| bucket.executions.as_ref());
        (newest.map_or(0, |executions| executions.delayed) == 3).then_some(history)
    })
    .await;
    let newest = history.buckets.iter().rev().find(|bucket| bucket.samples > 0).expect("found above");
    let compilation = newest.compilation.as_ref().expect("both are looked at together");
    assert_eq!((compilation.queued, compilation.leased, compilation.dead_letters), (2, 0, 0), "{newest:#?}");
    assert!(compilation.oldest_ms.is_some_and(|age_ms| age_ms > 0), "{newest:#?}");
    let executions = newest.executions.as_ref().expect("found above");
    assert_eq!((executions.pending, executions.running, executions.dead_letters), (0, 0, 0), "{newest:#?}");
    assert!(history.buckets.iter().all(|bucket| bucket.samples <= 1), "two servers looked: {history:#?}");

    // A day, unless asked otherwise; the same figures, and nothing where nobody looked.
    let day = http.get("/queue/history").await.expect(200).json();
    assert_eq!(day["bucketMs"], json!(1_440_000));
    let steps = day["buckets"].as_array().expect("steps");
    assert_eq!(steps.len(), 60);
    assert_eq!(steps[59]["executions"]["delayed"], json!(3), "{:#}", steps[59]);
    assert_eq!((&steps[0]["samples"], &steps[0]["executions"]), (&json!(0), &Value::Null));
    for query in [
        "from=yesterday",
        "bucketMs=0",
        "bucketMs=10000",
        "step=5",
        "to=2020-01-01T00:00:00Z&from=2021-01-01T00:00:00Z",
    ] {
        http.get(&format!("/queue/history?{query}")).await.expect(400);
    }
}
