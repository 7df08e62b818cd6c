//! The job loop over a queue in memory and a toolchain without processes. Time is simulated: it jumps to the
//! next timer whenever everybody waits.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use nil_core::{
    CompilationJob, CompilationReport, CompilationVerdict, CompileLimits, DeadLetterReason, FunctionId, Language,
    ToolchainInfo, VersionId,
};
use tokio::{sync::Notify, task::JoinHandle, time::sleep};
use tokio_util::sync::CancellationToken;

use super::{CompilerService, Drained, Held, JobSource, LeaseRequest, Leased, ServiceOptions};
use crate::toolchain::{BoxFuture, CompileFailure, CompileRequest, Compiled, Toolchain};

#[derive(Debug, Default)]
struct Queue {
    waiting: Mutex<VecDeque<Leased<String>>>,
    arrived: Notify,
    /// What the loop told the queue, in order.
    told: Mutex<Vec<String>>,
    lease_lost: AtomicBool,
    down: AtomicBool,
}

#[derive(Debug, thiserror::Error)]
#[error("connection refused")]
struct Down;

impl Queue {
    /// Puts in a job whose source says what the toolchain does.
    fn put(&self, source: &str, attempt: u32) {
        let job = CompilationJob {
            version_id: VersionId::generate(),
            function_id: FunctionId::generate(),
            function_name: "f".to_owned(),
            language: Language::AssemblyScript,
            source: source.to_owned(),
            files: nil_core::SourceFiles::default(),
            limits: CompileLimits::default(),
        };
        let leased = Leased { lease: source.to_owned(), job, attempt, last_error: None };
        self.waiting.lock().expect("unpoisoned").push_back(leased);
        self.arrived.notify_one();
    }

    fn told(&self) -> Vec<String> {
        self.told.lock().expect("unpoisoned").clone()
    }

    fn hear(&self, what: String) -> Result<Held, Down> {
        if self.down.load(Ordering::SeqCst) {
            return Err(Down);
        }
        if self.lease_lost.load(Ordering::SeqCst) {
            return Ok(Held::Lost);
        }
        self.told.lock().expect("unpoisoned").push(what);
        Ok(Held::Yes)
    }
}

#[derive(Debug, Clone)]
struct Shared(Arc<Queue>);

impl JobSource for Shared {
    type Lease = String;
    type Error = Down;

    async fn provide(&self, _report: &CompilationReport) -> Result<(), Down> {
        self.0.hear("runtime".to_owned()).map(drop)
    }

    async fn lease(&self, request: LeaseRequest, stop: &CancellationToken) -> Result<Vec<Leased<String>>, Down> {
        loop {
            if self.0.down.load(Ordering::SeqCst) {
                return Err(Down);
            }
            {
                let mut waiting = self.0.waiting.lock().expect("unpoisoned");
                let count = request.max.min(waiting.len());
                if count > 0 {
                    return Ok(waiting.drain(..count).collect());
                }
            }
            tokio::select! {
                () = self.0.arrived.notified() => {}
                () = stop.cancelled() => return Ok(Vec::new()),
                () = sleep(request.wait) => return Ok(Vec::new()),
            }
        }
    }

    async fn started(&self, lease: &String, _: &CompilationReport) -> Result<Held, Down> {
        self.0.hear(format!("started {lease}"))
    }

    async fn renew(&self, lease: &String, _: Duration) -> Result<Held, Down> {
        self.0.hear(format!("renewed {lease}"))
    }

    async fn finish(&self, lease: &String, report: &CompilationReport) -> Result<Held, Down> {
        let CompilationReport::Finished { verdict, .. } = report else { panic!("{report:?}") };
        let verdict = match verdict {
            CompilationVerdict::Compiled(_) => "compiled",
            CompilationVerdict::Failed { compile_error, .. } => compile_error,
            CompilationVerdict::DeadLettered { .. } => panic!("parked through finish"),
        };
        self.0.hear(format!("finished {lease}: {verdict}"))
    }

    async fn release(&self, lease: &String, delay: Duration, error: &str) -> Result<Held, Down> {
        self.0.hear(format!("released {lease} for {} s: {error}", delay.as_secs()))
    }

    async fn dead_letter(
        &self,
        lease: &String,
        reason: &DeadLetterReason,
        report: &CompilationReport,
    ) -> Result<Held, Down> {
        let verdict =
            matches!(report, CompilationReport::Finished { verdict: CompilationVerdict::DeadLettered { .. }, .. });
        assert!(verdict, "{report:?}");
        self.0.hear(format!("parked {lease} after {}: {}", reason.attempts, reason.last_error))
    }
}

/// Compiles `wait <ms>` after that time, fails `reject` and `broken`, and counts what runs.
#[derive(Debug, Default)]
struct Script {
    running: AtomicUsize,
    most_running: AtomicUsize,
    abandoned: AtomicUsize,
    warm: AtomicBool,
    became_warm: Notify,
}

struct Running<'a> {
    script: &'a Script,
    done: bool,
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.script.running.fetch_sub(1, Ordering::SeqCst);
        self.script.abandoned.fetch_add(usize::from(!self.done), Ordering::SeqCst);
    }
}

impl Script {
    async fn play(&self, source: &str) -> Result<Compiled, CompileFailure> {
        let now = self.running.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_running.fetch_max(now, Ordering::SeqCst);
        let mut running = Running { script: self, done: false };
        let (verb, argument) = source.split_once(' ').unwrap_or((source, "0"));
        sleep(Duration::from_millis(argument.parse().expect("milliseconds"))).await;
        running.done = true;
        match verb {
            "wait" => Ok(Compiled { wasm: b"\0asm".to_vec(), diagnostics: Vec::new(), compile_ms: 1 }),
            "reject" => {
                Err(CompileFailure::Rejected { compile_error: "no handle".to_owned(), diagnostics: Vec::new() })
            }
            "broken" => Err(CompileFailure::Machine { reason: "no worker".to_owned() }),
            other => panic!("{other}"),
        }
    }
}

impl Toolchain for Script {
    fn language(&self) -> Language {
        Language::AssemblyScript
    }

    fn info(&self) -> ToolchainInfo {
        ToolchainInfo { language: Language::AssemblyScript, version: "script 1".to_owned(), digest: String::new() }
    }

    fn workers(&self) -> usize {
        2
    }

    fn ready(&self) -> BoxFuture<'_, usize> {
        Box::pin(async {
            while !self.warm.load(Ordering::SeqCst) {
                self.became_warm.notified().await;
            }
            2
        })
    }

    fn compile(&self, request: CompileRequest) -> BoxFuture<'_, Result<Compiled, CompileFailure>> {
        Box::pin(async move { self.play(&request.source).await })
    }

    fn stop(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {})
    }
}

struct Stage {
    queue: Arc<Queue>,
    script: Arc<Script>,
    shutdown: CancellationToken,
    service: JoinHandle<Drained>,
}

impl Stage {
    fn new() -> Self {
        let stage = Self::cold();
        stage.warm_up();
        stage
    }

    fn cold() -> Self {
        let queue = Arc::<Queue>::default();
        let script = Arc::<Script>::default();
        let shutdown = CancellationToken::new();
        let toolchain: Arc<dyn Toolchain> = Arc::clone(&script) as _;
        let service = CompilerService::new(Shared(Arc::clone(&queue)), vec![toolchain], ServiceOptions::default());
        let service = tokio::spawn(service.run(shutdown.clone()));
        Self { queue, script, shutdown, service }
    }

    fn warm_up(&self) {
        self.script.warm.store(true, Ordering::SeqCst);
        self.script.became_warm.notify_one();
    }

    /// Lets simulated time pass.
    async fn after(&self, milliseconds: u64) -> Vec<String> {
        sleep(Duration::from_millis(milliseconds)).await;
        self.queue.told()
    }

    async fn stop(self) -> Drained {
        self.shutdown.cancel();
        self.service.await.expect("the service ends")
    }
}

#[tokio::test(start_paused = true)]
async fn a_verdict_follows_the_start() {
    let stage = Stage::new();
    stage.queue.put("wait 100", 1);
    stage.queue.put("reject 200", 1);
    let told = stage.after(1000).await;
    assert_eq!(
        told,
        ["started wait 100", "started reject 200", "finished wait 100: compiled", "finished reject 200: no handle"]
    );
    assert_eq!(stage.stop().await, Drained { finished: 2, released: 0 });
}

#[tokio::test(start_paused = true)]
async fn no_more_jobs_are_leased_than_workers_are_free() {
    let stage = Stage::new();
    for _ in 0..5 {
        stage.queue.put("wait 1000", 1);
    }
    stage.after(500).await;
    assert_eq!(stage.queue.waiting.lock().expect("unpoisoned").len(), 3, "the others stay for other compilers");
    stage.after(5000).await;
    assert_eq!(stage.script.most_running.load(Ordering::SeqCst), 2);
    assert_eq!(stage.stop().await, Drained { finished: 5, released: 0 });
}

#[tokio::test(start_paused = true)]
async fn a_toolchain_that_is_not_warm_takes_no_job() {
    let stage = Stage::cold();
    stage.queue.put("wait 0", 1);
    assert!(stage.after(60_000).await.is_empty());
    assert_eq!(stage.queue.waiting.lock().expect("unpoisoned").len(), 1);
    stage.warm_up();
    assert_eq!(stage.after(100).await.last().map(String::as_str), Some("finished wait 0: compiled"));
}

#[tokio::test(start_paused = true)]
async fn a_long_job_keeps_its_lease() {
    let stage = Stage::new();
    stage.queue.put("wait 21000", 1);
    let told = stage.after(30_000).await;
    let renewals = told.iter().filter(|what| what.starts_with("renewed")).count();
    assert_eq!(renewals, 4, "every third of 15 s: {told:?}");
    assert_eq!(told.last().map(String::as_str), Some("finished wait 21000: compiled"));
}

#[tokio::test(start_paused = true)]
async fn a_lost_lease_abandons_the_job_in_silence() {
    let stage = Stage::new();
    stage.queue.put("wait 50000", 1);
    stage.after(1000).await;
    stage.queue.lease_lost.store(true, Ordering::SeqCst);
    assert_eq!(stage.after(6000).await, ["started wait 50000"]);
    assert_eq!(stage.script.abandoned.load(Ordering::SeqCst), 1);
    assert_eq!(stage.stop().await, Drained::default());
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_is_lost_at_once_is_not_worked_on() {
    let stage = Stage::new();
    stage.queue.lease_lost.store(true, Ordering::SeqCst);
    stage.queue.put("wait 4000", 1);
    assert!(stage.after(100).await.is_empty());
    assert_eq!(stage.script.running.load(Ordering::SeqCst), 0);
}

#[tokio::test(start_paused = true)]
async fn a_broken_machine_means_another_try_and_then_a_dead_letter() {
    let stage = Stage::new();
    stage.queue.put("broken 1", 2);
    stage.queue.put("broken 2", 4);
    stage.queue.put("wait 7", 5);
    let told = stage.after(1000).await;
    assert!(told.contains(&"released broken 1 for 2 s: no worker".to_owned()), "{told:?}");
    assert!(told.contains(&"parked broken 2 after 4: no worker".to_owned()), "{told:?}");
    let vanished = "parked wait 7 after 4: the compiler service vanished while it worked on the job";
    assert!(told.contains(&vanished.to_owned()), "{told:?}");
    assert!(!told.contains(&"started wait 7".to_owned()), "it is not tried again: {told:?}");
}

#[tokio::test(start_paused = true)]
async fn a_stop_lets_short_jobs_finish_and_gives_long_ones_back() {
    let stage = Stage::new();
    stage.queue.put("wait 5000", 1);
    stage.queue.put("wait 60000", 1);
    stage.after(1000).await;
    stage.queue.put("wait 1", 1);
    let queue = Arc::clone(&stage.queue);
    let script = Arc::clone(&stage.script);
    assert_eq!(stage.stop().await, Drained { finished: 1, released: 1 });
    let told = queue.told();
    assert!(told.contains(&"finished wait 5000: compiled".to_owned()), "{told:?}");
    let given_back = "released wait 60000 for 0 s: the compiler service was stopped";
    assert_eq!(told.last().map(String::as_str), Some(given_back));
    assert_eq!(script.abandoned.load(Ordering::SeqCst), 1);
    assert_eq!(queue.waiting.lock().expect("unpoisoned").len(), 1, "nothing new is leased");
}

#[tokio::test(start_paused = true)]
async fn a_verdict_survives_a_restart_of_the_queue() {
    let stage = Stage::new();
    stage.queue.put("wait 2000", 1);
    stage.after(1000).await;
    stage.queue.down.store(true, Ordering::SeqCst);
    assert_eq!(stage.after(60_000).await, ["started wait 2000"]);
    stage.queue.down.store(false, Ordering::SeqCst);
    stage.queue.put("wait 3", 1);
    let told = stage.after(15_000).await;
    assert!(told.contains(&"finished wait 2000: compiled".to_owned()), "{told:?}");
    assert!(told.contains(&"finished wait 3: compiled".to_owned()), "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn a_dead_queue_does_not_hold_up_a_stop() {
    let stage = Stage::new();
    stage.queue.put("wait 2000", 1);
    stage.queue.put("wait 90000", 1);
    stage.after(1000).await;
    stage.queue.down.store(true, Ordering::SeqCst);
    let stopped = tokio::time::timeout(Duration::from_secs(13), stage.stop()).await;
    assert_eq!(stopped, Ok(Drained::default()));
}
