//! Resting and going on again, whatever else happens to a schedule meanwhile.

use nil_test::{Answer, TestHttp, send};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    functions::{ECHO, deploy},
    product::http,
};

async fn patch(http: &TestHttp, path: &str, body: &Value) -> Answer {
    let request = http.request(Method::PATCH, path).header("content-type", "application/json");
    send(request.body(body.to_string())).await
}

/// What must not change by a pause.
fn rest(schedule: &Value) -> Value {
    let mut rest = schedule.clone();
    for field in ["paused", "nextFires", "updatedAt"] {
        rest.as_object_mut().expect("an object").remove(field);
    }
    rest
}

#[tokio::test]
async fn a_pause_changes_nothing_else() {
    let http = http();
    deploy(&http, "pause-echo", ECHO).await;
    let path = "/functions/pause-echo/schedules/nightly";
    let body = json!({ "cron": "30 2 * * *", "timeZone": "Europe/Berlin", "input": { "n": 1 }, "catchUp": "all" });
    let made = http.put(path, &body).await.expect(201).json();
    let paused = patch(&http, path, &json!({ "paused": true })).await.expect(200).json();
    assert_eq!((&paused["paused"], &paused["nextFires"], rest(&paused)), (&json!(true), &json!([]), rest(&made)));
    let again = patch(&http, path, &json!({ "paused": true })).await.expect(200).json();
    assert_eq!(again, paused, "not even touched");
    // Changed while it rests: it goes on as what it is then.
    let changed = json!({ "cron": "0 4 1 1 *", "input": { "n": 2 }, "paused": true });
    http.put(path, &changed).await.expect(200);
    let resumed = patch(&http, path, &json!({ "paused": false })).await.expect(200).json();
    assert_eq!((&resumed["cron"], &resumed["input"]), (&json!("0 4 1 1 *"), &json!({ "n": 2 })));
    assert!(resumed["nextFires"][0].as_str().is_some_and(|time| time.contains("-01-01T04:00:00")), "{resumed:#}");
    assert_eq!(http.get(path).await.expect(200).json(), resumed);

    for wrong in [json!({}), json!({ "paused": "yes" }), json!({ "paused": true, "cron": "* * * * *" }), json!([])] {
        patch(&http, path, &wrong).await.expect(400);
    }
    patch(&http, "/functions/pause-echo/schedules/none", &json!({ "paused": true })).await.expect(404);
    patch(&http, "/functions/pause-nobody/schedules/none", &json!({ "paused": true })).await.expect(404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pause_at_the_moment_of_a_change_loses_neither() {
    let http = http();
    deploy(&http, "pause-race", ECHO).await;
    let path = "/functions/pause-race/schedules/s";
    http.put(path, &json!({ "everyMs": 80_000_000, "input": { "n": 0 } })).await.expect(201);
    let pauses = tokio::spawn({
        let http = http.clone();
        async move {
            for round in 0..60 {
                patch(&http, path, &json!({ "paused": round % 2 == 0 })).await.expect(200);
            }
        }
    });
    for n in 1..=60 {
        let body = json!({ "everyMs": 80_000_000 + n, "input": { "n": n } });
        http.put(path, &body).await.expect(200);
        let seen = http.get(path).await.expect(200).json();
        assert_eq!((&seen["everyMs"], &seen["input"]["n"]), (&json!(80_000_000 + n), &json!(n)), "a pause put it back");
    }
    pauses.await.expect("no panic");
    // Whichever was last, it ticks unless it rests.
    let last = http.get(path).await.expect(200).json();
    assert_eq!(last["paused"] == true, last["nextFires"] == json!([]), "{last:#}");
}
