//! A compiler that is killed in the middle of a job: the job goes to another. (Of checks: `compile/fleet.rs`.)

use std::{fmt::Write as _, time::Duration};

use nil_test::{NilUp, TestHttp, TestProcess, eventually};
use serde_json::json;

use crate::{
    functions::{ECHO, deploy, execute},
    product::{NIL, SOON},
};

/// Another compiler starts and warms up, the lease runs out, and everything is compiled again.
const AGAIN: Duration = Duration::from_secs(150);

/// Takes its compiler some seconds.
fn slow() -> String {
    const FUNCTIONS: usize = 1_500;
    let names: Vec<String> = (0..FUNCTIONS).map(|n| format!("f{n}")).collect();
    let mut source = format!(
        "const all: ((a: i32) => i32)[] = [{}];\n\
         export function handle(input: string): string {{ return all[input.length](2).toString(); }}",
        names.join(", ")
    );
    for n in 0..FUNCTIONS {
        let _ = write!(
            source,
            "\nfunction f{n}(a: i32): i32 {{ let s = {n}; for (let i = 0; i < a; i++) s = s * 31 + i % {}; return s; }}",
            n + 2
        );
    }
    source
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_outlives_its_compiler() {
    let up = NilUp::start(NIL);
    let http = TestHttp::new(up.url());
    let echo = deploy(&http, "echo", ECHO).await;
    let body = json!({ "name": "slow", "language": "assemblyscript", "source": slow() });
    http.post("/functions", &body).await.expect(201);
    eventually("it is being compiled", SOON, async || {
        http.get("/functions/slow").await.expect(200).json()["status"] == "COMPILING"
    })
    .await;
    let compiler = up.compiler().expect("a compiler");
    let family: Vec<TestProcess> = up.family().into_iter().filter(|one| one.command.contains("worker")).collect();
    compiler.kill9();
    assert_eq!(execute(&http, &echo, "{\"n\":1}").await.json()["output"], json!({ "n": 1 }), "calls go on");
    eventually("it is built all the same", AGAIN, async || {
        let function = http.get("/functions/slow?waitMs=1000").await.expect(200).json();
        assert_ne!(function["status"], "FAILED", "{function:#}");
        function["status"] == "READY"
    })
    .await;
    assert!(up.compiler().is_some_and(|now| now != compiler), "another compiler");
    assert!(!family.iter().any(TestProcess::is_alive), "its workers went with it");
    let queue = http.get("/queue").await.expect(200).json();
    assert_eq!((&queue["compilation"]["queued"], &queue["deadLetters"]), (&json!(0), &json!([])), "{queue:#}");
}
