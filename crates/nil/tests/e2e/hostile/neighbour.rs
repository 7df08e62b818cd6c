//! A healthy function that is called all the time while others misbehave.

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
