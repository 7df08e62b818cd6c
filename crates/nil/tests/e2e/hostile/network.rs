//! Functions have no network and no say in the headers of their answers: they cannot call others or themselves, and
//! whatever they write is a body.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

use super::neighbour::Neighbour;
use crate::{
    functions::{build_in, deploy, execute},
    product::{http, shared},
};

/// A server on this machine that nobody may reach.
pub(crate) struct Forbidden {
    port: u16,
    connections: Arc<AtomicUsize>,
}

impl Forbidden {
    pub(crate) async fn start() -> Self {
        // All interfaces and, as Linux does it, IPv4 as well.
        let listener = match TcpListener::bind("[::]:0").await {
            Ok(listener) => listener,
            Err(_) => TcpListener::bind("0.0.0.0:0").await.expect("a port"),
        };
        let port = listener.local_addr().expect("an address").port();
        let connections = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&connections);
        tokio::spawn(async move {
            while listener.accept().await.is_ok() {
                counted.fetch_add(1, Ordering::SeqCst);
            }
        });
        Self { port, connections }
    }

    /// URLs of this server in every spelling, of what is never anybody's business, and of the product itself.
    pub(crate) fn urls(&self, own: &str) -> Vec<String> {
        let here = ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1", "0"];
        let elsewhere = ["169.254.169.254", "10.0.0.1", "192.168.0.1", "[fd00::1]", "1.1.1.1", "example.com"];
        let here = here.map(|host| format!("http://{host}:{}/", self.port));
        let elsewhere = elsewhere.map(|host| format!("http://{host}/latest/meta-data/"));
        let itself = format!("{}/fn/{own}", shared().url());
        here.into_iter().chain(elsewhere).chain([itself]).collect()
    }

    /// Fails if somebody connected.
    pub(crate) async fn was_left_alone(&self) {
        // What was on its way arrives.
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert_eq!(self.connections.load(Ordering::SeqCst), 0, "a function reached a server on this machine");
        // And it would have been noticed.
        TcpStream::connect(("127.0.0.1", self.port)).await.expect("the server listens");
        nil_test::eventually("the connection is counted", Duration::from_secs(5), async || {
            self.connections.load(Ordering::SeqCst) == 1
        })
        .await;
    }
}

#[tokio::test]
async fn functions_have_no_network_and_cannot_call_themselves() {
    let (http, forbidden) = (http(), Forbidden::start().await);
    let neighbour = Neighbour::start("network-neighbour").await;

    // In JavaScript there is nothing to ask with, and a module is not a way out.
    let source = "export async function handle({ urls }) {
        const globals = ['fetch', 'XMLHttpRequest', 'WebSocket', 'EventSource', 'navigator', 'require',
          'Deno', 'Bun', 'std', 'os', 'WebAssembly'].filter((name) => typeof globalThis[name] !== 'undefined');
        const reached = [];
        for (const url of urls) {
          try { await import(url); reached.push(url); } catch {}
          try { await import(url + 'x.js'); reached.push(url); } catch {}
        }
        return { globals, reached };
      }";
    let function = build_in(&http, "network-js", "javascript", source).await;
    assert_eq!(function["status"], "READY", "{function:#}");
    let urls = json!({ "urls": forbidden.urls("network-js") }).to_string();
    for _ in 0..2 {
        let answer = execute(&http, "network-js", &urls).await.json();
        assert_eq!(answer["output"], json!({ "globals": [], "reached": [] }), "{answer:#}");
    }
    for (name, from) in [
        ("network-js-url", format!("http://127.0.0.1:{}/x.js", forbidden.port)),
        ("network-js-node", "node:http".to_owned()),
        ("network-js-std", "os".to_owned()),
    ] {
        let source = format!("import * as x from '{from}';\nexport function handle() {{ return Object.keys(x); }}\n");
        let function = build_in(&http, name, "javascript", &source).await;
        assert_eq!(function["status"], "FAILED", "{function:#}");
        let error = function["compileError"].as_str().unwrap_or_default();
        assert!(error.contains(&from) && error.starts_with("index.js:1:"), "{name}: {error}");
    }

    // In AssemblyScript, as in any module, asking for a function of the host that does not exist is an error at deploy.
    let source = "@external(\"env\", \"fetch\") declare function fetch(url: string): string;
        export function handle(input: string): string { return fetch(input); }";
    let function = build_in(&http, "network-as", "assemblyscript", source).await;
    assert_eq!(function["status"], "FAILED", "{function:#}");
    let error = function["compileError"].as_str().unwrap_or_default();
    assert!(error.starts_with("index.ts:1:44: error") && error.contains("'env.fetch'"), "{error}");

    forbidden.was_left_alone().await;
    neighbour.was_well().await;
}

/// The answer of `POST /fn/{name}` as it is on the connection, up to the end of its body.
async fn on_the_wire(name: &str, body: &str) -> (Vec<String>, String) {
    let mut stream = TcpStream::connect(("127.0.0.1", shared().port())).await.expect("the server listens");
    let request = format!(
        "POST /fn/{name} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\nconnection: close\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.expect("read until the server closes");
    let answer = String::from_utf8(answer).expect("UTF-8");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    (head.split("\r\n").map(str::to_ascii_lowercase).collect(), body.to_owned())
}

#[tokio::test]
async fn whatever_a_function_writes_is_a_body() {
    let http = http();
    let neighbour = Neighbour::start("wire-neighbour").await;
    // Answers what it is told, as text.
    let source = "export function handle(input: string): string {
        return input.slice(1, input.length - 1).replaceAll(\"\\\\r\", \"\\r\").replaceAll(\"\\\\n\", \"\\n\").replaceAll(\"'\", '\"');
      }";
    let name = "writes-heads";
    deploy(&http, name, source).await;
    for (said, kind) in [
        (r"HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n", "text/plain"),
        (r"Set-Cookie: a=b\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "text/plain"),
        (r"\r\n\r\nHTTP/1.1 500 Oops\r\nConnection: upgrade\r\n\r\n", "text/plain"),
        (
            "{'statusCode': 302, 'headers': {'location': 'http://evil', 'content-length': '1', 'x-a': '1', \
             'connection': 'upgrade', 'set-cookie': 'a=b'}, 'body': 'x'}",
            "application/json",
        ),
    ] {
        let expected = said.replace(r"\r", "\r").replace(r"\n", "\n").replace('\'', "\"");
        for _ in 0..2 {
            let (head, body) = on_the_wire(name, &format!("\"{said}\"")).await;
            assert_eq!(head[0], "http/1.1 200 ok", "{head:?}");
            assert_eq!(body, expected);
            let value = |header: &str| -> Vec<&str> {
                let named = head.iter().filter_map(|line| line.split_once(": "));
                named.filter(|(name, _)| *name == header).map(|(_, value)| value).collect()
            };
            assert_eq!(value("content-length"), [expected.len().to_string()], "{head:?}");
            assert!(value("content-type").iter().all(|value| value.starts_with(kind)), "{head:?}");
            for header in ["set-cookie", "transfer-encoding", "location", "upgrade", "x-a"] {
                assert!(value(header).is_empty(), "{header}: {head:?}");
            }
        }
    }
    neighbour.was_well().await;
}
