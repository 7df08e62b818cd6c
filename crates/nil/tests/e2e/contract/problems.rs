//! Everything a caller can get wrong, and the problem document each gets.

use chrono::{DateTime, Utc};
use nil_test::{Answer, send};
use reqwest::Method;
use serde_json::json;

use crate::{
    functions::{ECHO, build, deploy},
    product::http,
};

/// `status kind: detail` of an answer that must be a whole problem document.
fn problem(answer: &Answer) -> String {
    assert_eq!(answer.header("content-type"), "application/problem+json", "{}", answer.text);
    let body = answer.json();
    let text = |field: &str| body[field].as_str().unwrap_or_else(|| panic!("no {field} in {body:#}")).to_owned();
    assert_eq!(body["status"], json!(answer.status));
    assert_eq!(text("message"), text("detail"));
    assert_eq!(text("requestId"), answer.header("x-request-id"));
    let age = Utc::now() - text("timestamp").parse::<DateTime<Utc>>().expect("a time");
    assert!(age.num_seconds().abs() < 60, "{age}");
    let reason = reqwest::StatusCode::from_u16(answer.status).ok().and_then(|status| status.canonical_reason());
    assert_eq!(Some(text("error").as_str()), reason);
    for field in ["title", "instance"] {
        assert!(!text(field).is_empty());
    }
    let kind = text("type");
    let kind = kind.strip_prefix("/docs/problems/").unwrap_or_else(|| panic!("{kind}"));
    format!("{} {kind}: {}", answer.status, text("detail"))
}

/// A body of `POST /functions` with one thing changed.
fn function(field: &str, value: serde_json::Value) -> Vec<u8> {
    let mut body = json!({ "name": "never", "language": "assemblyscript", "source": ECHO });
    body[field] = value;
    body.to_string().into_bytes()
}

#[tokio::test]
async fn bodies_that_make_no_sense() {
    let http = http();
    deploy(&http, "problems-taken", ECHO).await;
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("empty", vec![]),
        ("cut off", b"{\"name\":".to_vec()),
        ("not JSON", b"name=x".to_vec()),
        ("a list", b"[\"never\", null, \"assemblyscript\", \"x\"]".to_vec()),
        ("null", b"null".to_vec()),
        ("byte order mark", b"\xef\xbb\xbf{}".to_vec()),
        ("UTF-16", "{}".encode_utf16().flat_map(u16::to_le_bytes).collect()),
        ("bytes that are not UTF-8", b"{\"name\":\"\xff\"}".to_vec()),
        ("10,000 deep", [b"{\"name\":".to_vec(), vec![b'['; 10_000], vec![b']'; 10_000], b"}".to_vec()].concat()),
        ("something behind", b"{} {}".to_vec()),
        ("duplicate key", b"{\"name\":\"a\",\"name\":\"b\"}".to_vec()),
        ("unknown key", function("nmae", json!("x"))),
        ("no name", b"{\"language\":\"assemblyscript\",\"source\":\"x\"}".to_vec()),
        ("empty name", function("name", json!(""))),
        ("name of the wrong type", function("name", json!(7))),
        ("name with SQL", function("name", json!("x'; DROP TABLE functions; --"))),
        ("name with HTML", function("name", json!("<script>alert(1)</script>"))),
        ("name with NUL", function("name", json!("a\0b"))),
        ("confusable name", function("name", json!("p\u{430}ypal"))),
        ("bidi name", function("name", json!("a\u{202e}b"))),
        ("long name", function("name", json!("n".repeat(65)))),
        ("name like an id", function("name", json!("01890a5d-ac96-774b-bcce-b302099a8057"))),
        ("reserved name", function("name", json!("Health"))),
        ("taken name", function("name", json!("problems-TAKEN"))),
        ("unknown language", function("language", json!("cobol"))),
        ("empty language", function("language", json!(""))),
        ("empty source", function("source", json!(" \n"))),
        ("source with NUL", function("source", json!("a\0"))),
        ("source over 1 MiB", function("source", json!("/".repeat((1 << 20) + 1)))),
        ("description with NUL", function("description", json!("\0"))),
        ("long description", function("description", json!("d".repeat(5_000)))),
        ("time over the maximum", function("settings", json!({ "timeoutMs": 3_600_000 }))),
        ("no time at all", function("settings", json!({ "timeoutMs": 0 }))),
        ("negative time", function("settings", json!({ "timeoutMs": -1 }))),
        ("memory over the maximum", function("settings", json!({ "memoryLimitBytes": 1_u64 << 40 }))),
        ("unknown setting", function("settings", json!({ "timeout": 1 }))),
    ];
    let mut lines = Vec::new();
    for (case, body) in cases {
        lines.push(format!("{case} -> {}", problem(&http.post_text("/functions", body).await)));
    }
    insta::assert_snapshot!(lines.join("\n"), @r#"
    empty -> 400 invalid-request: the body is empty; send a JSON object
    cut off -> 400 invalid-request: the body cannot be read: EOF while parsing a value at line 1 column 8
    not JSON -> 400 invalid-request: the body must be a JSON object and start with `{`
    a list -> 400 invalid-request: the body must be a JSON object and start with `{`
    null -> 400 invalid-request: the body must be a JSON object and start with `{`
    byte order mark -> 400 invalid-request: the body must be a JSON object and start with `{`
    UTF-16 -> 400 invalid-request: the body cannot be read: key must be a string at line 1 column 2
    bytes that are not UTF-8 -> 400 invalid-request: the body is not UTF-8 at byte 9
    10,000 deep -> 400 invalid-request: the body cannot be read: invalid type: sequence, expected a string at line 1 column 8
    something behind -> 400 invalid-request: the body cannot be read: missing field `name` at line 1 column 2
    duplicate key -> 400 invalid-request: the body cannot be read: duplicate field `name` at line 1 column 18
    unknown key -> 400 invalid-request: the body cannot be read: unknown field `nmae`, expected one of `name`, `description`, `language`, `source`, `wasmBase64`, `files`, `settings`, `examples`, `environments` at line 1 column 50
    no name -> 400 invalid-request: the body cannot be read: missing field `name` at line 1 column 42
    empty name -> 400 invalid-request: name is empty; use 1 to 64 letters, digits, `-` or `_`
    name of the wrong type -> 400 invalid-request: the body cannot be read: invalid type: integer `7`, expected a string at line 1 column 37
    name with SQL -> 422 invalid-value: name may not hold '\'' at position 2; use letters, digits, `-` or `_`, and start with a letter or digit
    name with HTML -> 422 invalid-value: name may not hold '<' at position 1; use letters, digits, `-` or `_`, and start with a letter or digit
    name with NUL -> 422 invalid-value: name may not hold '\0' at position 2; use letters, digits, `-` or `_`, and start with a letter or digit
    confusable name -> 422 invalid-value: name may not hold 'а' at position 2; use letters, digits, `-` or `_`, and start with a letter or digit
    bidi name -> 422 invalid-value: name may not hold '\u{202e}' at position 2; use letters, digits, `-` or `_`, and start with a letter or digit
    long name -> 422 invalid-value: name has 65 characters; use at most 64
    name like an id -> 422 invalid-value: name looks like an id (a UUID); use a name people can say
    reserved name -> 422 invalid-value: name `Health` is reserved; use another
    taken name -> 409 name-taken: another function already has this name; update it with `PUT /functions/{name}` or choose another name
    unknown language -> 415 unsupported-language: language `cobol` is not supported; use one of: assemblyscript, javascript, typescript, python, c, cpp, rust, zig, go, wat, wasm
    empty language -> 400 invalid-request: `language` is empty; use for example `assemblyscript`
    empty source -> 400 invalid-request: `source` is empty; send the source text of the function
    source with NUL -> 422 invalid-value: `source` holds a NUL character at byte 1; remove it
    source over 1 MiB -> 413 too-large: `source` has 1048577 bytes; at most 1048576 are compiled
    description with NUL -> 422 invalid-value: `description` holds a NUL character at byte 0; remove it
    long description -> 422 invalid-value: `description` has 5000 bytes; use at most 4096
    time over the maximum -> 422 invalid-value: `settings.timeoutMs` is 3600000; use 1 to 60000
    no time at all -> 422 invalid-value: `settings.timeoutMs` is 0; use 1 to 60000
    negative time -> 400 invalid-request: the body cannot be read: invalid value: integer `-1`, expected u64 at line 1 column 70
    memory over the maximum -> 422 invalid-value: `settings.memoryLimitBytes` is 1099511627776; use 65536 to 536870912
    unknown setting -> 400 invalid-request: the body cannot be read: unknown field `timeout`, expected one of `timeoutMs`, `memoryLimitBytes`, `outputLimitBytes`, `logLimitBytes`, `recordPercent`, `retentionDays`, `maxAttempts`, `retryBackoffMs`, `asyncConcurrency`, `gate` at line 1 column 65
    "#);
    http.get("/functions/never").await.expect(404);
}

#[tokio::test]
async fn updates_that_make_no_sense() {
    let http = http();
    deploy(&http, "problems-other", ECHO).await;
    let id = deploy(&http, "problems-update", ECHO).await;
    let mut lines = Vec::new();
    for (path, body) in [
        ("problems-update", json!({ "name": "problems-other" })),
        ("problems-update", json!({ "name": "" })),
        ("problems-update", json!({ "name": "no spaces" })),
        ("problems-update", json!({ "language": "cobol" })),
        ("problems-update", json!({ "source": "" })),
        ("problems-update", json!({ "source": "/".repeat((1 << 20) + 1) })),
        ("problems-update", json!({ "description": "d".repeat(5_000) })),
        ("problems-update", json!({ "settings": { "timeoutMs": 0 } })),
        ("problems-update", json!({ "status": "READY" })),
        ("problems-update", json!([])),
        ("problems-absent", json!({ "description": "x" })),
        ("not%20a%20name", json!({})),
    ] {
        lines.push(format!("{path} -> {}", problem(&http.put(&format!("/functions/{path}"), &body).await)));
    }
    insta::assert_snapshot!(lines.join("\n"), @r#"
    problems-update -> 409 name-taken: another function already has this name; update it with `PUT /functions/{name}` or choose another name
    problems-update -> 400 invalid-request: name is empty; use 1 to 64 letters, digits, `-` or `_`
    problems-update -> 422 invalid-value: name may not hold ' ' at position 3; use letters, digits, `-` or `_`, and start with a letter or digit
    problems-update -> 415 unsupported-language: language `cobol` is not supported; use one of: assemblyscript, javascript, typescript, python, c, cpp, rust, zig, go, wat, wasm
    problems-update -> 400 invalid-request: `source` is empty; send the source text of the function
    problems-update -> 413 too-large: `source` has 1048577 bytes; at most 1048576 are compiled
    problems-update -> 422 invalid-value: `description` has 5000 bytes; use at most 4096
    problems-update -> 422 invalid-value: `settings.timeoutMs` is 0; use 1 to 60000
    problems-update -> 400 invalid-request: the body cannot be read: unknown field `status`, expected one of `name`, `description`, `language`, `source`, `wasmBase64`, `files`, `settings`, `examples`, `environments` at line 1 column 9
    problems-update -> 400 invalid-request: the body must be a JSON object and start with `{`
    problems-absent -> 404 not-found: there is no function `problems-absent`; `GET /functions` lists them
    not%20a%20name -> 400 invalid-request: `not a name` is neither a function's id (a UUID) nor a name: name may not hold ' ' at position 4; use letters, digits, `-` or `_`, and start with a letter or digit
    "#);
    let function = http.get(&format!("/functions/{id}")).await.expect(200).json();
    assert_eq!((&function["name"], &function["version"]), (&json!("problems-update"), &json!(1)), "nothing changed");
    let nothing = http.put(&format!("/functions/{id}"), &json!({})).await.expect(200).json();
    assert_eq!(nothing["version"], 1);
}

#[tokio::test]
async fn bodies_without_the_right_content_type() {
    let http = http();
    for content_type in
        [None, Some("text/plain"), Some("application/x-www-form-urlencoded"), Some("\"application/json")]
    {
        let mut request = http.request(Method::POST, "/functions").body("{}");
        if let Some(content_type) = content_type {
            request = request.header("content-type", content_type);
        }
        let answer = problem(&send(request).await);
        assert!(answer.starts_with("415 unsupported-media-type"), "{content_type:?}: {answer}");
    }
    for content_type in ["application/json; charset=utf-8", "APPLICATION/JSON", "application/vnd.nil+json"] {
        let request = http.request(Method::POST, "/functions").body("{}").header("content-type", content_type);
        let answer = problem(&send(request).await);
        assert!(answer.starts_with("400 invalid-request: the body cannot be read: missing field"), "{answer}");
    }
}

#[tokio::test]
async fn inputs_that_are_no_objects() {
    let http = http();
    deploy(&http, "problems-input", ECHO).await;
    let mut lines = Vec::new();
    for body in [
        "",
        "[]",
        "[{}]",
        "7",
        "{\"input\":1}",
        "{\"input\":\"x\"}",
        "{\"input\":[1]}",
        "{\"input\":true}",
        "{\"input\":{\"a\":}}",
        "{\"input\":{},\"input\":{}}",
        "{\"inputs\":{}}",
        "{\"input\":{\"a\":\"\u{1}\"}}",
        "{\"input\":{\"a\":01}}",
        "{\"input\":{\"a\":NaN}}",
    ] {
        let answer = http.post_text("/functions/problems-input/execute", body).await;
        lines.push(format!("{body:?} -> {}", problem(&answer)));
    }
    insta::assert_snapshot!(lines.join("\n"), @r#"
    "" -> 400 invalid-request: the body is empty; send a JSON object
    "[]" -> 400 invalid-request: the body must be a JSON object and start with `{`
    "[{}]" -> 400 invalid-request: the body must be a JSON object and start with `{`
    "7" -> 400 invalid-request: the body must be a JSON object and start with `{`
    "{\"input\":1}" -> 400 invalid-request: `input` is a number; it must be a JSON object, for example {"input": {"name": "Ada"}}
    "{\"input\":\"x\"}" -> 400 invalid-request: `input` is a string; it must be a JSON object, for example {"input": {"name": "Ada"}}
    "{\"input\":[1]}" -> 400 invalid-request: `input` is an array; it must be a JSON object, for example {"input": {"name": "Ada"}}
    "{\"input\":true}" -> 400 invalid-request: `input` is a boolean; it must be a JSON object, for example {"input": {"name": "Ada"}}
    "{\"input\":{\"a\":}}" -> 400 invalid-request: the body cannot be read: expected value at line 1 column 15
    "{\"input\":{},\"input\":{}}" -> 400 invalid-request: the body cannot be read: duplicate field `input` at line 1 column 19
    "{\"inputs\":{}}" -> 400 invalid-request: the body cannot be read: unknown field `inputs`, expected one of `input`, `delayMs`, `maxAttempts`, `callbackUrl` at line 1 column 9
    "{\"input\":{\"a\":\"\u{1}\"}}" -> 400 invalid-request: the body cannot be read: control character (\u0000-\u001F) found while parsing a string at line 1 column 15
    "{\"input\":{\"a\":01}}" -> 400 invalid-request: the body cannot be read: invalid number at line 1 column 16
    "{\"input\":{\"a\":NaN}}" -> 400 invalid-request: the body cannot be read: expected value at line 1 column 15
    "#);
}

#[tokio::test]
async fn bodies_over_the_limit() {
    let http = http();
    deploy(&http, "problems-large", ECHO).await;
    let input = format!("{{\"input\":{{\"a\":\"{}\"}}}}", "x".repeat(6 << 20));
    let answer = problem(&http.post_text("/functions/problems-large/execute", input).await);
    assert_eq!(answer, "413 too-large: the input has 6291464 bytes; at most 6291456 are taken");
    // Nothing is ever decompressed, so a small body stays small.
    let zipped = http.request(Method::POST, "/functions").header("content-type", "application/json");
    let answer = problem(&send(zipped.header("content-encoding", "gzip").body(vec![0x1f, 0x8b, 8, 0])).await);
    assert!(answer.starts_with("400 ") || answer.starts_with("415 "), "{answer}");
}

#[tokio::test]
async fn paths_that_lead_nowhere() {
    let http = http();
    let unknown = "01890a5d-ac96-774b-bcce-b302099a8057";
    let mut lines = Vec::new();
    for path in [
        "/nothing".to_owned(),
        "/functions/".to_owned(),
        "/functions/absent".to_owned(),
        "/functions/absent/executions".to_owned(),
        format!("/functions/{unknown}"),
        "/functions/not%20a%20uuid".to_owned(),
        "/functions/%ff".to_owned(),
        "/functions/..%2f..%2fetc%2fpasswd".to_owned(),
        "/functions/'%20OR%201=1".to_owned(),
        format!("/executions/{unknown}"),
        "/executions/7".to_owned(),
        "/executions/absent".to_owned(),
        "/functions?limit=0".to_owned(),
        "/functions?limit=1001".to_owned(),
        "/functions?limit=x".to_owned(),
        "/functions?after=x".to_owned(),
        "/functions?page=1".to_owned(),
        "/functions/absent?waitMs=30001".to_owned(),
        "/docs/problems/absent".to_owned(),
    ] {
        lines.push(format!("{path} -> {}", problem(&http.get(&path).await)));
    }
    insta::assert_snapshot!(lines.join("\n"), @r#"
    /nothing -> 404 not-found: there is nothing at `/nothing`; `/docs` lists what this server answers
    /functions/ -> 404 not-found: there is nothing at `/functions/`; `/docs` lists what this server answers
    /functions/absent -> 404 not-found: there is no function `absent`; `GET /functions` lists them
    /functions/absent/executions -> 404 not-found: there is no function `absent`; `GET /functions` lists them
    /functions/01890a5d-ac96-774b-bcce-b302099a8057 -> 404 not-found: there is no function `01890a5d-ac96-774b-bcce-b302099a8057`; `GET /functions` lists them
    /functions/not%20a%20uuid -> 400 invalid-request: `not a uuid` is neither a function's id (a UUID) nor a name: name may not hold ' ' at position 4; use letters, digits, `-` or `_`, and start with a letter or digit
    /functions/%ff -> 400 invalid-request: the path holds characters that are not UTF-8
    /functions/..%2f..%2fetc%2fpasswd -> 400 invalid-request: `../../etc/passwd` is neither a function's id (a UUID) nor a name: name may not hold '.' at position 1; use letters, digits, `-` or `_`, and start with a letter or digit
    /functions/'%20OR%201=1 -> 400 invalid-request: `' OR 1=1` is neither a function's id (a UUID) nor a name: name may not hold '\'' at position 1; use letters, digits, `-` or `_`, and start with a letter or digit
    /executions/01890a5d-ac96-774b-bcce-b302099a8057 -> 404 not-found: there is no execution `01890a5d-ac96-774b-bcce-b302099a8057`
    /executions/7 -> 400 invalid-request: `7` is not a UUID such as 01890a5d-ac96-774b-bcce-b302099a8057
    /executions/absent -> 400 invalid-request: `absent` is not a UUID such as 01890a5d-ac96-774b-bcce-b302099a8057
    /functions?limit=0 -> 400 invalid-request: `limit` is 0; use 1 to 1000
    /functions?limit=1001 -> 400 invalid-request: `limit` is 1001; use 1 to 1000
    /functions?limit=x -> 400 invalid-request: the query cannot be read: Failed to deserialize query string: limit: invalid digit found in string
    /functions?after=x -> 400 invalid-request: `after`: `x` is not a UUID such as 01890a5d-ac96-774b-bcce-b302099a8057
    /functions?page=1 -> 400 invalid-request: the query cannot be read: Failed to deserialize query string: page: unknown field `page`, expected one of `q`, `status`, `language`, `since`, `until`, `limit`, `after`
    /functions/absent?waitMs=30001 -> 400 invalid-request: `waitMs` is 30001; use at most 30000
    /docs/problems/absent -> 404 not-found: there is no such kind of problem; see `/openapi.json`
    "#);
}

#[tokio::test]
async fn methods_that_are_not_answered_say_which_are() {
    let http = http();
    let mut lines = Vec::new();
    for (method, path) in [
        ("PUT", "/functions"),
        ("DELETE", "/functions"),
        ("PATCH", "/functions/x"),
        ("POST", "/functions/x"),
        ("GET", "/functions/x/execute"),
        ("POST", "/functions/x/executions"),
        ("PUT", "/executions/x"),
        ("POST", "/health"),
        ("OPTIONS", "/functions"),
        ("TRACE", "/functions"),
    ] {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        let answer = send(http.request(method.clone(), path)).await;
        assert!(problem(&answer).starts_with("405 method-not-allowed"), "{}", answer.text);
        let mut allowed: Vec<_> = answer.header("allow").split(',').map(str::trim).collect();
        allowed.sort_unstable();
        lines.push(format!("{method} {path} -> {}", allowed.join(", ")));
    }
    insta::assert_snapshot!(lines.join("\n"), @r#"
    PUT /functions -> GET, HEAD, POST
    DELETE /functions -> GET, HEAD, POST
    PATCH /functions/x -> DELETE, GET, HEAD, PUT
    POST /functions/x -> DELETE, GET, HEAD, PUT
    GET /functions/x/execute -> POST
    POST /functions/x/executions -> GET, HEAD
    PUT /executions/x -> DELETE, GET, HEAD
    POST /health -> GET, HEAD
    OPTIONS /functions -> GET, HEAD, POST
    TRACE /functions -> GET, HEAD, POST
    "#);
}

#[tokio::test]
async fn a_function_that_is_not_ready_is_not_called() {
    let http = http();
    let failed = build(&http, "problems-failed", "export function handle(", &json!({})).await;
    assert_eq!(failed["status"], "FAILED");
    let answer = problem(&http.post("/functions/problems-failed/execute", &json!({})).await);
    insta::assert_snapshot!(answer, @"400 function-not-ready: function `problems-failed` is FAILED; it can be called once it is READY (`GET /functions/problems-failed` tells)");
}

#[tokio::test]
async fn every_kind_of_problem_has_a_page() {
    let http = http();
    for kind in nil_api::ProblemKind::ALL {
        let page = http.get(&kind.type_uri()).await.expect(200);
        assert!(page.text.starts_with("# "), "{kind:?}");
    }
}
