//! Requests no client library sends: the bytes on the connection are ours.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use crate::product::shared;

/// Longer than the server waits for anything it should not wait for.
const PATIENCE: Duration = Duration::from_secs(8);

const HEAD: &str = "POST /functions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n";

pub(super) async fn connect() -> TcpStream {
    TcpStream::connect(("127.0.0.1", shared().port())).await.expect("the server listens")
}

/// Sends bytes and reads until the server closes the connection.
async fn refused(bytes: &[u8]) -> String {
    let mut stream = connect().await;
    // The server may close before it has read everything.
    let _ = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    let closed = timeout(PATIENCE, stream.read_to_end(&mut answer)).await;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    assert!(closed.is_ok(), "still open after {PATIENCE:?}: {:?} -> {answer}", String::from_utf8_lossy(bytes));
    answer
}

/// Statuses of all answers in what came back.
fn statuses(answer: &str) -> Vec<&str> {
    answer.split("HTTP/1.1 ").skip(1).map(|rest| rest.split(' ').next().unwrap_or_default()).collect()
}

#[tokio::test]
async fn ambiguous_lengths_are_refused_and_closed() {
    let smuggled = "GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n";
    for lengths in [
        "content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        "transfer-encoding: chunked\r\ncontent-length: 4\r\n\r\n0\r\n\r\n",
        "content-length: 2\r\ncontent-length: 3\r\n\r\n{}",
        "content-length: +2\r\n\r\n{}",
        "content-length: 2, 3\r\n\r\n{}",
        "content-length: 0x2\r\n\r\n{}",
        "transfer-encoding: xchunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        "transfer-encoding: chunked, identity\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        "transfer-encoding : chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        "transfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
    ] {
        let answer = refused(format!("{HEAD}{lengths}{smuggled}").as_bytes()).await;
        let statuses = statuses(&answer);
        assert!(statuses.len() <= 1 && statuses.iter().all(|status| *status == "400"), "{lengths:?} -> {answer}");
    }
}

#[tokio::test]
async fn heads_that_are_no_http_are_refused_and_closed() {
    let many: String = (0..500).map(|n| format!("x-{n}: y\r\n")).collect();
    let cases = [
        ("400", "\u{16}\u{3}\u{1} a TLS hello\r\n\r\n".to_owned()),
        ("400", "GET /health\r\n\r\n".to_owned()),
        ("400", "GET /health HTTP/1.1\r\nhost: localhost\r\nfolded: a\r\n b\r\n\r\n".to_owned()),
        ("400", "GET /health HTTP/1.1\r\nhost : localhost\r\n\r\n".to_owned()),
        ("400", "GET /he\u{0}alth HTTP/1.1\r\nhost: localhost\r\n\r\n".to_owned()),
        ("414", format!("GET /{} HTTP/1.1\r\nhost: localhost\r\n\r\n", "a".repeat(70_000))),
        ("431", format!("GET /health HTTP/1.1\r\nhost: localhost\r\n{many}\r\n")),
        ("431", format!("GET /health HTTP/1.1\r\nhost: localhost\r\nx: {}\r\n\r\n", "a".repeat(1 << 20))),
    ];
    for (status, request) in cases {
        let answer = refused(request.as_bytes()).await;
        assert_eq!(statuses(&answer), [status], "{:?}… -> {answer}", &request[..request.len().min(60)]);
    }
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused_before_it_is_sent() {
    let execute = HEAD.replace("/functions", "/functions/any/execute");
    // What may carry a module may be larger.
    for (head, mebibytes) in [(HEAD, 60), (&*execute, 20)] {
        let announced = format!("{head}connection: close\r\ncontent-length: {}\r\n\r\n", mebibytes << 20);
        let answer = refused(announced.as_bytes()).await;
        assert_eq!(statuses(&answer), ["413"], "{answer}");
        assert!(answer.contains("/docs/problems/too-large"), "{answer}");
    }
}

#[tokio::test]
async fn a_request_names_one_server() {
    for head in [
        "GET /functions HTTP/1.1\r\nhost: localhost\r\nhost: evil.example\r\n",
        "GET http://evil.example/functions HTTP/1.1\r\nhost: localhost\r\n",
        "GET http://localhost/functions HTTP/1.1\r\nhost: evil.example\r\n",
    ] {
        let answer = refused(format!("{head}connection: close\r\n\r\n").as_bytes()).await;
        assert_eq!(statuses(&answer), ["400"], "{head:?} -> {answer}");
    }
    for head in ["GET /functions HTTP/1.1\r\n", "GET /functions HTTP/1.1\r\nhost: evil.example\r\n"] {
        let answer = refused(format!("{head}connection: close\r\n\r\n").as_bytes()).await;
        assert_eq!(statuses(&answer), ["403"], "{head:?} -> {answer}");
    }
}

#[tokio::test]
async fn an_answer_does_not_wait_for_the_next_request() {
    let mut stream = connect().await;
    stream.write_all(b"GET /health HTTP/1.1\r\nhost: localhost\r\n\r\nGET /hea").await.expect("sent");
    let mut answer = vec![0; 4096];
    let read = timeout(PATIENCE, stream.read(&mut answer)).await.expect("an answer in time").expect("an answer");
    assert!(answer[..read].starts_with(b"HTTP/1.1 200 OK\r\n"));
    stream.write_all(b"lth HTTP/1.1\r\nhost: localhost\r\n\r\n").await.expect("sent");
    let read = timeout(PATIENCE, stream.read(&mut answer)).await.expect("an answer in time").expect("an answer");
    assert!(answer[..read].starts_with(b"HTTP/1.1 200 OK\r\n"));
}
