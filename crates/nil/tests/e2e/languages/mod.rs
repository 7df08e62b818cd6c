//! How functions of each compiled language fail, log and answer in the running product. `NIL_TEST_LANGUAGES` says which
//! languages are tested; `make test-languages` installs them and sets it.

mod c;
mod cpp;
mod go;
mod python;
mod rust;
mod zig;

use nil_test::TestHttp;
use serde_json::Value;

use crate::{
    functions::{build_in, execute},
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
    let building = tokio::time::timeout(2 * SOON, build_in(http, &name, language, source));
    let function = building.await.expect("a verdict");
    assert_eq!(function["status"], "READY", "{function:#}");
    execute(http, &name, input).await.json()
}

/// What a call that must fail says.
async fn failure(http: &TestHttp, language: &str, name: &str, source: &str, input: &str) -> String {
    let answer = call(http, language, name, source, input).await;
    assert_eq!(answer["status"], "FAILED", "{answer:#}");
    answer["errorMessage"].as_str().expect("a message").to_owned()
}
