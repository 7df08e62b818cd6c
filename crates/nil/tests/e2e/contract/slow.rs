//! Clients that take their time: they are cut off, and nobody else notices.

use std::time::{Duration, Instant};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    time::timeout,
};

use super::wire::connect;
use crate::product::http;

/// The server waits 10 s for a head and 15 s for more of a body.
const CUT_OFF_WITHIN: Duration = Duration::from_secs(25);

/// As many as the machine lets a process have, leaving some for everything else; not more than can be made before
/// the first are cut off.
fn many() -> usize {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile).current.unwrap_or(1 << 20);
    usize::try_from(limit.saturating_sub(600)).unwrap_or(0).min(2_000)
}

/// What a client that sends `bytes` and then nothing gets until it is cut off.
async fn stalled(bytes: &[u8]) -> String {
    let mut stream = connect().await;
    stream.write_all(bytes).await.expect("sent");
    let mut answer = Vec::new();
    let closed = timeout(CUT_OFF_WITHIN, stream.read_to_end(&mut answer)).await;
    assert!(closed.is_ok(), "{:?} still waits after {CUT_OFF_WITHIN:?}", String::from_utf8_lossy(bytes));
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn stalled_clients_are_cut_off() {
    let head = "POST /functions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n";
    let body = format!("{head}content-length: 100\r\n\r\n{{\"name\"");
    let chunks = format!("{head}transfer-encoding: chunked\r\n\r\n5\r\n{{\"na");
    let (silent, http2, in_head, in_body, in_chunk) = tokio::join!(
        stalled(b""),
        stalled(b"PRI * HT"),
        stalled(head.as_bytes()),
        stalled(body.as_bytes()),
        stalled(chunks.as_bytes()),
    );
    assert_eq!((silent.as_str(), http2.as_str()), ("", ""));
    assert!(in_head.is_empty() || in_head.starts_with("HTTP/1.1 408 "), "{in_head}");
    assert!(in_body.starts_with("HTTP/1.1 408 Request Timeout\r\n"), "{in_body}");
    assert!(in_body.contains("/docs/problems/request-timeout"), "{in_body}");
    assert!(in_chunk.starts_with("HTTP/1.1 408 Request Timeout\r\n"), "{in_chunk}");
}

#[tokio::test]
async fn thousands_of_idle_connections_leave_room() {
    let mut idle = Vec::new();
    for _ in 0..many() {
        idle.push(connect().await);
    }
    let began = Instant::now();
    http().get("/functions").await.expect(200);
    assert!(began.elapsed() < Duration::from_secs(5), "{:?} beside {} idle connections", began.elapsed(), idle.len());
}
