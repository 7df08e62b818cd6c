//! Traces: `traceparent` in and out, kept with executions, and reported to a collector.

use std::sync::{Arc, Mutex};

use axum::{Router, body::Bytes, extract::State, routing::post};
use nil_test::{Answer, TestDatabase, TestHttp, eventually, send};
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    trace::v1::{Span, span::SpanKind},
};
use prost::Message as _;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::{
    functions::{ECHO, deploy},
    product::{SOON, http},
    queued::fleet::{ADD, Server, upload},
};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

async fn call(http: &TestHttp, path: &str, parent: &str, body: &Value, headers: &[(&str, &str)]) -> Answer {
    let mut request = http.request(Method::POST, path).header("content-type", "application/json");
    request = request.header("traceparent", parent);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    send(request.body(body.to_string())).await
}

/// What a collector was sent.
#[derive(Clone, Default)]
struct Collected(Arc<Mutex<Vec<ExportTraceServiceRequest>>>);

impl Collected {
    /// A collector on a port of its own; its address.
    async fn listen() -> (Self, String) {
        let collected = Self::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let router = Router::new().route("/v1/traces", post(take)).with_state(collected.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (collected, address)
    }

    fn spans(&self) -> Vec<Span> {
        let requests = self.0.lock().expect("no test has panicked").clone();
        requests
            .into_iter()
            .flat_map(|request| request.resource_spans)
            .flat_map(|spans| spans.scope_spans)
            .flat_map(|spans| spans.spans)
            .collect()
    }

    /// The span of this name below this one.
    fn find(&self, name: &str, parent: &[u8]) -> Option<Span> {
        self.spans().into_iter().find(|span| span.name == name && span.parent_span_id == parent)
    }
}

async fn take(State(collected): State<Collected>, body: Bytes) {
    let request = ExportTraceServiceRequest::decode(body).expect("OTLP");
    collected.0.lock().expect("no test has panicked").push(request);
}

fn attribute(span: &Span, name: &str) -> String {
    let found = span.attributes.iter().find(|attribute| attribute.key == name);
    found.map_or_else(String::new, |attribute| format!("{:?}", attribute.value))
}

#[tokio::test]
async fn a_trace_is_kept_where_nobody_reports_it() {
    let http = http();
    deploy(&http, "traced", ECHO).await;
    let answer = call(&http, "/functions/traced/execute", PARENT, &json!({ "input": {} }), &[]).await.expect(200);
    assert_eq!(answer.header("traceparent"), PARENT, "there is no span of ours to continue");
    let id = answer.json()["id"].as_str().expect("an id").to_owned();
    assert_eq!(http.get(&format!("/executions/{id}")).await.expect(200).json()["traceId"], TRACE);

    let later = [("prefer", "respond-async")];
    let answer = call(&http, "/functions/traced/execute", PARENT, &json!({ "input": {} }), &later).await.expect(202);
    let execution = http.get(&format!("{}?waitMs=20000", answer.header("location"))).await.expect(200).json();
    assert_eq!((&execution["status"], &execution["traceId"]), (&json!("COMPLETED"), &json!(TRACE)), "{execution:#}");

    let untraced =
        call(&http, "/functions/traced/execute", "00-no-trace", &json!({ "input": {} }), &[]).await.expect(200);
    assert_eq!(untraced.header("traceparent"), "");
    let id = untraced.json()["id"].as_str().expect("an id").to_owned();
    assert_eq!(http.get(&format!("/executions/{id}")).await.expect(200).json()["traceId"], Value::Null);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn spans_reach_a_collector_without_payloads() {
    let (collected, endpoint) = Collected::listen().await;
    let database = TestDatabase::fresh().await;
    let env = [("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()), ("OTEL_BSP_SCHEDULE_DELAY", "100")];
    let server = Server::start_with(database.url(), &env).await;
    let http = server.http();
    upload(&http, "add", ADD, json!({})).await;
    let body = json!({ "input": { "args": [424_242, 1] } });
    let ours = 0x00f0_67aa_0ba9_02b7_u64.to_be_bytes();

    let answer = call(&http, "/functions/add/execute", PARENT, &body, &[]).await.expect(200);
    let continued = answer.header("traceparent").to_owned();
    assert!(continued.starts_with(&format!("00-{TRACE}-")) && continued != PARENT, "{continued}");
    let id = answer.json()["id"].as_str().expect("an id").to_owned();
    eventually("both spans are reported", SOON, async || {
        let request = collected.find("POST /functions/{id}/execute", &ours);
        request.is_some_and(|request| collected.find("execute", &request.span_id).is_some())
    })
    .await;
    let request = collected.find("POST /functions/{id}/execute", &ours).expect("found above");
    assert_eq!(request.kind, SpanKind::Server as i32);
    assert!(attribute(&request, "http.response.status_code").contains("200"), "{request:#?}");
    let call_span = collected.find("execute", &request.span_id).expect("found above");
    assert!(attribute(&call_span, "nil.execution.id").contains(&id), "{call_span:#?}");
    assert!(attribute(&call_span, "nil.execution.outcome").contains("completed"), "{call_span:#?}");
    assert_eq!(http.get(&format!("/executions/{id}")).await.expect(200).json()["traceId"], TRACE);

    // What runs later continues the request that asked for it.
    let later = call(&http, "/functions/add/execute", PARENT, &body, &[("prefer", "respond-async")]).await.expect(202);
    let asked = later.header("traceparent").split('-').nth(2).map(|id| u64::from_str_radix(id, 16)).expect("a span");
    let asked = asked.expect("hexadecimal").to_be_bytes();
    eventually("the later call is reported", SOON, async || collected.find("execute", &asked).is_some()).await;

    let told = format!("{:?}", collected.spans());
    assert!(!told.contains("424242"), "a payload was reported: {told}");
}
