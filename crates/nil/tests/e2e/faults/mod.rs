//! `kill -9` of compiler, PostgreSQL and everything, at random moments of 200 mixed deploys and executions.
//!
//! What was acknowledged must be there afterwards, once and unmixed; what was accepted must come to its end.

mod chaos;
mod checker;
mod workload;

use std::{sync::Arc, time::SystemTime};

use nil_test::{NilUp, TestHttp, TestProcess, eventually};
use rand::{SeedableRng as _, rngs::StdRng};
use serde_json::json;

use crate::{
    cli::nil_in,
    product::{NIL, SOON},
};

const OPERATIONS: usize = 200;

/// `NIL_TEST_SEED` repeats the choices of an earlier run; without it every run makes others.
fn seed() -> u64 {
    let given = std::env::var("NIL_TEST_SEED").ok().map(|seed| seed.parse().expect("NIL_TEST_SEED is a number"));
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("a clock that is set");
    given.unwrap_or_else(|| u64::from(now.subsec_nanos()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::print_stderr, reason = "the seed is needed to repeat a run that failed")]
async fn nothing_acknowledged_is_lost() {
    let seed = seed();
    eprintln!("NIL_TEST_SEED={seed}");
    let up = NilUp::start(NIL);
    let http = TestHttp::new(up.url());
    let plan = chaos::plan(&mut StdRng::seed_from_u64(seed), OPERATIONS);
    let ledger = Arc::new(workload::Ledger::default());

    let (progress, probe) = (ledger.clone(), http.clone());
    let chaos = tokio::task::spawn_blocking(move || chaos::carry_out(up, &plan, &progress, &probe));
    workload::run(&http, &ledger, seed, OPERATIONS).await;
    let (mut up, aftermath) = chaos.await.expect("every fault was caused and survived");
    eprintln!("{aftermath}");

    checker::check(&http, &ledger).await;
    let queue = nil_in(up.folder(), &up, &["queue", "-o", "json"]).await.expect(0).json();
    assert_eq!((&queue["compilation"]["queued"], &queue["deadLetters"]), (&json!(0), &json!([])), "{queue:#}");
    let family = up.family();
    let status = tokio::task::block_in_place(|| up.interrupt());
    assert_eq!(status.code(), Some(0), "{}", up.log());
    eventually("no process is left over", SOON, async || {
        !family.iter().chain(&aftermath.killed).any(TestProcess::is_alive) && up.family().is_empty()
    })
    .await;
}
