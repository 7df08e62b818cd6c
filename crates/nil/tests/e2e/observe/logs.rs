//! What functions wrote, and what was said while they were built.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::Command,
};

use super::stream::EventStream;
use crate::{
    functions::{build, deploy, execute},
    product::{SOON, http, shared},
};

/// Writes a line at two levels, with what it was given.
const WRITES: &str = "export function handle(input: string): string {
  console.log('first ' + input);
  console.error('second ' + input);
  return input;
}";

fn texts(lines: &Value) -> Vec<&str> {
    lines.as_array().expect("lines").iter().filter_map(|line| line["text"].as_str()).collect()
}

#[tokio::test]
async fn lines_are_listed_newest_first_and_in_pages() {
    let http = http();
    deploy(&http, "logs-listed", WRITES).await;
    assert_eq!(http.get("/functions/logs-listed/logs").await.expect(200).json(), json!([]));
    let mut ids = Vec::new();
    for number in 0..3 {
        ids.push(execute(&http, "logs-listed", &format!("{{\"n\":{number}}}")).await.json()["id"].clone());
    }
    let lines = http.get("/functions/logs-listed/logs").await.expect(200).json();
    let expected: Vec<String> =
        (0..3).rev().flat_map(|n| ["second", "first"].map(|word| format!("{word} {{\"n\":{n}}}"))).collect();
    assert_eq!(texts(&lines), expected);
    let newest = &lines[0];
    assert_eq!((&newest["executionId"], &newest["version"]), (&ids[2], &json!(1)), "{newest:#}");
    assert_eq!((&newest["stream"], &newest["level"]), (&json!("console"), &json!("error")));
    let at: chrono::DateTime<chrono::Utc> = newest["at"].as_str().expect("a time").parse().expect("a time");
    assert!((chrono::Utc::now() - at).num_seconds() < 120);

    // Pages of three cut an execution in two.
    let (mut paged, mut path) = (Vec::new(), "/functions/logs-listed/logs?limit=3".to_owned());
    loop {
        let page = http.get(&path).await.expect(200);
        paged.extend(texts(&page.json()).into_iter().map(str::to_owned));
        match page.header("link").strip_prefix('<').and_then(|link| link.split_once('>')) {
            Some((next, _)) => path = next.to_owned(),
            None => break,
        }
        assert!(paged.len() < 20, "pages go on and on");
    }
    assert_eq!(paged, expected);

    http.get("/functions/nobody/logs").await.expect(404);
    for query in ["limit=1001", "limit=x", "after=x", "after=y:1", "follow=perhaps", "follow=true&after=x", "x=1"] {
        http.get(&format!("/functions/logs-listed/logs?{query}")).await.expect(400);
    }
}

#[tokio::test]
async fn lines_are_followed_over_a_broken_stream() {
    let http = http();
    deploy(&http, "logs-followed", WRITES).await;
    execute(&http, "logs-followed", "{\"n\":0}").await;
    let mut stream = EventStream::open(&http, "/functions/logs-followed/logs?follow=true&limit=1").await;
    let first = stream.until(|told| told.name == "log").await;
    assert_eq!(first[0].data["text"], "second {\"n\":0}", "the newest line that is there");
    http.post_text("/fn/logs-followed", "{\"n\":1}").await.expect(200);
    let told = stream.until(|told| told.data["text"] == "second {\"n\":1}").await;
    let lines: Vec<&Value> = told.iter().filter(|told| told.name == "log").map(|told| &told.data["text"]).collect();
    assert_eq!(lines, ["first {\"n\":1}", "second {\"n\":1}"]);
    let last = told.last().expect("lines").id.clone();
    drop(stream);

    execute(&http, "logs-followed", "{\"n\":2}").await;
    let path = "/functions/logs-followed/logs?follow=true";
    let mut again = EventStream::open_behind(&http, path, Some(&last)).await;
    let told = again.until(|told| told.data["text"] == "second {\"n\":2}").await;
    assert_eq!(told[0].data["text"], "first {\"n\":2}", "nothing twice, nothing left out: {told:#?}");
    http.get("/functions/nobody/logs?follow=true").await.expect(404);
}

#[tokio::test]
async fn the_command_line_follows_too() {
    let http = http();
    deploy(&http, "logs-typed", WRITES).await;
    let mut command = Command::from(shared().command(&["logs", "-f", "logs-typed"]));
    let mut nil = command.stdout(std::process::Stdio::piped()).kill_on_drop(true).spawn().expect("nil runs");
    let mut lines = BufReader::new(nil.stdout.take().expect("a pipe")).lines();
    let caller = tokio::spawn(async move {
        loop {
            execute(&http, "logs-typed", "{\"n\":7}").await;
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    });
    let line = tokio::time::timeout(SOON, lines.next_line()).await.expect("in time").expect("a line").expect("a line");
    caller.abort();
    assert!(line.ends_with("log     first {\"n\":7}"), "{line}");
}

#[tokio::test]
async fn a_build_says_what_it_did() {
    let http = http();
    build(&http, "logs-built", WRITES, &json!({})).await;
    let log = http.get("/functions/logs-built/versions/1/build-log").await.expect(200).json();
    assert_eq!((&log["version"], &log["status"]), (&json!(1), &json!("READY")));
    let lines = texts(&log["lines"]);
    assert_eq!((lines[0], lines[lines.len() - 1]), ("version 1 was stored and queued", "ready"), "{log:#}");

    build(&http, "logs-unbuilt", "export function handle(input: string): string { return 7; }", &json!({})).await;
    let mut stream = EventStream::open(&http, "/functions/logs-unbuilt/versions/1/build-log?follow=true").await;
    let told = stream.until(|told| told.name == "end").await;
    let said = |text: &str| told.iter().any(|told| told.data["text"].as_str().is_some_and(|said| said.contains(text)));
    assert!(said("a compiler has it") && said("index.ts:1") && said("failed"), "{told:#?}");
    assert!(told.iter().any(|told| told.data["stream"] == "compiler"), "{told:#?}");
    assert!(stream.next().await.is_none(), "the stream ends with the build");

    http.get("/functions/logs-built/versions/9/build-log").await.expect(404);
    http.get("/functions/logs-built/versions/x/build-log").await.expect(400);
    http.get("/functions/nobody/versions/1/build-log").await.expect(404);
}
