//! Checks over several servers, with a compiler that the test plays itself.

use std::time::Duration;

use nil_core::{CompilationVerdict, Diagnostic, Language};
use nil_store::{CheckProgress, CompilationQueue, ConnectOptions, LeasedCheck, Store};
use nil_test::{TestDatabase, TestHttp, eventually, eventually_some};
use serde_json::{Value, json};

use crate::{product::SOON, queued::fleet::Server};

const HELD: Duration = Duration::from_secs(30);

struct Compiler {
    store: Store,
    queue: CompilationQueue,
}

impl Compiler {
    fn new(database: &TestDatabase) -> Self {
        let store = Store::open(&ConnectOptions::new(database.url())).expect("the URL can be read");
        Self { queue: CompilationQueue::new(store.clone()), store }
    }

    async fn next(&self, held: Duration) -> LeasedCheck {
        eventually_some("a check is there", SOON, async || {
            self.queue.lease_checks(Language::AssemblyScript, 1, held).await.expect("the database answers").pop()
        })
        .await
    }

    async fn answer(&self, check: &LeasedCheck) -> bool {
        let message = format!("about {}", check.request.source);
        let verdict = CompilationVerdict::Failed {
            compile_error: message.clone(),
            diagnostics: vec![Diagnostic::error(message)],
        };
        self.queue.answer_check(check.lease, &verdict).await.expect("the database answers")
    }

    async fn is_gone(&self, check: &LeasedCheck) -> bool {
        self.store.check_progress(check.lease.id).await.expect("the database answers") == CheckProgress::Gone
    }
}

fn ask(http: TestHttp, source: &str) -> tokio::task::JoinHandle<Value> {
    let body = json!({ "language": "assemblyscript", "source": source });
    tokio::spawn(async move { http.post("/compile", &body).await.expect(200).json() })
}

#[tokio::test]
async fn every_server_gets_its_own_answers_and_leaves_nothing() {
    let database = TestDatabase::fresh().await;
    let (one, two) = (Server::start(database.url()).await, Server::start(database.url()).await);
    let compiler = Compiler::new(&database);
    let asked = [ask(one.http(), "first"), ask(two.http(), "second"), ask(one.http(), "third")];
    let mut checks = Vec::new();
    for _ in 0..3 {
        checks.push(compiler.next(HELD).await);
    }
    // Not in the order they were asked.
    for check in checks.iter().rev() {
        assert!(compiler.answer(check).await);
    }
    for (answer, source) in asked.into_iter().zip(["first", "second", "third"]) {
        let answer = answer.await.expect("an answer");
        assert_eq!(answer["diagnostics"][0]["message"], format!("about {source}"), "{answer:#}");
    }
    eventually("nothing is left", SOON, async || {
        let mut gone = true;
        for check in &checks {
            gone &= compiler.is_gone(check).await;
        }
        gone
    })
    .await;
}

#[tokio::test]
async fn who_goes_away_takes_the_check_along() {
    let database = TestDatabase::fresh().await;
    let server = Server::start(database.url()).await;
    let compiler = Compiler::new(&database);
    let asked = ask(server.http(), "forgotten");
    let check = compiler.next(HELD).await;
    assert!(compiler.queue.renew_check(check.lease, HELD).await.expect("the database answers"));
    asked.abort();
    eventually("the check is gone", SOON, async || compiler.is_gone(&check).await).await;
    assert!(!compiler.queue.renew_check(check.lease, HELD).await.expect("the database answers"), "the lease is lost");
    assert!(!compiler.answer(&check).await, "nobody waits");
}

#[tokio::test]
async fn a_lost_compiler_is_replaced_and_its_answer_refused() {
    let database = TestDatabase::fresh().await;
    let server = Server::start(database.url()).await;
    let compiler = Compiler::new(&database);
    let asked = ask(server.http(), "twice");
    let lost = compiler.next(Duration::from_millis(200)).await;
    let again = compiler.next(HELD).await;
    assert_eq!((lost.lease.id, again.lease.attempt), (again.lease.id, 2));
    assert!(!compiler.answer(&lost).await, "its lease is over");
    let late = CompilationVerdict::DeadLettered { compile_error: "too late".to_owned() };
    assert!(!compiler.queue.answer_check(lost.lease, &late).await.expect("the database answers"));
    assert!(compiler.answer(&again).await);
    assert_eq!(asked.await.expect("an answer")["diagnostics"][0]["message"], "about twice");
}
