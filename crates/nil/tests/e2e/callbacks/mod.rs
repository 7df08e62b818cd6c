//! Callbacks: the end of an execution, told to a server of the test's own, and not to addresses that are nobody's business.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicU16, Ordering},
    },
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use nil_test::{NilUp, TestHttp, eventually};
use ring::hmac;
use serde_json::{Value, json};

use crate::{
    cli::nil_in,
    functions::{ECHO, deploy, deploy_with},
    product::{NIL, SOON, http},
    queued::later::call_later,
};

/// A message as it arrived.
#[derive(Clone)]
struct Message {
    headers: HeaderMap,
    body: Bytes,
}

/// A server that keeps what it is sent and answers as it is told.
#[derive(Clone)]
struct Receiver {
    address: SocketAddr,
    messages: Arc<Mutex<Vec<Message>>>,
    status: Arc<AtomicU16>,
}

impl Receiver {
    async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let receiver = Self { address, messages: Arc::default(), status: Arc::new(AtomicU16::new(204)) };
        let router = Router::new().fallback(receive).with_state(receiver.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.expect("the receiver runs") });
        receiver
    }

    fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    fn answers(&self, status: u16) {
        self.status.store(status, Ordering::SeqCst);
    }

    fn messages(&self) -> Vec<Message> {
        self.messages.lock().expect("no panic").clone()
    }
}

async fn receive(State(receiver): State<Receiver>, headers: HeaderMap, body: Bytes) -> Response {
    receiver.messages.lock().expect("no panic").push(Message { headers, body });
    let status = StatusCode::from_u16(receiver.status.load(Ordering::SeqCst)).expect("a status");
    (status, [("location", "http://169.254.169.254/latest/meta-data")]).into_response()
}

impl Message {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// As a receiver checks it.
    fn check(&self, secret: &str) -> Value {
        let key = BASE64_STANDARD.decode(secret.strip_prefix("whsec_").expect("the prefix")).expect("base64");
        let signed =
            [format!("{}.{}.", self.header("webhook-id"), self.header("webhook-timestamp")).as_bytes(), &self.body].concat();
        let signature = self.header("webhook-signature").strip_prefix("v1,").expect("version 1");
        let signature = BASE64_STANDARD.decode(signature).expect("base64");
        hmac::verify(&hmac::Key::new(hmac::HMAC_SHA256, &key), &signed, &signature).expect("the signature is right");
        serde_json::from_slice(&self.body).expect("JSON")
    }
}

/// Started by the first test that asks: a product that may call this machine.
fn lenient() -> &'static NilUp {
    static UP: OnceLock<NilUp> = OnceLock::new();
    UP.get_or_init(|| NilUp::start_with(NIL, &["--allow-callbacks-to", "127.0.0.1/32"], &[]))
}

async fn secret_of(http: &TestHttp, function: &str) -> String {
    let made = http.post(&format!("/functions/{function}/callback-secret"), &json!({})).await.expect(200).json();
    made["secret"].as_str().expect("a secret").to_owned()
}

async fn call(http: &TestHttp, function: &str, callback_url: &str) -> String {
    let body = json!({ "input": { "n": 1 }, "callbackUrl": callback_url });
    let answer = call_later(http, &format!("/functions/{function}/execute"), &body).await.expect(202);
    answer.json()["id"].as_str().expect("an id").to_owned()
}

async fn progress(http: &TestHttp, id: &str) -> Value {
    http.get(&format!("/executions/{id}")).await.expect(200).json()["callback"].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_end_of_an_execution_is_told_and_signed() {
    let http = TestHttp::new(lenient().url());
    let receiver = Receiver::start().await;
    deploy(&http, "told", ECHO).await;
    let secret = secret_of(&http, "told").await;
    let id = call(&http, "told", &receiver.url()).await;
    eventually("it is told", SOON, async || !receiver.messages().is_empty()).await;
    let message = receiver.messages().remove(0);
    let body = message.check(&secret);
    assert_eq!((&body["type"], &body["data"]["id"]), (&json!("execution.completed"), &json!(id)), "{body:#}");
    assert_eq!((&body["data"]["output"], &body["data"]["status"]), (&json!({ "n": 1 }), &json!("COMPLETED")));
    assert!(message.header("webhook-id").starts_with(&id));
    eventually("it is delivered", SOON, async || progress(&http, &id).await["state"] == "DELIVERED").await;
    assert_eq!(progress(&http, &id).await["lastStatus"], 204);

    // A new secret signs from now on.
    let renewed = secret_of(&http, "told").await;
    assert_ne!(secret, renewed);
    call(&http, "told", &receiver.url()).await;
    eventually("it is told", SOON, async || receiver.messages().len() == 2).await;
    receiver.messages().remove(1).check(&renewed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receiver_that_fails_is_called_again_and_redirects_are_not_followed() {
    let http = TestHttp::new(lenient().url());
    let receiver = Receiver::start().await;
    let failing = "export function handle(input: string): string { throw new Error(\"no\"); }";
    deploy_with(&http, "told-again", failing, &json!({ "maxAttempts": 1 })).await;
    let secret = secret_of(&http, "told-again").await;
    receiver.answers(302);
    let id = call(&http, "told-again", &receiver.url()).await;
    eventually("it was tried", SOON, async || progress(&http, &id).await["lastStatus"] == 302).await;
    assert_eq!(progress(&http, &id).await["state"], "PENDING");
    receiver.answers(200);
    eventually("it is delivered", SOON, async || progress(&http, &id).await["state"] == "DELIVERED").await;
    let messages = receiver.messages();
    assert_eq!(messages.len(), 2, "once for each try, and never for a redirect");
    let [first, second] = [&messages[0], &messages[1]];
    assert_eq!(first.header("webhook-id"), second.header("webhook-id"), "the same message");
    let body = second.check(&secret);
    assert_eq!((&body["type"], &body["data"]["errorKind"]), (&json!("execution.failed"), &json!("abort")), "{body:#}");

    // One that is gone says so.
    receiver.answers(410);
    let id = call(&http, "told-again", &receiver.url()).await;
    eventually("it is given up", SOON, async || progress(&http, &id).await["state"] == "FAILED").await;
}

#[tokio::test]
async fn addresses_that_are_not_public_are_not_called() {
    let http = http();
    deploy(&http, "told-nobody", ECHO).await;
    let path = "/functions/told-nobody/execute";
    let ask = async |url: &str| call_later(&http, path, &json!({ "input": {}, "callbackUrl": url })).await;
    assert!(ask("https://example.com/").await.expect(422).text.contains("callback-secret"));
    secret_of(&http, "told-nobody").await;
    for url in [
        "http://127.0.0.1:8080/functions",
        "http://[::ffff:127.0.0.1]/",
        "http://169.254.169.254/latest/meta-data",
        "http://2130706433/",
        "http://10.0.0.1/",
        "http://[fd00::1]/",
        "http://user:password@example.com/",
    ] {
        ask(url).await.expect(422);
    }
    for url in ["", "hook", "ftp://example.com/", "file:///etc/passwd"] {
        ask(url).await.expect(400);
    }
    let synchronous = json!({ "input": {}, "callbackUrl": "https://example.com/" });
    http.post(path, &synchronous).await.expect(400);
    http.post("/functions/nobody/callback-secret", &json!({})).await.expect(404);

    // A name that leads there is found out when it is called.
    let receiver = Receiver::start().await;
    let id = ask(&format!("http://localhost:{}/", receiver.address.port())).await.expect(202).json()["id"].clone();
    let id = id.as_str().expect("an id");
    eventually("it was tried", SOON, async || progress(&http, id).await["attempts"].as_i64() > Some(0)).await;
    assert_eq!(progress(&http, id).await["lastStatus"], Value::Null);
    assert!(receiver.messages().is_empty(), "the receiver was reached");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_line_calls_later() {
    let up = lenient();
    let http = TestHttp::new(up.url());
    let folder = tempfile::tempdir().expect("a folder");
    let nil = async |args: &[&str]| nil_in(folder.path(), up, args).await;
    let failing = "export function handle(input: string): string { if (input == '{\"n\":1}') throw new Error(\"no\"); return input; }";
    deploy_with(&http, "later-cli", failing, &json!({ "maxAttempts": 1 })).await;
    let waited = nil(&["invoke", "later-cli", r#"{"a":1}"#, "--async", "--wait"]).await.expect(0);
    assert_eq!(waited.stdout.split_whitespace().collect::<String>(), r#"{"a":1}"#);
    let secret = nil(&["callback-secret", "later-cli"]).await.expect(0).stdout;
    let receiver = Receiver::start().await;
    nil(&["invoke", "later-cli", "{}", "--async", "--callback", &receiver.url()]).await.expect(0);
    eventually("it is told", SOON, async || !receiver.messages().is_empty()).await;
    receiver.messages().remove(0).check(secret.trim());

    let delayed = nil(&["invoke", "later-cli", "{}", "--async", "--delay", "3600000"]).await.expect(0).stdout;
    nil(&["cancel", delayed.trim()]).await.expect(0);
    nil(&["cancel", delayed.trim()]).await.expect(1);
    nil(&["invoke", "later-cli", "{}", "--delay", "5"]).await.expect(2);

    nil(&["invoke", "later-cli", r#"{"n":1}"#, "--async", "--wait"]).await.expect(3);
    let letters = nil(&["dead-letters", "list", "later-cli", "-o", "json"]).await.expect(0).json();
    let id = letters[0]["executionId"].as_str().expect("an id");
    assert!(nil(&["dead-letters", "list"]).await.expect(0).stdout.contains(id));
    nil(&["dead-letters", "requeue", id]).await.expect(0);
    eventually("it is dead again", SOON, async || {
        nil(&["dead-letters", "list", "later-cli", "-o", "json"]).await.expect(0).json()[0]["attempts"] == 2
    })
    .await;
    nil(&["dead-letters", "discard", id]).await.expect(0);
    nil(&["dead-letters", "discard", id]).await.expect(1);
}
