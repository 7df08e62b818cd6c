//! Clients that deploy and execute, try again until they are answered, and write down what they were promised.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use nil_test::{Answer, TestHttp, try_send};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::functions::raw;

const CLIENTS: usize = 4;

/// Every this many operations is a deployment, on average.
const DEPLOY_EVERY: u32 = 4;

/// How long a client waits for a function that is being built before it calls another one.
const BUILT_WITHIN_MS: u64 = 400;

/// A client that is not answered in this time gives up, and the test with it.
const PATIENCE: Duration = Duration::from_secs(90);

/// A function as it was last acknowledged.
#[derive(Debug, Clone)]
pub(super) struct Deployed {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) revision: u32,
}

/// An execution that was answered.
#[derive(Debug)]
pub(super) struct Executed {
    pub(super) id: String,
    pub(super) function_id: String,
    pub(super) nonce: u64,
    /// As it came, byte for byte.
    pub(super) output: String,
}

/// All promises.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    done: AtomicUsize,
    pub(super) functions: Mutex<Vec<Deployed>>,
    pub(super) executions: Mutex<Vec<Executed>>,
}

impl Ledger {
    pub(super) fn operations_done(&self) -> usize {
        self.done.load(Ordering::Relaxed)
    }

    fn acknowledge(&self, deployed: Deployed) {
        let mut functions = self.functions.lock().expect("no client has panicked");
        match functions.iter_mut().find(|function| function.id == deployed.id) {
            Some(known) => *known = deployed,
            None => functions.push(deployed),
        }
    }
}

/// A source that tells which function and which of its revisions answered, and to what.
pub(super) fn source(name: &str, revision: u32) -> String {
    format!(
        "export function handle(input: string): string {{
  return '{{\"function\":\"{name}\",\"revision\":{revision},\"input\":' + input + '}}';
}}"
    )
}

/// Runs all operations, spread over the clients.
pub(super) async fn run(http: &TestHttp, ledger: &Arc<Ledger>, seed: u64, operations: usize) {
    let clients: Vec<_> = (0..CLIENTS)
        .map(|number| {
            let random = StdRng::seed_from_u64(seed.wrapping_add(number as u64 + 1));
            let client = Client { number, http: http.clone(), ledger: ledger.clone(), random, own: Vec::new() };
            tokio::spawn(client.run(operations / CLIENTS))
        })
        .collect();
    for client in clients {
        if let Err(error) = client.await {
            std::panic::resume_unwind(error.into_panic());
        }
    }
}

struct Client {
    number: usize,
    http: TestHttp,
    ledger: Arc<Ledger>,
    random: StdRng,
    /// Functions only this client changes, so that it knows which revision is the last.
    own: Vec<Deployed>,
}

impl Client {
    async fn run(mut self, operations: usize) {
        self.deploy().await;
        while !self.is_built(&self.own[0], 10_000).await {}
        for _ in 0..operations {
            if self.random.random_ratio(1, DEPLOY_EVERY) {
                self.deploy().await;
            } else {
                self.execute().await;
            }
            self.ledger.done.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// A new function, or a new revision of one of this client's.
    async fn deploy(&mut self) {
        if self.own.len() > 1 && self.random.random_bool(0.5) {
            let index = self.random.random_range(0..self.own.len());
            let function = &mut self.own[index];
            function.revision += 1;
            let body = json!({ "source": source(&function.name, function.revision) });
            let path = format!("/functions/{}", function.id);
            let (answer, _) = insist(|| with_body(&self.http, Method::PUT, &path, &body)).await;
            answer.expect(200);
            self.ledger.acknowledge(function.clone());
            return;
        }
        let name = format!("f-{}-{}", self.number, self.own.len());
        let body = json!({ "name": name, "language": "assemblyscript", "source": source(&name, 1) });
        let (answer, tries) = insist(|| with_body(&self.http, Method::POST, "/functions", &body)).await;
        let created = if answer.status == 409 && tries > 1 {
            // An earlier try was carried out, only its answer was lost.
            let path = format!("/functions/{name}");
            insist(|| self.http.request(Method::GET, &path)).await.0.expect(200)
        } else {
            answer.expect(201)
        };
        let id = created.json()["id"].as_str().expect("an id").to_owned();
        let function = Deployed { id, name, revision: 1 };
        self.ledger.acknowledge(function.clone());
        self.own.push(function);
    }

    async fn is_built(&self, function: &Deployed, wait_ms: u64) -> bool {
        let path = format!("/functions/{}?waitMs={wait_ms}", function.id);
        let (answer, _) = insist(|| self.http.request(Method::GET, &path)).await;
        !answer.expect(200).json()["liveVersion"].is_null()
    }

    /// Anybody's function, if it can be called soon, or else this client's first.
    async fn some_function(&mut self) -> Deployed {
        let function = {
            let functions = self.ledger.functions.lock().expect("no client has panicked");
            functions[self.random.random_range(0..functions.len())].clone()
        };
        if self.is_built(&function, BUILT_WITHIN_MS).await { function } else { self.own[0].clone() }
    }

    async fn execute(&mut self) {
        let function = self.some_function().await;
        let nonce: u64 = self.random.random();
        let body = json!({ "input": { "nonce": nonce } });
        let path = format!("/functions/{}/execute", function.id);
        let (answer, _) = insist(|| with_body(&self.http, Method::POST, &path, &body)).await;
        let answer = answer.expect(200);
        let result: Value = answer.json();
        assert_eq!(result["status"], "COMPLETED", "{result:#}");
        assert_eq!(result["functionId"], *function.id, "another function's answer");
        assert_eq!(result["output"]["function"], *function.name, "another function's output");
        assert_eq!(result["output"]["input"]["nonce"], nonce, "another execution's output");
        self.ledger.executions.lock().expect("no client has panicked").push(Executed {
            id: result["id"].as_str().expect("an id").to_owned(),
            function_id: function.id,
            nonce,
            output: raw(&answer.text, "output").to_owned(),
        });
    }
}

fn with_body(http: &TestHttp, method: Method, path: &str, body: &Value) -> RequestBuilder {
    http.request(method, path).header("content-type", "application/json").body(body.to_string())
}

/// Tries until there is an answer that is not "try again", and says how many tries it took.
async fn insist(request: impl Fn() -> RequestBuilder) -> (Answer, u32) {
    let end = Instant::now() + PATIENCE;
    let mut tries = 0;
    loop {
        tries += 1;
        let last = match try_send(request()).await {
            Ok(answer) if !matches!(answer.status, 429 | 503) => return (answer, tries),
            Ok(answer) => {
                assert_ne!(answer.header("retry-after"), "", "{}", answer.text);
                answer.text
            }
            Err(error) => format!("{error:?}"),
        };
        assert!(Instant::now() < end, "no answer within {PATIENCE:?}; the last one: {last}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
