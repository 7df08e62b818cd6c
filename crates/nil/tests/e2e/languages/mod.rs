//! How functions of each compiled language fail, log and answer in the running product. `NIL_TEST_LANGUAGES` says which
//! languages are tested; `make test-languages` installs them and sets it.

mod c;
mod cpp;
mod go;
mod python;
mod rust;
mod zig;

use nil_test::TestHttp;
use serde_json::{Value, json};

use crate::{
    functions::execute,
    product::{SOON, http},
};

/// A client for tests of `language`, or `None` when it is not asked for.
fn asked_for(language: &str) -> Option<TestHttp> {
    let asked = std::env::var("NIL_TEST_LANGUAGES").unwrap_or_default();
    if asked.split([' ', ',']).any(|name| name == language) {
        return Some(http());
    }
    eprintln!("{language}: skipped, NIL_TEST_LANGUAGES does not name it");
    None
}

/// Deploys a source that must become READY, and calls it.
async fn call(http: &TestHttp, language: &str, name: &str, source: &str, input: &str) -> Value {
    let name = format!("{language}-{name}");
    let body = json!({ "name": name, "language": language, "source": source });
    let created = http.post("/functions", &body).await.expect(201).json();
    let id = created["id"].as_str().expect("an id");
    let began = std::time::Instant::now();
    loop {
        let function = http.get(&format!("/functions/{id}?waitMs=30000")).await.expect(200).json();
        match function["status"].as_str() {
            Some("PENDING" | "COMPILING") if began.elapsed() < 2 * SOON => {}
            Some("READY") => break,
            _ => panic!("{function:#}"),
        }
    }
    execute(http, id, input).await.json()
}

/// What a call that must fail says.
async fn failure(http: &TestHttp, language: &str, name: &str, source: &str, input: &str) -> String {
    let answer = call(http, language, name, source, input).await;
    assert_eq!(answer["status"], "FAILED", "{answer:#}");
    answer["errorMessage"].as_str().expect("a message").to_owned()
}
