//! Healthy functions that are called, or compiled, all the time while others misbehave.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use nil_test::TestHttp;
use serde_json::json;
use tokio::task::JoinHandle;

use crate::{
    functions::{ECHO, deploy, execute},
    product::http,
};

/// No answer may take longer, on a machine that compiles and runs other tests at the same time.
const SLOWEST: Duration = Duration::from_secs(5);

/// Calls until it is asked how that went.
pub(super) struct Neighbour {
    stop: Arc<AtomicBool>,
    calls: JoinHandle<u64>,
}

impl Neighbour {
    pub(super) async fn start(name: &'static str) -> Self {
        let http = http();
        let function = deploy(&http, name, ECHO).await;
        let stop = Arc::new(AtomicBool::new(false));
        let calls = tokio::spawn(call_until(stop.clone(), http, function));
        Self { stop, calls }
    }

    /// Ends the calls; fails if one was wrong or late.
    pub(super) async fn was_well(self) {
        self.stop.store(true, Ordering::Relaxed);
        match self.calls.await {
            Ok(calls) => assert!(calls > 0, "the neighbour was never called"),
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }
}

/// Somebody who deploys one version after the other.
pub(super) struct Author {
    stop: Arc<AtomicBool>,
    versions: JoinHandle<u64>,
}

/// No version may take longer, on a machine whose other compilers are busy with hostile sources.
const SLOWEST_BUILD: Duration = Duration::from_secs(45);

impl Author {
    pub(super) fn start(name: &'static str) -> Self {
        let (http, stop) = (http(), Arc::new(AtomicBool::new(false)));
        Self { stop: stop.clone(), versions: tokio::spawn(deploy_until(stop, http, name)) }
    }

    /// Ends the deployments; fails if one did not become ready in time.
    pub(super) async fn was_well(self) {
        self.stop.store(true, Ordering::Relaxed);
        match self.versions.await {
            Ok(versions) => assert!(versions > 0, "the neighbour never had anything compiled"),
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }
}

async fn deploy_until(stop: Arc<AtomicBool>, http: TestHttp, name: &'static str) -> u64 {
    let mut versions = 0;
    let id = deploy(&http, name, ECHO).await;
    while !stop.load(Ordering::Relaxed) {
        let began = Instant::now();
        versions += 1;
        let source = format!("{ECHO}\n// version {versions}");
        http.put(&format!("/functions/{id}"), &json!({ "source": source })).await.expect(200);
        let built = http.get(&format!("/functions/{id}?waitMs=30000")).await.expect(200).json();
        assert_eq!(built["status"], "READY", "{built:#}");
        assert!(began.elapsed() < SLOWEST_BUILD, "version {versions} took {:?}", began.elapsed());
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    versions
}

async fn call_until(stop: Arc<AtomicBool>, http: TestHttp, function: String) -> u64 {
    let mut calls = 0;
    while !stop.load(Ordering::Relaxed) {
        let began = Instant::now();
        let answer = execute(&http, &function, &format!("{{\"nonce\":{calls}}}")).await.json();
        let took = began.elapsed();
        assert_eq!((&answer["status"], &answer["output"]), (&json!("COMPLETED"), &json!({ "nonce": calls })));
        assert!(took < SLOWEST, "call {calls} of the neighbour took {took:?}");
        calls += 1;
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    calls
}
