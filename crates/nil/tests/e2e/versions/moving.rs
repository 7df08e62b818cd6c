//! Going back, sharing calls out, and promoting.

use std::collections::BTreeMap;

use serde_json::json;

use super::{answering, change, live, publish, says};
use crate::{
    cli::nil_in,
    functions::deploy,
    product::{http, root, shared},
};

#[tokio::test]
async fn a_rollback_is_there_with_its_answer_and_holds() {
    let http = http();
    deploy(&http, "back", &answering("one")).await;
    publish(&http, "back", "two").await;
    publish(&http, "back", "three").await;
    assert_eq!(says(&http, "back").await, ("three".to_owned(), 3));
    let function = http.post("/functions/back/rollback", &json!({ "to": 1 })).await.expect(200).json();
    assert_eq!((&function["liveVersion"], &function["version"]), (&json!(1), &json!(3)), "{function:#}");
    assert_eq!(says(&http, "back").await, ("one".to_owned(), 1));
    assert_eq!(http.get("/fn/back").await.expect(200).json(), json!({ "says": "one" }));
    // What was there does not come back by itself, not even by sending it again; what is new goes live.
    let again = http.put("/functions/back", &json!({ "source": answering("three") })).await.expect(200).json();
    assert_eq!((&again["version"], &again["liveVersion"]), (&json!(3), &json!(1)));
    publish(&http, "back", "four").await;
    assert_eq!(says(&http, "back").await, ("four".to_owned(), 4));
    http.post("/functions/back/rollback", &json!({ "to": 9 })).await.expect(404);
    http.post("/functions/nowhere/rollback", &json!({ "to": 1 })).await.expect(404);
    http.post("/functions/back/rollback", &json!({ "to": "1" })).await.expect(400);

    // The command shows the difference and does nothing without somebody to ask.
    let asked = nil_in(&root(), shared(), &["rollback", "back"]).await.expect(2);
    assert!(
        asked.stderr.contains("-  return '{\"says\":\"four\"}';\n+  return '{\"says\":\"three\"}'"),
        "{}",
        asked.stderr
    );
    assert_eq!(live(&http, "back").await, 4);
    let done = nil_in(&root(), shared(), &["rollback", "back", "--to", "2", "--yes"]).await.expect(0);
    assert_eq!(done.stdout, "back  v2 is live\n");
    assert_eq!(says(&http, "back").await, ("two".to_owned(), 2));
}

#[tokio::test]
async fn an_alias_shares_calls_out_by_weight_until_it_is_promoted() {
    let http = http();
    deploy(&http, "split", &answering("one")).await;
    publish(&http, "split", "two").await;
    http.post("/functions/split/rollback", &json!({ "to": 1 })).await.expect(200);
    let targets = json!({ "targets": [{ "version": 1, "weight": 75 }, { "version": 2, "weight": 25 }] });
    let alias = http.put("/functions/split/aliases/canary", &targets).await.expect(200).json();
    assert_eq!((&alias["name"], &alias["targets"]), (&json!("canary"), &targets["targets"]), "{alias:#}");

    let mut heard: BTreeMap<String, u32> = BTreeMap::new();
    for _ in 0..400 {
        let answer = http.get("/fn/split:canary").await.expect(200);
        *heard.entry(answer.header("x-nil-version").to_owned()).or_default() += 1;
    }
    // 100 are expected; less than 50 or more than 150 is six standard deviations away.
    assert!(heard["2"] > 50 && heard["2"] < 150, "{heard:?}");
    assert_eq!(says(&http, "split").await.1, 1);

    for (body, status) in [
        (json!({ "targets": [] }), 422),
        (json!({ "targets": [{ "version": 9 }] }), 422),
        (json!({ "targets": [{ "version": 1, "weight": 0 }] }), 422),
        (json!({ "targets": [{ "version": 1 }, { "version": 1 }] }), 422),
        (json!({ "targets": [{ "version": 1, "share": 1 }] }), 400),
    ] {
        assert_eq!(http.put("/functions/split/aliases/canary", &body).await.status, status, "{body}");
    }
    http.put("/functions/split/aliases/latest", &json!({ "targets": [{ "version": 1 }] })).await.expect(400);
    http.get("/fn/split:nothing").await.expect(404);
    let failed = change(&http, "split", &json!({ "source": "broken(" })).await;
    assert_eq!(failed["status"], "FAILED");
    http.put("/functions/split/aliases/canary", &json!({ "targets": [{ "version": 3 }] })).await.expect(422);

    let promoted = http.post("/functions/split/promote", &json!({ "alias": "canary" })).await.expect(200).json();
    assert_eq!(promoted["liveVersion"], 2, "{promoted:#}");
    assert_eq!(says(&http, "split").await, ("two".to_owned(), 2));
    let alias = http.get("/functions/split/aliases/canary").await.expect(200).json();
    assert_eq!(alias["targets"], json!([{ "version": 2, "weight": 1 }]));
    http.post("/functions/split/promote", &json!({ "alias": "nothing" })).await.expect(404);

    let nil = async |args: &[&str]| nil_in(&root(), shared(), args).await;
    let set = nil(&["alias", "split", "stable", "1=3", "2=1"]).await.expect(0);
    assert_eq!(set.stdout, "ALIAS   CALLS GO TO\nstable  v1 75 %, v2 25 %\n");
    assert_eq!(nil(&["promote", "split", "stable"]).await.expect(0).stdout, "split  v2 is live, and all of `stable`\n");
    let listed = nil(&["alias", "split"]).await.expect(0);
    assert_eq!(listed.stdout, "ALIAS   CALLS GO TO\ncanary  v2 100 %\nstable  v2 100 %\n");
    nil(&["alias", "split", "stable", "--remove"]).await.expect(0);
    http.get("/fn/split:stable").await.expect(404);
    http.delete("/functions/split/aliases/stable").await.expect(404);
}
