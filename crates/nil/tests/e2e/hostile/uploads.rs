//! The hostile guests of the runtime's own tests, through the whole product: uploaded as ready modules, checked,
//! deployed and called, each twice, beside a healthy neighbour.

use std::{collections::VecDeque, fs, path::Path, sync::Arc, time::Duration};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use nil_test::{TestHttp, assemble, guest_cases, no_modules, oversized_modules};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::Mutex;

use super::neighbour::Neighbour;
use crate::{
    functions::{create, execute, raw},
    product::http,
};

/// Guests on their way at the same time.
const AT_ONCE: usize = 6;

/// The longest limit here is the default of 10 s, and no guest may need it.
const PATIENCE: Duration = Duration::from_secs(8);

/// What the API has no word for: how much input one function takes.
const NOT_OVER_HTTP: [&str; 1] = ["input_over_limit"];

/// Answers that depend on the clock and on chance, which stand still in the runtime's own tests only.
const NOT_THE_SAME: [&str; 8] = [
    "buffer_randomness_is_not_frozen",
    "clock_and_randomness",
    "imported_constants",
    "imported_constants_only",
    "randomness_is_not_frozen",
    "wasi_clock_monotonic",
    "wasi_clock_realtime",
    "wasi_random",
];

struct Guest {
    name: String,
    wasm: Vec<u8>,
    case: Value,
}

fn guests() -> VecDeque<Guest> {
    let entries = fs::read_dir(guest_cases()).expect("the cases").flatten().map(|entry| entry.path());
    let mut folders: Vec<_> = entries.filter(|path| path.is_dir()).collect();
    folders.sort();
    assert!(folders.len() > 170, "the cases are missing");
    let read = |folder: &Path, file: &str| fs::read_to_string(folder.join(file)).expect("a file of a case");
    let guest = |folder: &Path| Guest {
        name: folder.file_name().expect("a name").to_string_lossy().into_owned(),
        wasm: assemble(&read(folder, "module.wat")),
        case: serde_json::from_str(&read(folder, "case.json")).expect("a case"),
    };
    let known = |guest: &Guest| !NOT_OVER_HTTP.contains(&guest.name.as_str());
    folders.iter().map(|folder| guest(folder)).filter(known).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_hostile_guest_ends_as_written_and_harms_nobody() {
    let neighbour = Neighbour::start("uploads-neighbour").await;
    let guests = Arc::new(Mutex::new(guests()));
    let workers = (0..AT_ONCE).map(|_| {
        let guests = Arc::clone(&guests);
        tokio::spawn(async move {
            let http = http();
            let mut problems = Vec::new();
            loop {
                let Some(guest) = guests.lock().await.pop_front() else { return problems };
                if let Err(problem) = ends_as_written(&http, &guest).await {
                    problems.push(format!("{}: {problem}", guest.name));
                }
            }
        })
    });
    let mut problems = Vec::new();
    for worker in workers.collect::<Vec<_>>() {
        problems.extend(worker.await.expect("a worker that ends"));
    }
    neighbour.was_well().await;
    assert!(problems.is_empty(), "{} cases failed:\n{}", problems.len(), problems.join("\n"));
}

async fn ends_as_written(http: &TestHttp, guest: &Guest) -> Result<(), String> {
    let Guest { name, wasm, case } = guest;
    let (expect, limits) = (&case["expect"], &case["limits"]);
    let name = format!("up-{}", name.replace('_', "-"));
    let settings = json!({
        "timeoutMs": limits["timeoutMs"], "memoryLimitBytes": limits["memoryBytes"],
        "outputLimitBytes": limits["outputBytes"],
    });
    let function = upload(http, &name, wasm, &settings).await;
    if let Some(pieces) = expect["rejected"].as_array() {
        let error = function["compileError"].as_str().ok_or_else(|| format!("not rejected: {function:#}"))?;
        contains(&as_in_the_cases(error), pieces)?;
        let checked = check(http, wasm).await;
        let again = checked["diagnostics"][0]["message"].as_str().unwrap_or_default();
        return if checked["ok"] == false && error.contains(again) {
            Ok(())
        } else {
            Err(format!("a check says something else: {checked:#}"))
        };
    }
    if function["status"] != "READY" {
        return Err(format!("not published: {function:#}"));
    }
    if let Some(variables) = case["variables"].as_object() {
        http.put(&format!("/environments/{name}"), &json!({ "variables": variables })).await.expect(201);
        let attached = json!({ "environments": [name] });
        http.put(&format!("/functions/{name}/environments"), &attached).await.expect(200);
    }
    for _ in 0..2 {
        let began = std::time::Instant::now();
        called(http, &name, guest).await?;
        if began.elapsed() > PATIENCE {
            return Err(format!("took {:?}", began.elapsed()));
        }
    }
    Ok(())
}

/// A rejection under the limits of the runtime's own tests, which are smaller than those of a server.
fn as_in_the_cases(error: &str) -> String {
    error.replace("time limit of 5000 ms", "time limit of 300 ms").replace("may have 536870912", "may have 134217728")
}

/// Calls a guest where its kind of output is allowed, and compares.
async fn called(http: &TestHttp, name: &str, guest: &Guest) -> Result<(), String> {
    let Guest { case, .. } = guest;
    let expect = &case["expect"];
    let input = case["inputText"].as_str().map(str::to_owned);
    let input = input.unwrap_or_else(|| case.get("input").map_or("{}".to_owned(), Value::to_string));
    if case["outputMode"] == "text" {
        let request = http.request(Method::POST, &format!("/fn/{name}")).header("content-type", "application/json");
        let answer = nil_test::send(request.body(input)).await;
        return match (expect["output"].as_str(), answer.status) {
            (Some(_), 200) if NOT_THE_SAME.contains(&guest.name.as_str()) => Ok(()),
            (Some(output), 200) if answer.text == output => Ok(()),
            (None, 502..=504) => Ok(()),
            (_, status) => Err(format!("{status} {}", answer.text)),
        };
    }
    let answer = execute(http, name, &input).await;
    // As it is written: a guest may answer numbers that no reader of ours holds.
    let [status, kind, message, output] =
        ["status", "errorKind", "errorMessage", "output"].map(|field| raw(&answer.text, field));
    if let Some(code) = expect["failed"].as_str() {
        let no_message = Vec::new();
        let message: String = serde_json::from_str(message).unwrap_or_default();
        return if status == "\"FAILED\"" && kind == format!("\"{code}\"") {
            contains(&message, expect["message"].as_array().unwrap_or(&no_message))
        } else {
            Err(answer.text)
        };
    }
    let is_same =
        NOT_THE_SAME.contains(&guest.name.as_str()) || Some(output) == expect["output"].as_str().map(str::trim);
    if status == "\"COMPLETED\"" && is_same { Ok(()) } else { Err(answer.text) }
}

fn contains(text: &str, pieces: &[Value]) -> Result<(), String> {
    let mut rest = text;
    for piece in pieces.iter().filter_map(Value::as_str) {
        match rest.split_once(piece) {
            Some((_, behind)) => rest = behind,
            None => return Err(format!("`{piece}` is missing in: {text}")),
        }
    }
    Ok(())
}

async fn upload(http: &TestHttp, name: &str, wasm: &[u8], settings: &Value) -> Value {
    let set: serde_json::Map<String, Value> = settings
        .as_object()
        .map(|all| all.iter().filter(|(_, value)| !value.is_null()).map(|(k, v)| (k.clone(), v.clone())).collect())
        .unwrap_or_default();
    let module = BASE64_STANDARD.encode(wasm);
    let body = json!({ "name": name, "language": "wasm", "wasmBase64": module, "settings": set });
    create(http, &body).await
}

async fn check(http: &TestHttp, wasm: &[u8]) -> Value {
    let body = json!({ "language": "wasm", "wasmBase64": BASE64_STANDARD.encode(wasm) });
    http.post("/compile", &body).await.expect(200).json()
}

/// The memory of the process that publishes stays where it was.
#[tokio::test]
async fn what_is_too_large_or_no_module_is_rejected_twice() {
    let http = http();
    let neighbour = Neighbour::start("oversized-neighbour").await;
    let modules = oversized_modules().into_iter().chain(no_modules()).filter(|(_, wasm)| !wasm.is_empty());
    let modules = modules.filter(|(_, wasm)| wasm.len() <= 32 << 20);
    for (number, (expected, wasm)) in modules.enumerate() {
        let checked = check(&http, &wasm).await;
        let said = checked["diagnostics"][0]["message"].as_str().unwrap_or_default().to_owned();
        assert!(expected.split('|').any(|piece| said.contains(piece)), "`{expected}` is missing in: {checked:#}");
        let function = upload(&http, &format!("oversized-{number}"), &wasm, &json!({})).await;
        let error = function["compileError"].as_str().unwrap_or_default();
        assert!(function["status"] == "FAILED" && error.contains(&said), "{said}: {function:#}");
    }
    let too_large = BASE64_STANDARD.encode(vec![0; (32 << 20) + 1]);
    let body = json!({ "name": "oversized", "language": "wasm", "wasmBase64": too_large });
    http.post("/functions", &body).await.expect(413);
    neighbour.was_well().await;
}
