//! Made, changed, paused, resumed, removed; and what they cause.

use chrono::{DateTime, Utc};
use nil_test::{TestHttp, eventually};
use serde_json::{Value, json};

use crate::{
    cli::nil_in,
    functions::{ECHO, deploy},
    product::{SOON, http, shared},
};

async fn executions(http: &TestHttp, function: &str) -> Vec<Value> {
    let path = format!("/executions?function={function}&mode=schedule");
    http.get(&path).await.expect(200).json().as_array().cloned().unwrap_or_default()
}

#[tokio::test]
async fn a_schedule_runs_its_function() {
    let http = http();
    deploy(&http, "cron-echo", ECHO).await;
    let path = "/functions/cron-echo/schedules/often";
    let made = http.put(path, &json!({ "everyMs": 1000, "input": { "n": 1 } })).await.expect(201).json();
    assert_eq!(made["nextFires"].as_array().map(Vec::len), Some(5), "{made:#}");
    assert_eq!((&made["timeZone"], &made["catchUp"], &made["paused"]), (&json!("UTC"), &json!("skip"), &json!(false)));
    eventually("it has run twice", SOON, async || {
        let ran = executions(&http, "cron-echo").await;
        ran.iter().filter(|execution| execution["status"] == "COMPLETED").count() >= 2
    })
    .await;
    let newest = executions(&http, "cron-echo").await.remove(0);
    let id = newest["id"].as_str().expect("an id");
    let execution = http.get(&format!("/executions/{id}?waitMs=10000")).await.expect(200).json();
    assert_eq!((&execution["scheduleName"], &execution["output"]), (&json!("often"), &json!({ "n": 1 })), "{execution:#}");
    assert!(http.get(path).await.expect(200).json()["lastFiredAt"].is_string());

    // The same once more changes nothing.
    let before = http.get(path).await.expect(200).json();
    let again = http.put(path, &json!({ "everyMs": 1000, "input": { "n": 1 } })).await.expect(200).json();
    assert_eq!(before["updatedAt"], again["updatedAt"]);

    http.put(path, &json!({ "everyMs": 1000, "paused": true })).await.expect(200);
    // One that was due at that moment may still come.
    tokio::time::sleep(std::time::Duration::from_millis(1_500)).await;
    let count = executions(&http, "cron-echo").await.len();
    tokio::time::sleep(std::time::Duration::from_millis(2_500)).await;
    assert_eq!(executions(&http, "cron-echo").await.len(), count, "a paused schedule does not tick");
    http.delete(path).await.expect(204);
    http.get(path).await.expect(404);
}

#[tokio::test]
async fn the_command_line_sets_pauses_resumes_and_removes() {
    let (up, http) = (shared(), http());
    let folder = tempfile::tempdir().expect("a folder");
    deploy(&http, "cron-cli", ECHO).await;
    let nil = async |args: &[&str]| nil_in(folder.path(), up, args).await;
    let set = ["cron", "set", "cron-cli", "nightly", "30 2 * * *", "--time-zone", "Europe/Berlin", "-o", "json"];
    let made = nil(&set).await.expect(0).json();
    let next: DateTime<Utc> = serde_json::from_value(made["nextFires"][0].clone()).expect("a time");
    assert!(next > Utc::now() && next < Utc::now() + chrono::TimeDelta::hours(26), "{made:#}");
    let listed = nil(&["cron", "list", "cron-cli"]).await.expect(0).stdout;
    assert!(listed.contains("30 2 * * * Europe/Berlin"), "{listed}");
    let paused = nil(&["cron", "pause", "cron-cli", "nightly", "-o", "json"]).await.expect(0).json();
    assert_eq!((&paused["paused"], &paused["nextFires"]), (&json!(true), &json!([])));
    assert_eq!(paused["timeZone"], "Europe/Berlin");
    let resumed = nil(&["cron", "resume", "cron-cli", "nightly", "-o", "json"]).await.expect(0).json();
    assert_eq!(resumed["nextFires"], made["nextFires"]);
    assert!(nil(&["cron", "list"]).await.expect(0).stdout.contains("cron-cli"));
    nil(&["cron", "rm", "cron-cli", "nightly"]).await.expect(0);
    nil(&["cron", "rm", "cron-cli", "nightly"]).await.expect(1);
}

#[tokio::test]
async fn what_is_no_schedule_is_refused() {
    let http = http();
    deploy(&http, "cron-refused", ECHO).await;
    let path = "/functions/cron-refused/schedules/a";
    for (body, status) in [
        (json!({}), 400),
        (json!({ "cron": "* * * * *", "everyMs": 1000 }), 400),
        (json!({ "cron": "* * * * *", "input": [] }), 400),
        (json!({ "cron": "* * * * *", "tz": "UTC" }), 400),
        (json!({ "cron": "* * * * *", "catchUp": "most" }), 400),
        (json!({ "cron": "every day" }), 422),
        (json!({ "cron": "0 0 30 2 *" }), 422),
        (json!({ "cron": "* * * * *", "timeZone": "Mars/Olympus" }), 422),
        (json!({ "everyMs": 10 }), 422),
    ] {
        http.put(path, &body).await.expect(status);
    }
    http.put("/functions/nobody/schedules/a", &json!({ "cron": "* * * * *" })).await.expect(404);
    http.put("/functions/cron-refused/schedules/a%20b", &json!({ "cron": "* * * * *" })).await.expect(400);
    for number in 0..20 {
        let path = format!("/functions/cron-refused/schedules/s{number}");
        http.put(&path, &json!({ "cron": "0 0 1 1 *" })).await.expect(201);
    }
    let refused = http.put(path, &json!({ "cron": "0 0 1 1 *" })).await.expect(422);
    assert!(refused.text.contains("20 schedules of this function"), "{}", refused.text);
    // One that is there may still be changed.
    http.put("/functions/cron-refused/schedules/s0", &json!({ "cron": "0 0 2 1 *" })).await.expect(200);
    let page = http.get("/functions/cron-refused/schedules?limit=15").await.expect(200);
    assert_eq!(page.json().as_array().map(Vec::len), Some(15));
    assert!(page.header("link").contains("rel=\"next\""));
    // They go with their function.
    http.delete("/functions/cron-refused").await.expect(204);
    let all = http.get("/schedules").await.expect(200).json();
    assert!(!all.as_array().expect("a list").iter().any(|schedule| schedule["functionName"] == "cron-refused"));
}
