//! Two servers: what is set at one is in the next call of the other.

use std::time::Duration;

use nil_test::{TestDatabase, eventually};
use serde_json::json;

use super::ENVIRON;
use crate::queued::fleet::{Server, upload};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_server_sees_a_change() {
    let database = TestDatabase::fresh().await;
    let servers = [Server::start(database.url()).await, Server::start(database.url()).await];
    let [here, there] = [servers[0].http(), servers[1].http()];
    upload(&here, "environ", ENVIRON, json!({})).await;
    for http in [&here, &there] {
        assert_eq!(http.get("/fn/environ").await.expect(200).text, "");
    }
    here.put("/environments/prod", &json!({ "variables": { "A": "1" } })).await.expect(201);
    here.put("/functions/environ/environments", &json!({ "environments": ["prod"] })).await.expect(200);
    // A key that the other server has made is read when it is needed.
    there.put("/environments/prod/secrets/B", &json!({ "value": "hush" })).await.expect(204);
    for http in [&here, &there] {
        eventually("the change is seen", Duration::from_secs(20), async || {
            http.get("/fn/environ").await.expect(200).text == "A=1\0B=hush\0"
        })
        .await;
    }
    here.put("/environments/prod/variables/A", &json!({ "value": "2" })).await.expect(204);
    eventually("the change is seen", Duration::from_secs(20), async || {
        there.get("/fn/environ").await.expect(200).text == "A=2\0B=hush\0"
    })
    .await;
}
