//! Which faults happen when, and causing them.

use std::{
    fmt,
    time::{Duration, Instant},
};

use nil_test::{NilUp, TestHttp, TestProcess, eventually, try_send, within};
use rand::{Rng as _, rngs::StdRng, seq::SliceRandom as _};
use reqwest::Method;
use tokio::runtime::Handle;

use super::workload::Ledger;

/// What is killed.
#[derive(Debug, Clone, Copy)]
pub(super) enum Victim {
    Compiler,
    Postgres,
    Everything,
}

/// How often each of them is.
const TIMES: usize = 3;

/// What should come back does so in this time, on a machine that runs other tests too.
const BACK_WITHIN: Duration = Duration::from_secs(20);

/// Each fault with the number of operations that are over when it happens.
pub(super) fn plan(random: &mut StdRng, operations: usize) -> Vec<(usize, Victim)> {
    let mut victims = [[Victim::Compiler; TIMES], [Victim::Postgres; TIMES], [Victim::Everything; TIMES]].concat();
    victims.shuffle(random);
    let mut moments: Vec<usize> = victims.iter().map(|_| random.random_range(5..operations - 5)).collect();
    moments.sort_unstable();
    moments.into_iter().zip(victims).collect()
}

/// What the faults did.
pub(super) struct Aftermath {
    /// Every process that was there when something was killed.
    pub(super) killed: Vec<TestProcess>,
    recoveries: Vec<(usize, Victim, Duration)>,
}

/// Causes each fault when its moment has come. Blocks.
pub(super) fn carry_out(
    mut up: NilUp,
    plan: &[(usize, Victim)],
    progress: &Ledger,
    http: &TestHttp,
) -> (NilUp, Aftermath) {
    let runtime = Handle::current();
    let mut aftermath = Aftermath { killed: Vec::new(), recoveries: Vec::new() };
    for &(moment, victim) in plan {
        assert!(within(Duration::from_secs(120), || progress.operations_done() >= moment), "the workload is stuck");
        aftermath.killed.extend(up.family());
        let began = Instant::now();
        match victim {
            Victim::Compiler => kill_child(&up, "compiler", NilUp::compiler),
            Victim::Postgres => kill_child(&up, "postgres", NilUp::postgres),
            Victim::Everything => kill_everything(&mut up),
        }
        runtime.block_on(eventually("ready again", BACK_WITHIN, async || is_ready(http).await));
        aftermath.recoveries.push((moment, victim, began.elapsed()));
    }
    (up, aftermath)
}

/// Kills one process of the family and waits until another has taken its place.
fn kill_child(up: &NilUp, what: &str, find: impl Fn(&NilUp) -> Option<TestProcess>) {
    let mut found = None;
    within(BACK_WITHIN, || {
        found = find(up);
        found.is_some()
    });
    let Some(process) = found else { panic!("there is no {what}\n{}", up.log()) };
    process.kill9();
    let back = || find(up).is_some_and(|now| now != process);
    assert!(within(BACK_WITHIN, back), "{what} did not come back\n{}", up.log());
}

async fn is_ready(http: &TestHttp) -> bool {
    try_send(http.request(Method::GET, "/ready")).await.is_ok_and(|answer| answer.status == 200)
}

fn kill_everything(up: &mut NilUp) {
    let family = up.family();
    up.kill9();
    let gone = || !family.iter().any(TestProcess::is_alive);
    assert!(within(BACK_WITHIN, gone), "outlived `nil up`: {:#?}", up.family());
    up.start_again();
}

impl fmt::Display for Aftermath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = self.recoveries.iter().map(|(moment, victim, took)| {
            format!("after {moment} operations: killed {victim:?}, ready after {} ms", took.as_millis())
        });
        f.write_str(&lines.collect::<Vec<_>>().join("\n"))
    }
}
