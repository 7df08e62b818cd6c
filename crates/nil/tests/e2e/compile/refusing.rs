//! A compiler whose box does not hold: every server says so, and no source is compiled.

use nil_core::{AnnouncedState, AnnouncedToolchain, CompilerAnnouncement, CompilerId, CompilerState, Language};
use nil_store::{CompilationQueue, ConnectOptions, Store};
use nil_test::{TestDatabase, TestHttp, eventually};
use serde_json::{Value, json};

use crate::{product::SOON, queued::fleet::Server};

const WHY: &str = "its sandbox does not hold: network: a program in it reached a listener outside";

fn announcement(state: CompilerState) -> CompilerAnnouncement {
    CompilerAnnouncement {
        id: CompilerId::generate(),
        host: "compilers-7".to_owned(),
        state,
        problems: if state == CompilerState::Refusing { vec![WHY.to_owned()] } else { Vec::new() },
        toolchains: vec![AnnouncedToolchain {
            language: Language::AssemblyScript,
            state: AnnouncedState::Installed,
            version: Some("assemblyscript 0".to_owned()),
            digest: Some("0".to_owned()),
            hint: None,
        }],
    }
}

async fn compilers(http: &TestHttp) -> Value {
    // Compilers are no condition for being ready: calls are answered without them.
    let ready = http.get("/ready").await.expect(200).json();
    let checks = ready["checks"].as_array().expect("checks").clone();
    checks.into_iter().find(|check| check["name"] == "compilers").expect("a check of the compilers")
}

async fn assemblyscript(http: &TestHttp) -> Value {
    let languages = http.get("/languages").await.expect(200).json();
    languages
        .as_array()
        .and_then(|all| all.iter().find(|one| one["language"] == "assemblyscript"))
        .cloned()
        .expect("it")
}

#[tokio::test]
async fn every_server_says_which_layer_is_missing() {
    let database = TestDatabase::fresh().await;
    let (one, two) = (Server::start(database.url()).await, Server::start(database.url()).await);
    let store = Store::open(&ConnectOptions::new(database.url())).expect("the URL can be read");
    let queue = CompilationQueue::new(store);
    queue.announce(&announcement(CompilerState::Refusing)).await.expect("told");
    for http in [one.http(), two.http()] {
        let check = compilers(&http).await;
        assert_eq!((&check["ok"], &check["required"]), (&json!(false), &json!(false)), "{check:#}");
        let detail = check["detail"].as_str().unwrap_or_default();
        assert!(detail.contains("compilers-7 refuses jobs") && detail.contains(WHY), "{check:#}");
        let language = assemblyscript(&http).await;
        assert_eq!(language["state"], "unserved", "{language:#}");
        assert!(language["hint"].as_str().is_some_and(|hint| hint.contains(WHY)), "{language:#}");
    }
    // Another one whose box holds: the language is served again, and the operator still hears of the first.
    queue.announce(&announcement(CompilerState::Serving)).await.expect("told");
    eventually("the language is served", SOON, async || assemblyscript(&one.http()).await["state"] == "installed")
        .await;
    assert_eq!(compilers(&two.http()).await["ok"], false);
}
