//! `GET /events`: what happens, on any server.

use nil_test::{TestDatabase, eventually};
use reqwest::Method;
use serde_json::{Value, json};

use super::stream::{EventStream, Told};
use crate::{
    functions::{ECHO, build, deploy, execute},
    product::{SOON, http},
    queued::fleet::{ADD, Server, upload},
};

fn statuses(told: &[Told], name: &str) -> Vec<Value> {
    told.iter().filter(|told| told.name == name).map(|told| told.data["status"].clone()).collect()
}

#[tokio::test]
async fn a_function_is_told_from_storing_to_removal() {
    let http = http();
    let mut events = EventStream::open(&http, "/events").await;
    let id = deploy(&http, "told", ECHO).await;
    let is_ready = |told: &Told| told.data["functionId"] == *id && told.data["status"] == "READY";
    let told = events.until(is_ready).await;
    let last = &told.last().expect("events").data;
    assert_eq!((&last["name"], &last["version"], &last["live"]), (&json!("told"), &json!(1), &json!(1)), "{last:#}");
    assert!(statuses(&told, "function").contains(&json!("PENDING")), "{told:#?}");

    build(&http, "told-broken", "export function handle(", &json!({})).await;
    let is_failed = |told: &Told| told.data["name"] == "told-broken" && told.data["status"] == "FAILED";
    events.until(is_failed).await;

    http.delete("/functions/told").await.expect(204);
    let gone = events.until(|told| told.data["functionId"] == *id && told.data["status"] == "DELETED").await;
    assert_eq!(gone.last().expect("events").data["name"], "told");
}

#[tokio::test]
async fn executions_are_told_with_how_they_ended() {
    let http = http();
    let id = deploy(&http, "told-runs", ECHO).await;
    deploy(&http, "told-others", ECHO).await;
    let mut events = EventStream::open(&http, "/events?function=told-runs").await;
    execute(&http, "told-others", "{}").await;
    let answer = execute(&http, "told-runs", "{}").await.json();
    let told = events.until(|told| told.name == "execution").await;
    let event = &told.last().expect("events").data;
    assert_eq!(event["executionId"], answer["id"], "only its own: {event:#}");
    assert_eq!((&event["functionId"], &event["functionName"]), (&json!(id), &json!("told-runs")));
    assert_eq!((&event["status"], &event["mode"], &event["version"]), (&json!("COMPLETED"), &json!("sync"), &json!(1)));
    assert_eq!(event["durationUs"], answer["receipt"]["durationUs"]);

    let later = http.request(Method::POST, "/functions/told-runs/execute").header("prefer", "respond-async");
    let later = later.header("content-type", "application/json").body("{}").send().await.expect("an answer");
    assert_eq!(later.status(), 202);
    // Whoever accepts it and whoever runs it tell each for themselves; `at` says what came first.
    let mut told = Vec::new();
    while told.len() < 3 {
        told.extend(events.until(|told| told.name == "execution" && told.data["mode"] == "async").await);
    }
    let at = |told: &Told| -> chrono::DateTime<chrono::Utc> {
        told.data["at"].as_str().and_then(|at| at.parse().ok()).unwrap_or_else(|| panic!("{told:#?}"))
    };
    told.sort_by_key(at);
    assert_eq!(statuses(&told, "execution"), ["PENDING", "RUNNING", "COMPLETED"]);

    http.get("/events?function=nobody").await.expect(404);
    http.get("/events?function=no%20name").await.expect(400);
    http.get("/events?functions=told").await.expect(400);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_server_does_is_told_by_the_other() {
    let database = TestDatabase::fresh().await;
    let (first, mut second) = (Server::start(database.url()).await, Server::start(database.url()).await);
    let mut events = EventStream::open(&first.http(), "/events").await;
    upload(&second.http(), "far", ADD, json!({})).await;
    events.until(|told| told.data["name"] == "far" && told.data["status"] == "READY").await;
    // The other server hears that somebody listens a moment after the stream is open.
    let call = json!({ "input": { "args": [1, 2] } });
    let calling = eventually("the other server's executions are told", SOON, async || {
        second.http().post("/functions/far/execute", &call).await.expect(200);
        let told = tokio::time::timeout(std::time::Duration::from_millis(500), events.next()).await;
        matches!(told, Ok(Some(told)) if told.name == "execution" && told.data["functionName"] == "far")
    });
    calling.await;
    second.kill9();
}
