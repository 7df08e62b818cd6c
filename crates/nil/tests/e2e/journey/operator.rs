//! Somebody who runs `nil up` for others: a token, restarts, a crash, an orderly end.

use nil_test::{NilUp, TestHttp, TestProcess, eventually};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::{
    cli::nil_in,
    functions::{ECHO, deploy, execute},
    product::{NIL, SOON},
};

const TOKEN: &str = "an-e2e-token-of-some-length";

/// Still runs when the end is near.
const SLOW: &str = "export function handle(input: string): string {
    const end = Date.now() + 1500;
    while (Date.now() < end) {}
    return input;
}";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_survives_a_restart_and_a_crash() {
    let mut up = NilUp::start_with(NIL, &[], &[("NIL_TOKEN", TOKEN)]);
    let http = TestHttp::new(up.url()).with_token(TOKEN);
    token_is_required(&up).await;
    let echo = deploy(&http, "echo", ECHO).await;
    deploy(&http, "slow", SLOW).await;
    let before = execute(&http, &echo, "{\"n\":1}").await.json();

    // Ctrl-C while a call is under way: the call gets its answer, then everything ends.
    let family = up.family();
    assert!(up.compiler().is_some() && up.postgres().is_some(), "{family:#?}");
    let under_way = begin_call(&up, "slow", "{\"input\":{\"n\":2}}").await;
    let status = tokio::task::block_in_place(|| up.interrupt());
    assert_eq!(status.code(), Some(0), "{}", up.log());
    let drained = end_call(under_way).await;
    assert_eq!((&drained["status"], &drained["output"]), (&json!("COMPLETED"), &json!({ "n": 2 })));
    let left: Vec<_> = family.iter().chain(&up.family()).filter(|process| process.is_alive()).cloned().collect();
    assert_eq!(left, Vec::<TestProcess>::new(), "nothing outlives an orderly end");

    tokio::task::block_in_place(|| up.start_again());
    still_there(&http, &[&before, &drained]).await;
    let after = execute(&http, &echo, "{\"n\":3}").await.json();

    let family = up.family();
    tokio::task::block_in_place(|| up.kill9());
    eventually("nothing outlives a crash", SOON, async || !family.iter().any(TestProcess::is_alive)).await;
    tokio::task::block_in_place(|| up.start_again());
    still_there(&http, &[&before, &drained, &after]).await;
    let listed = nil_in(up.folder(), &up, &["list", "-o", "json"]).await.expect(0).json();
    let names: Vec<_> = listed.as_array().expect("a list").iter().map(|function| &function["name"]).collect();
    assert_eq!(names, ["echo", "slow"]);
    deploy(&http, "later", ECHO).await;
}

async fn token_is_required(up: &NilUp) {
    let anonymous = TestHttp::new(up.url());
    anonymous.get("/health").await.expect(200);
    eventually("ready", SOON, async || anonymous.get("/ready").await.status == 200).await;
    for stranger in [anonymous.clone(), anonymous.clone().with_token("an-e2e-token-of-some-lengtH")] {
        for path in ["/functions", "/functions/absent", "/executions/x", "/queue"] {
            let answer = stranger.get(path).await.expect(401);
            assert_eq!(answer.header("www-authenticate"), "Bearer");
            assert_eq!(answer.json()["type"], "/docs/problems/unauthorized");
        }
        stranger.post("/functions", &json!({})).await.expect(401);
        stranger.post("/functions/absent/execute", &json!({})).await.expect(401);
    }
    anonymous.with_token(TOKEN).get("/functions").await.expect(200);
    assert!(!up.log().contains(TOKEN), "the token is in the log");
}

/// A call that the server has begun to read: the rest of it is `body`.
async fn begin_call(up: &NilUp, function: &str, body: &str) -> TcpStream {
    let mut stream = TcpStream::connect(("127.0.0.1", up.port())).await.expect("the server listens");
    let head = format!(
        "POST /functions/{function}/execute HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {TOKEN}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\nexpect: 100-continue\r\nconnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.expect("sent");
    let mut go_on = vec![0; "HTTP/1.1 100 Continue\r\n\r\n".len()];
    stream.read_exact(&mut go_on).await.expect("an interim answer");
    assert!(go_on.starts_with(b"HTTP/1.1 100 "), "{}", String::from_utf8_lossy(&go_on));
    stream.write_all(body.as_bytes()).await.expect("sent");
    stream
}

/// The JSON body of the answer to [`begin_call`].
async fn end_call(mut stream: TcpStream) -> Value {
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("an answer");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    serde_json::from_str(body).expect("JSON")
}

async fn still_there(http: &TestHttp, executions: &[&Value]) {
    for expected in executions {
        let path = format!("/executions/{}", expected["id"].as_str().expect("an id"));
        let record = http.get(&path).await.expect(200).json();
        for field in ["id", "functionId", "status", "output", "version", "receipt", "createdAt"] {
            assert_eq!(record[field], expected[field], "{field}");
        }
    }
}
