//! Saved examples, and the gate that lets only versions through that pass them.

use std::fs;

use nil_test::TestHttp;
use serde_json::{Value, json};

use super::{answering, change, live, says};
use crate::{
    cli::nil_in,
    functions::{build, deploy, verdict},
    product::{http, shared},
};

async fn save(http: &TestHttp, name: &str, example: &str, output: &Value) {
    let body = json!({ "input": {}, "output": output });
    http.put(&format!("/functions/{name}/examples/{example}"), &body).await.expect(200);
}

#[tokio::test]
async fn examples_are_saved_and_run_against_any_version() {
    let http = http();
    deploy(&http, "tried", &answering("one")).await;
    change(&http, "tried", &json!({ "source": answering("two") })).await;
    save(&http, "tried", "first", &json!({ "says": "two" })).await;
    save(&http, "tried", "second", &json!({ "says": "one" })).await;
    let listed = http.get("/functions/tried/examples").await.expect(200).json();
    assert_eq!(listed[0], json!({ "name": "first", "input": {}, "output": { "says": "two" } }));
    let results = http.post("/functions/tried/examples/run", &json!({})).await.expect(200).json();
    assert_eq!(
        results,
        json!([
            { "name": "second", "passed": false, "input": {}, "expected": { "says": "one" }, "output": { "says": "two" } },
            { "name": "first", "passed": true },
        ])
    );
    let results = http.post("/functions/tried/examples/run", &json!({ "version": 1 })).await.expect(200).json();
    assert_eq!((&results[0]["name"], &results[0]["passed"]), (&json!("first"), &json!(false)));
    http.post("/functions/tried/examples/run", &json!({ "version": 9 })).await.expect(404);
    let bad = json!({ "input": [1], "output": 1 });
    http.put("/functions/tried/examples/bad", &bad).await.expect(422);
    http.put("/functions/tried/examples/bad", &json!({ "input": {} })).await.expect(400);
    http.put("/functions/tried/examples/a%20b", &json!({ "output": 1 })).await.expect(400);
    http.delete("/functions/tried/examples/second").await.expect(204);
    http.delete("/functions/tried/examples/second").await.expect(404);

    let folder = tempfile::TempDir::new().expect("a folder");
    let ran = nil_in(folder.path(), shared(), &["examples", "tried"]).await.expect(0);
    assert_eq!(ran.stdout, "passed  first\n");
    let ran = nil_in(folder.path(), shared(), &["examples", "tried", "--version", "1"]).await.expect(6);
    assert!(
        ran.stdout.contains("failed  first\n        input     {}\n        expected  {\"says\":\"two\"}\n"),
        "{}",
        ran.stdout
    );
    // Nothing of it is in the record.
    assert_eq!(http.get("/functions/tried/executions").await.expect(200).json(), json!([]));
}

#[tokio::test]
async fn a_gated_version_goes_live_only_if_it_passes() {
    let http = http();
    let body = json!({
        "name": "gated", "language": "assemblyscript", "source": answering("one"), "settings": { "gate": true },
        "examples": { "greets": { "input": {}, "output": { "says": "one" } } },
    });
    http.post("/functions", &body).await.expect(201);
    let function = verdict(&http, "gated").await;
    assert_eq!((&function["liveVersion"], &function["gate"]["passed"]), (&json!(1), &json!(true)), "{function:#}");

    let function = change(&http, "gated", &json!({ "source": answering("two") })).await;
    assert_eq!((&function["status"], &function["liveVersion"]), (&json!("READY"), &json!(1)), "{function:#}");
    let version = http.get("/functions/gated/versions/2").await.expect(200).json();
    assert_eq!(version["gate"]["passed"], false);
    assert_eq!(
        version["gate"]["examples"],
        json!([{ "name": "greets", "passed": false, "input": {}, "expected": { "says": "one" }, "output": { "says": "two" } }])
    );
    assert_eq!(says(&http, "gated").await, ("one".to_owned(), 1));
    // It can be tried all the same, and somebody may overrule the gate.
    assert_eq!(says(&http, "gated@2").await, ("two".to_owned(), 2));

    // An example that does not end, and one that fails, are failures that say why.
    let endless = "export function handle(input: string): string { while (true) {} return input; }";
    let settings = json!({ "gate": true, "timeoutMs": 50 });
    let function = change(&http, "gated", &json!({ "source": endless, "settings": settings })).await;
    assert_eq!((&function["status"], &function["liveVersion"]), (&json!("READY"), &json!(1)));
    let message = function["gate"]["examples"][0]["errorMessage"].as_str().expect("a message");
    assert!(message.contains("50 ms"), "{message}");

    // With the example it was made for, a source that was built before is judged anew.
    let change_both = json!({
        "source": answering("two"), "settings": { "gate": true },
        "examples": { "greets": { "input": {}, "output": { "says": "two" } } },
    });
    let function = change(&http, "gated", &change_both).await;
    assert_eq!((&function["version"], &function["liveVersion"]), (&json!(4), &json!(4)), "{function:#}");
}

#[tokio::test]
async fn a_first_version_that_does_not_pass_is_not_called() {
    let http = http();
    let function = build(&http, "gated-first", &answering("one"), &json!({ "gate": true })).await;
    assert_eq!(function["liveVersion"], 1, "without examples there is nothing to pass");
    http.delete("/functions/gated-first").await.expect(204);
    let body = json!({
        "name": "gated-first", "language": "assemblyscript", "source": answering("one"), "settings": { "gate": true },
        "examples": { "never": { "output": 1 } },
    });
    http.post("/functions", &body).await.expect(201);
    assert_eq!(verdict(&http, "gated-first").await["liveVersion"], Value::Null);
    let refused = http.post("/functions/gated-first/execute", &json!({})).await.expect(400).json();
    assert!(refused["detail"].as_str().is_some_and(|detail| detail.contains("examples")), "{refused:#}");
    http.post("/functions/gated-first/rollback", &json!({ "to": 1 })).await.expect(200);
    assert_eq!(says(&http, "gated-first").await, ("one".to_owned(), 1));
}

#[tokio::test]
async fn a_deploy_that_does_not_pass_shows_the_example_and_its_own_exit_code() {
    let http = http();
    deploy(&http, "gated-cli", &answering("one")).await;
    http.put("/functions/gated-cli", &json!({ "settings": { "gate": true } })).await.expect(200);
    save(&http, "gated-cli", "greets", &json!({ "says": "one" })).await;
    let folder = tempfile::TempDir::new().expect("a folder");
    fs::write(folder.path().join("gated-cli.ts"), answering("two")).expect("written");
    let deployed = nil_in(folder.path(), shared(), &["deploy", "gated-cli.ts"]).await.expect(6);
    assert!(deployed.stdout.starts_with("gated-cli  v3  READY"), "{}", deployed.stdout);
    for part in [
        "failed  greets\n",
        "expected  {\"says\":\"one\"}\n",
        "got       {\"says\":\"two\"}\n",
        "answers calls",
        "is not live",
    ] {
        assert!(deployed.stderr.contains(part), "{part}: {}", deployed.stderr);
    }
    assert_eq!(live(&http, "gated-cli").await, 2);
}
