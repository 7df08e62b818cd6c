//! A server that answers as ProjectNIL does, from memory. What a source says decides what becomes of it:
//! `BROKEN` does not compile, `WARNED` compiles with a remark, `STUCK` is never taken by a compiler, and calls of
//! a function whose source says `THROWS` fail.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, MutexGuard},
    thread,
};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, Uri},
    response::{IntoResponse, Response},
    routing::{delete, get, post},
};
use nil_api::ProblemKind;
use serde_json::{Value, json};

/// Far enough back to be shown as a date, whatever day it is.
pub(crate) const TIME: &str = "2020-01-02T03:04:05Z";
pub(crate) const EXECUTION: &str = "01890a5d-ac96-774b-bcce-0000000000ee";
/// What requests must carry once `require_token` was called.
pub(crate) const TOKEN: &str = "s3cret";

#[derive(Default)]
struct Memory {
    /// As they are once they are built.
    functions: Vec<Value>,
    /// Ids of those that nobody has waited for yet: shown as `PENDING`.
    building: HashSet<String>,
    requests: Vec<String>,
    token_required: bool,
    down: bool,
}

type Shared = Arc<Mutex<Memory>>;

/// The server, on a thread that ends with the test process.
pub(crate) struct FakeServer {
    url: String,
    memory: Shared,
}

impl FakeServer {
    pub(crate) fn start() -> Self {
        let memory = Shared::default();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener.set_nonblocking(true).expect("a listener for tokio");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let router = router().with_state(Arc::clone(&memory));
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
                axum::serve(listener, router).await.expect("the server runs");
            });
        });
        Self { url, memory }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// From now on, answer 401 to requests without [`TOKEN`].
    pub(crate) fn require_token(&self) {
        lock(&self.memory).token_required = true;
    }

    /// From now on, `/ready` says that the database is gone.
    pub(crate) fn go_down(&self) {
        lock(&self.memory).down = true;
    }

    /// Every `METHOD /path body` that changed or ran something.
    pub(crate) fn requests(&self) -> Vec<String> {
        lock(&self.memory).requests.clone()
    }
}

fn lock(memory: &Shared) -> MutexGuard<'_, Memory> {
    memory.lock().expect("no handler panicked")
}

fn router() -> Router<Shared> {
    Router::new()
        .route("/functions", get(list).post(create))
        .route("/functions/{id}", get(read).put(update).delete(remove))
        .route("/functions/{id}/execute", post(execute))
        .route("/functions/{id}/executions", get(executions))
        .route("/executions/{id}", get(execution))
        .route("/environments/{name}", get(environment).put(put_environment))
        .route("/queue", get(queue))
        .route("/queue/dead-letters/{id}/requeue", post(dead_letter))
        .route("/queue/dead-letters/{id}", delete(dead_letter))
        .route("/health", get(|| async { Json(json!({"status": "UP"})) }))
        .route("/ready", get(ready))
}

fn problem(kind: ProblemKind, detail: &str) -> Response {
    let (status, _, title) = kind.describe();
    let body = json!({
        "type": kind.type_uri(), "title": title, "status": status, "detail": detail, "instance": "/",
        "timestamp": TIME, "error": title, "message": detail,
    });
    (StatusCode::from_u16(status).expect("a status"), Json(body)).into_response()
}

fn missing(id: &str) -> Response {
    problem(ProblemKind::NotFound, &format!("there is no function `{id}`"))
}

fn detail(number: usize, version: u64, body: &Value) -> Value {
    let source = body["source"].as_str().unwrap_or_default();
    let diagnostic = |severity: &str, message: &str| {
        json!([{"severity": severity, "file": "index.ts", "line": 2, "column": 10, "endLine": 2, "endColumn": 16,
                "code": "TS2322", "message": message}])
    };
    let (status, diagnostics) = match source {
        source if source.contains("BROKEN") => {
            ("FAILED", diagnostic("error", "Type 'i32' is not assignable to type 'string'."))
        }
        source if source.contains("WARNED") => ("READY", diagnostic("warning", "This is never read.")),
        source if source.contains("STUCK") => ("PENDING", json!([])),
        _ => ("READY", json!([])),
    };
    let built = status == "READY";
    let compile_error =
        (status == "FAILED").then_some("index.ts:2:10: error TS2322: Type 'i32' is not assignable to type 'string'.");
    json!({
        "id": format!("01890a5d-ac96-774b-bcce-{number:012}"), "name": body["name"],
        "description": body["description"], "language": body["language"], "source": source, "status": status,
        "compileError": compile_error, "diagnostics": diagnostics,
        "settings": if body["settings"].is_null() { json!({}) } else { body["settings"].clone() },
        "version": version, "versionId": format!("01890a5d-ac96-774b-bccf-{version:012}"),
        "liveVersion": built.then_some(version), "abi": built.then_some("assemblyscript"),
        "wasmBytes": built.then_some(14_541), "buildMs": (status != "PENDING").then_some(212),
        "createdAt": TIME, "updatedAt": TIME,
    })
}

/// The function as a caller sees it now.
fn seen(memory: &Memory, at: usize) -> Value {
    let mut function = memory.functions[at].clone();
    if memory.building.contains(function["id"].as_str().expect("an id")) {
        function["status"] = json!("PENDING");
        function["diagnostics"] = json!([]);
        for field in ["compileError", "abi", "wasmBytes", "buildMs"] {
            function[field] = Value::Null;
        }
    }
    function
}

fn position(memory: &Memory, id: &str) -> Option<usize> {
    memory.functions.iter().position(|function| function["id"] == id || function["name"] == id)
}

async fn list(State(memory): State<Shared>, headers: HeaderMap) -> Response {
    let memory = lock(&memory);
    let expected = format!("Bearer {TOKEN}");
    if memory.token_required && headers.get("authorization").is_none_or(|token| token != expected.as_str()) {
        return problem(ProblemKind::Unauthorized, "this server needs a token");
    }
    Json(memory.functions.clone()).into_response()
}

async fn create(State(memory): State<Shared>, Json(body): Json<Value>) -> Response {
    let mut memory = lock(&memory);
    memory.requests.push(format!("POST /functions {}", body["name"]));
    if body["source"].as_str().is_some_and(|source| source.contains("HUGE")) {
        return problem(ProblemKind::TooLarge, "the source has 2 MiB; at most 1 MiB is taken");
    }
    let function = detail(memory.functions.len() + 1, 1, &body);
    let created = json!({
        "id": function["id"], "name": function["name"], "status": "PENDING", "version": 1, "createdAt": TIME,
    });
    memory.building.insert(function["id"].as_str().expect("an id").to_owned());
    memory.functions.push(function);
    (StatusCode::CREATED, Json(created)).into_response()
}

/// With `waitMs` the build is over when the answer comes.
async fn read(State(memory): State<Shared>, Path(id): Path<String>, uri: Uri) -> Response {
    let mut memory = lock(&memory);
    let Some(at) = position(&memory, &id) else { return missing(&id) };
    if uri.query().is_some_and(|query| query.starts_with("waitMs=")) {
        let id = memory.functions[at]["id"].as_str().expect("an id").to_owned();
        memory.building.remove(&id);
    }
    Json(seen(&memory, at)).into_response()
}

async fn update(State(memory): State<Shared>, Path(id): Path<String>, Json(change): Json<Value>) -> Response {
    let mut memory = lock(&memory);
    let Some(at) = position(&memory, &id) else { return missing(&id) };
    let before = memory.functions[at].clone();
    memory.requests.push(format!("PUT /functions/{} {}", before["name"], change["settings"]));
    let again = before["status"] == "FAILED";
    if change["source"] != before["source"] || !change["settings"].is_null() || again {
        let mut body = before.clone();
        for (key, value) in change.as_object().expect("an object") {
            body[key] = value.clone();
        }
        let mut after = detail(at + 1, before["version"].as_u64().expect("a version") + 1, &body);
        if after["liveVersion"].is_null() {
            after["liveVersion"] = before["liveVersion"].clone();
        }
        memory.building.insert(after["id"].as_str().expect("an id").to_owned());
        memory.functions[at] = after;
    }
    Json(seen(&memory, at)).into_response()
}

async fn remove(State(memory): State<Shared>, Path(id): Path<String>) -> Response {
    let mut memory = lock(&memory);
    let Some(at) = position(&memory, &id) else { return missing(&id) };
    memory.functions.remove(at);
    StatusCode::NO_CONTENT.into_response()
}

async fn execute(State(memory): State<Shared>, Path(id): Path<String>, body: Bytes) -> Response {
    let mut memory = lock(&memory);
    memory.requests.push(format!("POST execute {}", String::from_utf8_lossy(&body)));
    let Some(at) = position(&memory, &id) else { return missing(&id) };
    let function = &memory.functions[at];
    if function["status"] != "READY" {
        return problem(ProblemKind::FunctionNotReady, "the function has no version that is ready");
    }
    let throws = function["source"].as_str().is_some_and(|source| source.contains("THROWS"));
    ([("content-type", "application/json")], execution_json(throws, function["id"].as_str().expect("an id")))
        .into_response()
}

/// Text, because the output holds numbers that no JSON library keeps.
fn execution_json(failed: bool, function: &str) -> String {
    let (status, output, error, kind) = match failed {
        false => ("COMPLETED", r#"{"big":18446744073709551617,"text":"a\u001b[31m"}"#, "null", "null"),
        true => ("FAILED", "null", r#""no name given\n    at handle (index.ts:3:5)""#, r#""abort""#),
    };
    format!(
        r#"{{"id":"{EXECUTION}","functionId":"{function}","status":"{status}","output":{output},
        "input":{{"name":"Ada"}},"errorMessage":{error},"errorKind":{kind},
        "logs":[{{"atUs":120,"level":"log","message":"hello"}},{{"atUs":340,"level":"warn","message":"\u001b[2Jline\n2"}}],
        "receipt":{{"durationUs":1234,"cpuUs":1100,"peakMemoryBytes":131072,"inputBytes":14,"outputBytes":36,
        "logBytesDropped":2048,"cold":true}},"version":1,
        "startedAt":"{TIME}","completedAt":"{TIME}","createdAt":"{TIME}"}}"#
    )
}

async fn executions(State(memory): State<Shared>, Path(id): Path<String>) -> Response {
    let memory = lock(&memory);
    let Some(at) = position(&memory, &id) else { return missing(&id) };
    if memory.functions[at]["source"].as_str().is_some_and(|source| source.contains("UNUSED")) {
        return Json(json!([])).into_response();
    }
    let entry = |status: &str, error: Option<&str>| {
        json!({"id": EXECUTION, "status": status, "version": 1, "durationUs": 1234, "errorMessage": error,
               "startedAt": TIME, "completedAt": TIME})
    };
    Json(json!([entry("FAILED", Some("no name given\n    at handle (index.ts:3:5)")), entry("COMPLETED", None)]))
        .into_response()
}

async fn execution(Path(id): Path<String>) -> Response {
    if id != EXECUTION {
        return problem(ProblemKind::NotFound, &format!("there is no execution `{id}`"));
    }
    let text = execution_json(true, "01890a5d-ac96-774b-bcce-000000000001");
    ([("content-type", "application/json")], text).into_response()
}

/// There is one, `shared`, with a variable and a secret.
async fn environment(Path(name): Path<String>) -> Response {
    if name != "shared" {
        return problem(ProblemKind::NotFound, &format!("there is no environment `{name}`"));
    }
    Json(environment_json(&name)).into_response()
}

async fn put_environment(State(memory): State<Shared>, Path(name): Path<String>, body: String) -> Response {
    lock(&memory).requests.push(format!("PUT /environments/{name} {body}"));
    Json(environment_json(&name)).into_response()
}

fn environment_json(name: &str) -> Value {
    json!({
        "name": name, "variables": {"URL": "https://example.com"}, "functions": [], "createdAt": TIME,
        "secrets": [{"name": "TOKEN", "updatedAt": TIME}], "updatedAt": TIME,
    })
}

async fn queue() -> Json<Value> {
    Json(json!({
        "compilation": {"queued": 3, "leased": 1, "oldestMs": 12_000, "functions": [
            {"functionId": EXECUTION, "functionName": "greeting", "jobs": 3, "attempts": 1},
            {"functionId": EXECUTION, "functionName": "pricing", "jobs": 1, "attempts": 4},
        ]},
        "deadLetters": [{"id": 7, "functionId": EXECUTION, "functionName": "poison", "versionId": EXECUTION,
                         "attempts": 4, "lastError": "the worker was killed\u{1b}[2J", "parkedAt": TIME}],
    }))
}

async fn dead_letter(Path(id): Path<i64>) -> Response {
    match id {
        6 => StatusCode::NO_CONTENT.into_response(),
        7 => StatusCode::ACCEPTED.into_response(),
        id => problem(ProblemKind::NotFound, &format!("there is no dead letter {id}")),
    }
}

async fn ready(State(memory): State<Shared>) -> Response {
    let down = lock(&memory).down;
    let database = match down {
        true => json!({"name": "database", "ok": false, "detail": "no connection"}),
        false => json!({"name": "database", "ok": true}),
    };
    let status = if down { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
    let body = json!({"status": if down { "DOWN" } else { "UP" }, "checks": [database]});
    (status, Json(body)).into_response()
}
