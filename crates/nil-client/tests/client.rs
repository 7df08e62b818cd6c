//! The client against small servers that answer what each case needs. No ProjectNIL server runs here.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{
    Json, Router,
    extract::{Path, Query},
    http::{HeaderMap, StatusCode, Uri, header},
    response::{IntoResponse, Redirect},
    routing::{delete, get, post},
};
use nil_api::ProblemKind;
use nil_client::{Client, ClientError, ClientOptions, Requeued};
use nil_core::{ExecutionStatus, FunctionRef, FunctionStatus};
use serde_json::{Value, json, value::RawValue};

type TestResult = Result<(), Box<dyn std::error::Error>>;

const ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";
const TIME: &str = "2026-01-02T03:04:05Z";

/// Serves `router` on a free loopback port for as long as the test's runtime lives.
async fn serve(router: Router) -> std::io::Result<String> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(format!("http://{address}"))
}

fn client(base_url: String) -> Result<Client, ClientError> {
    Client::new(&ClientOptions { base_url, ..ClientOptions::default() })
}

fn greeting() -> FunctionRef {
    "greeting".parse().expect("a valid name")
}

fn detail(status: &str) -> Value {
    json!({
        "id": ID, "name": "greeting", "description": null, "language": "assemblyscript", "source": "",
        "status": status, "compileError": null, "diagnostics": [], "settings": {}, "version": 1, "versionId": ID,
        "liveVersion": null, "abi": null, "wasmBytes": null, "buildMs": null, "createdAt": TIME, "updatedAt": TIME,
    })
}

fn problem(kind: ProblemKind, text: &str) -> (StatusCode, Json<Value>) {
    let (status, _, title) = kind.describe();
    let body = json!({
        "type": kind.type_uri(), "title": title, "status": status, "detail": text, "instance": "/x",
        "timestamp": TIME, "error": title, "message": text,
    });
    (StatusCode::from_u16(status).expect("a valid status"), Json(body))
}

#[tokio::test]
async fn a_base_path_is_kept_and_the_token_is_sent() -> TestResult {
    let router = Router::new().route(
        "/behind/proxy/functions/{name}",
        delete(|uri: Uri, headers: HeaderMap| async move {
            assert_eq!(uri.path(), "/behind/proxy/functions/greeting");
            match headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()) {
                Some("Bearer s3cret") => StatusCode::NO_CONTENT.into_response(),
                _ => problem(ProblemKind::Unauthorized, "no token").into_response(),
            }
        }),
    );
    let base_url = serve(router).await? + "/behind/proxy/";
    let with_token = ClientOptions { base_url: base_url.clone(), token: Some("s3cret".into()), ..Default::default() };
    Client::new(&with_token)?.delete(&greeting()).await?;

    let refused = client(base_url)?.delete(&greeting()).await.expect_err("no token was given");
    assert_eq!(refused.problem_kind(), Some(ProblemKind::Unauthorized));
    assert!(refused.hint().expect("a hint").contains("NIL_TOKEN"));
    assert!(!format!("{with_token:?}").contains("s3cret"), "debug output must not show the token");
    Ok(())
}

#[tokio::test]
async fn a_problem_keeps_its_kind_and_when_to_retry() -> TestResult {
    let router = Router::new().route(
        "/functions/greeting/execute",
        post(|| async {
            ([(header::RETRY_AFTER, "7")], problem(ProblemKind::FunctionBusy, "16 calls are running already"))
        }),
    );
    let error = client(serve(router).await?)?.execute(&greeting().into(), None).await.expect_err("it is busy");
    assert_eq!(error.problem_kind(), Some(ProblemKind::FunctionBusy));
    assert_eq!(error.to_string(), "16 calls are running already");
    assert_eq!(error.hint().as_deref(), Some("try again in 7 s"));
    Ok(())
}

#[tokio::test]
async fn another_program_is_recognised_as_such() -> TestResult {
    let router = Router::new()
        .route("/health", get(|| async { "<html>It works!</html>" }))
        .route("/queue", get(|| async { (StatusCode::BAD_GATEWAY, "upstream gone") }))
        .route("/functions", get(|| async { Redirect::temporary("/health") }));
    let client = client(serve(router).await?)?;
    for (error, excerpt) in [
        (client.health().await.map(drop), "It works!"),
        (client.queue().await.map(drop), "502 Bad Gateway, `upstream gone`"),
        (client.list().await.map(drop), "307"),
    ] {
        let error = error.expect_err("it is no ProjectNIL server");
        assert!(matches!(error, ClientError::Protocol { .. }), "{error:?}");
        assert!(error.to_string().contains(excerpt), "{error}");
    }
    Ok(())
}

#[tokio::test]
async fn nobody_listening_says_so_with_a_hint() -> TestResult {
    // Bound and closed again: nothing else gets this port in the moment between.
    let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let error = client(format!("http://127.0.0.1:{port}"))?.health().await.expect_err("nothing listens");
    assert_eq!(error.to_string(), format!("cannot reach http://127.0.0.1:{port}: connection refused"));
    assert!(error.hint().expect("a hint").contains("nil up"));
    Ok(())
}

#[tokio::test]
async fn a_silent_server_runs_into_the_timeout() -> TestResult {
    let router = Router::new().route("/health", get(|| async { std::future::pending::<String>().await }));
    let options =
        ClientOptions { base_url: serve(router).await?, timeout: Duration::from_millis(50), ..Default::default() };
    let error = Client::new(&options)?.health().await.expect_err("it never answers");
    assert!(matches!(error, ClientError::Unreachable { .. }), "{error:?}");
    assert!(error.to_string().ends_with("no answer in time"), "{error}");
    Ok(())
}

#[tokio::test]
async fn an_endless_answer_is_cut_off() -> TestResult {
    let router = Router::new().route("/health", get(|| async { vec![b' '; 64 * 1024 * 1024 + 1] }));
    let error = client(serve(router).await?)?.health().await.expect_err("it is too long");
    assert!(error.to_string().contains("longer than 64 MiB"), "{error}");
    Ok(())
}

#[tokio::test]
async fn not_ready_is_an_answer() -> TestResult {
    let down = json!({"status": "DOWN", "checks": [{"name": "database", "ok": false, "detail": "no connection"}]});
    let router =
        Router::new().route("/ready", get(|| async move { (StatusCode::SERVICE_UNAVAILABLE, Json(down.clone())) }));
    let readiness = client(serve(router).await?)?.ready().await?;
    assert_eq!(readiness.status, "DOWN");
    assert_eq!(readiness.checks[0].detail.as_deref(), Some("no connection"));
    Ok(())
}

#[tokio::test]
async fn lists_are_read_to_their_end() -> TestResult {
    // Three pages of two, whatever is asked for: the client must go on while the server says there is more.
    let page = |Query(query): Query<Vec<(String, String)>>| async move {
        let after = query.iter().find(|(name, _)| name == "after").map_or(0, |(_, id)| id[24..].parse().unwrap_or(0));
        let entry = |number: usize| {
            json!({"id": format!("01890a5d-ac96-774b-bcce-{number:012}"), "status": "COMPLETED", "version": 1,
                   "durationUs": 1, "errorMessage": null, "startedAt": TIME, "completedAt": TIME})
        };
        let entries = Json(json!([entry(after + 1), entry(after + 2)]));
        match after {
            ..4 => ([(header::LINK, "</next>; rel=\"next\"")], entries).into_response(),
            _ => entries.into_response(),
        }
    };
    let client = client(serve(Router::new().route("/functions/greeting/executions", get(page))).await?)?;
    assert_eq!(client.executions(&greeting(), 1_000_000).await?.len(), 6);
    let three = client.executions(&greeting(), 3).await?;
    let numbers: Vec<_> = three.iter().map(|execution| execution.id.to_string()[35..].to_owned()).collect();
    assert_eq!(numbers, ["1", "2", "3"]);
    Ok(())
}

#[tokio::test]
async fn a_requeued_dead_letter_may_be_obsolete() -> TestResult {
    let requeue = |Path(id): Path<i64>, Json(_): Json<Value>| async move {
        match id {
            1 => StatusCode::ACCEPTED.into_response(),
            2 => StatusCode::NO_CONTENT.into_response(),
            _ => problem(ProblemKind::NotFound, "there is no such dead letter").into_response(),
        }
    };
    let client = client(serve(Router::new().route("/queue/dead-letters/{id}/requeue", post(requeue))).await?)?;
    assert_eq!(client.requeue(1).await?, Requeued::Queued);
    assert_eq!(client.requeue(2).await?, Requeued::Obsolete);
    assert_eq!(client.requeue(3).await.expect_err("unknown").problem_kind(), Some(ProblemKind::NotFound));
    Ok(())
}

#[tokio::test]
async fn json_passes_through_digit_by_digit() -> TestResult {
    let router = Router::new().route(
        "/functions/greeting/execute",
        post(|body: String| async move {
            assert_eq!(body, r#"{"input":{"n": 18446744073709551617, "e":1e400}}"#);
            format!(
                r#"{{"id":"{ID}","functionId":"{ID}","status":"COMPLETED","output":{{"n": 18446744073709551617}},
                "errorMessage":null,"errorKind":null,"logs":[],"version":1,"createdAt":"{TIME}",
                "receipt":{{"durationUs":1,"cpuUs":1,"peakMemoryBytes":1,"inputBytes":1,"outputBytes":1,
                "logBytesDropped":0,"cold":false}}}}"#
            )
        }),
    );
    let input = RawValue::from_string(r#"{"n": 18446744073709551617, "e":1e400}"#.to_owned())?;
    let result = client(serve(router).await?)?.execute(&greeting().into(), Some(&input)).await?;
    assert_eq!(result.status, ExecutionStatus::Completed);
    assert_eq!(result.output.expect("an output").get(), r#"{"n": 18446744073709551617}"#);
    Ok(())
}

#[tokio::test]
async fn waiting_for_a_build_sees_every_status_and_ends_with_it() -> TestResult {
    // Answers at once, as a server without `waitMs` would: the client must pause by itself.
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&asked);
    let router = Router::new().route(
        "/functions/greeting",
        get(move |Query(query): Query<Vec<(String, String)>>| async move {
            assert_eq!(query[0].0, "waitMs");
            Json(detail(["PENDING", "COMPILING", "READY"][counter.fetch_add(1, Ordering::Relaxed).min(2)]))
        }),
    );
    let mut seen = Vec::new();
    let client = client(serve(router).await?)?;
    let built = client.wait_until_built(&greeting(), Duration::from_secs(30), |status| seen.push(status)).await?;
    assert_eq!(built.status, FunctionStatus::Ready);
    assert_eq!(seen, [FunctionStatus::Pending, FunctionStatus::Compiling, FunctionStatus::Ready]);
    assert_eq!(asked.load(Ordering::Relaxed), 3);
    Ok(())
}

#[tokio::test]
async fn waiting_for_a_build_ends_when_patience_does() -> TestResult {
    let router = Router::new().route("/functions/greeting", get(|| async { Json(detail("PENDING")) }));
    let client = client(serve(router).await?)?;
    let error =
        client.wait_until_built(&greeting(), Duration::from_millis(120), |_| {}).await.expect_err("nobody builds it");
    assert!(matches!(error, ClientError::NotBuilt { .. }), "{error:?}");
    Ok(())
}

#[test]
fn urls_that_cannot_be_used_are_refused_before_anything_is_sent() {
    for url in ["", "localhost:8080", "ftp://host", "http://", "/functions"] {
        let error = client(url.to_owned()).expect_err(url);
        assert!(matches!(error, ClientError::InvalidOption { option: "URL", .. }), "{url}: {error:?}");
    }
    let token = ClientOptions { token: Some("line\nfeed".into()), ..ClientOptions::default() };
    assert!(matches!(Client::new(&token), Err(ClientError::InvalidOption { option: "token", .. })));
}

#[test]
fn a_password_in_the_url_is_not_shown() -> TestResult {
    let client = client("http://user:hunter2@127.0.0.1:1/base/".to_owned())?;
    assert_eq!(client.base_url(), "http://127.0.0.1:1/base");
    Ok(())
}
