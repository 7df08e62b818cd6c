//! What the runtime's tests share: guests from text, a clock and randomness that stand still, a neighbour.

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::SeqCst},
    },
    thread,
    time::{Duration, Instant},
};

use nil_core::ExecutionLimits;
use nil_runtime::{
    Call, Execution, HostClock, HostRandom, LiveFunction, LoadRequest, Outcome, OutputMode, PublishLimits, Published,
    Runtime, RuntimeConfig,
};
pub(crate) use nil_test::{assemble, guest_cases as cases_dir};

/// Time stands still.
pub(crate) struct FixedClock;

impl HostClock for FixedClock {
    fn unix_ms(&self) -> f64 {
        1_750_000_000_000.0
    }

    fn since(&self, _started: Instant) -> Duration {
        Duration::ZERO
    }
}

/// Every number is the same.
pub(crate) struct FixedRandom;

impl HostRandom for FixedRandom {
    fn next_u64(&self) -> u64 {
        1 << 63
    }
}

/// A runtime with few sandboxes, a clock and randomness that stand still.
pub(crate) fn runtime() -> Runtime {
    Runtime::new(RuntimeConfig {
        slots: 32,
        clock: Arc::new(FixedClock),
        random: Arc::new(FixedRandom),
        ..RuntimeConfig::default()
    })
    .expect("a runtime")
}

/// Publishes and loads a guest.
pub(crate) fn publish_and_load(
    runtime: &Runtime,
    wasm: &[u8],
    limits: &PublishLimits,
) -> (Published, Arc<LiveFunction>) {
    let published = runtime.publish(wasm, limits).unwrap_or_else(|error| panic!("not published: {error}"));
    let mut request =
        LoadRequest { wasm_digest: published.wasm_digest, wasm: &mut || Ok(published.wasm.clone()), limits };
    let live = runtime.load(&mut request).expect("a live function");
    (published, live)
}

/// One call for JSON under default limits.
pub(crate) fn execute(runtime: &Runtime, live: &LiveFunction, input: &str) -> Execution {
    let limits = ExecutionLimits::default();
    let call = Call { input, limits: &limits, output_mode: OutputMode::Json, cold: false, variables: None };
    runtime.execute(live, &call)
}

/// A healthy function that is called without pause, from a thread of its own, and must answer correctly.
pub(crate) struct Neighbour {
    answers: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Neighbour {
    /// Moves in.
    pub(crate) fn start(runtime: &Runtime) -> Self {
        let wasm = assemble(&fs::read_to_string(cases_dir().join("echo/module.wat")).expect("the echo module"));
        let (_, live) = publish_and_load(runtime, &wasm, &PublishLimits::default());
        let answers = Arc::new(AtomicU64::new(0));
        let stop = Arc::new(AtomicBool::new(false));
        let (runtime, counted, told) = (runtime.clone(), Arc::clone(&answers), Arc::clone(&stop));
        let thread = thread::spawn(move || {
            while !told.load(SeqCst) {
                let input = format!(r#"{{"call":{}}}"#, counted.load(SeqCst));
                match execute(&runtime, &live, &input).outcome {
                    Outcome::Completed { output } => assert_eq!(output, input, "the neighbour got another's answer"),
                    Outcome::Failed(failure) => panic!("the neighbour failed: {}", failure.message()),
                }
                counted.fetch_add(1, SeqCst);
            }
        });
        Self { answers, stop, thread: Some(thread) }
    }

    /// Waits until it has answered once more than now.
    pub(crate) fn must_answer(&self) {
        let before = self.answers.load(SeqCst);
        let deadline = Instant::now() + Duration::from_secs(10);
        while self.answers.load(SeqCst) <= before {
            let alive = self.thread.as_ref().is_some_and(|thread| !thread.is_finished());
            assert!(alive, "the neighbour has stopped answering");
            assert!(Instant::now() < deadline, "the neighbour does not answer within 10 s");
            thread::yield_now();
        }
    }

    /// Moves out; fails if it ever got a wrong answer.
    pub(crate) fn stop(mut self) {
        self.stop.store(true, SeqCst);
        if let Some(thread) = self.thread.take() {
            thread.join().expect("the neighbour was harmed");
        }
    }
}
