//! Leases, fences, dead letters: what happens to a job whatever its workers do.

use std::time::Duration;

use nil_core::{
    Artifact, CompilationReport, CompilationVerdict, CompileLimits, DeadLetterReason, FunctionRef, FunctionStatus,
    Language, ToolchainInfo, VersionId,
};
use nil_store::{CompilationQueue, Lease, LeasedJob, Publication, Requeued};

use crate::{Fixture, LONG, artifact};

/// pgmq counts visibility in whole seconds: the shortest lease there is.
const SHORT: Duration = Duration::from_secs(1);

fn finished(version_id: VersionId, verdict: CompilationVerdict) -> CompilationReport {
    CompilationReport::Finished { version_id, attempt: 1, verdict }
}

fn compiled(version_id: VersionId) -> CompilationReport {
    let toolchain =
        ToolchainInfo { language: Language::AssemblyScript, version: "0".to_owned(), digest: "d".to_owned() };
    let artifact = Artifact { wasm_base64: "AGFzbQ==".to_owned(), diagnostics: Vec::new(), toolchain, compile_ms: 1 };
    finished(version_id, CompilationVerdict::Compiled(artifact))
}

async fn lease(queue: &CompilationQueue, visibility: Duration) -> Option<LeasedJob> {
    let mut jobs =
        queue.lease(Language::AssemblyScript, 1, visibility).await.expect("the database answers").into_iter();
    jobs.next()
}

/// Waits until the job is visible again.
async fn lease_when_visible(queue: &CompilationQueue, visibility: Duration) -> LeasedJob {
    let deadline = tokio::time::Instant::now() + LONG;
    loop {
        if let Some(job) = lease(queue, visibility).await {
            return job;
        }
        assert!(tokio::time::Instant::now() < deadline, "the job never became visible again");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Compiles the given version in no time and leases the report about it.
pub(crate) async fn report(fixture: &Fixture, version: VersionId) -> Lease {
    let queue = CompilationQueue::new(fixture.store.clone());
    for job in queue.lease(Language::AssemblyScript, 100, LONG).await.expect("the database answers") {
        let report = compiled(job.job.version_id);
        assert!(queue.finish(job.lease, &report).await.expect("the database answers"));
    }
    let reports = fixture.store.lease_reports(100, SHORT).await.expect("the database answers");
    let found = reports.into_iter().find(|leased| leased.report.version_id() == Some(version));
    match found {
        Some(leased) => leased.lease,
        // Another call of this helper leased it: its lease is a second long.
        None => {
            let deadline = tokio::time::Instant::now() + LONG;
            loop {
                let reports = fixture.store.lease_reports(100, LONG).await.expect("the database answers");
                if let Some(leased) = reports.into_iter().find(|leased| leased.report.version_id() == Some(version)) {
                    return leased.lease;
                }
                assert!(tokio::time::Instant::now() < deadline, "the report never became visible again");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

#[tokio::test]
async fn a_job_is_held_by_one_worker_at_a_time() {
    let fixture = Fixture::new().await;
    let row = fixture.function("held").await;
    let (one, two) = (CompilationQueue::new(fixture.store.clone()), CompilationQueue::new(fixture.store.clone()));
    let job = lease(&one, LONG).await.expect("one job waits");
    assert_eq!((job.job.version_id, job.lease.attempt), (row.version_id, 1));
    assert!(lease(&two, LONG).await.is_none());
    let backlog = fixture.store.compilation_backlog().await.expect("the database answers");
    assert_eq!((backlog.queued, backlog.leased, backlog.functions[0].jobs), (0, 1, 1));
}

#[tokio::test]
async fn a_worker_that_was_paused_past_its_lease_cannot_commit_anything() {
    let fixture = Fixture::new().await;
    let row = fixture.function("fenced").await;
    let (paused, other) = (CompilationQueue::new(fixture.store.clone()), CompilationQueue::new(fixture.store.clone()));
    let stale = lease(&paused, SHORT).await.expect("one job waits");
    let current = lease_when_visible(&other, LONG).await;
    assert_eq!(current.lease.attempt, 2);
    let reason = DeadLetterReason { attempts: 1, last_error: "paused".to_owned() };
    let report = compiled(row.version_id);
    assert!(!paused.renew(stale.lease, LONG).await.expect("the database answers"));
    assert!(!paused.finish(stale.lease, &report).await.expect("the database answers"));
    assert!(!paused.release(stale.lease, Duration::ZERO, "x").await.expect("the database answers"));
    assert!(!paused.dead_letter(stale.lease, &reason, &report).await.expect("the database answers"));
    assert!(fixture.store.lease_reports(10, LONG).await.expect("the database answers").is_empty());
    assert!(other.finish(current.lease, &report).await.expect("the database answers"));
    assert_eq!(fixture.store.lease_reports(10, LONG).await.expect("the database answers").len(), 1);
}

#[tokio::test]
async fn a_renewed_lease_outlives_its_first_timeout() {
    let fixture = Fixture::new().await;
    fixture.function("renewed").await;
    let queue = CompilationQueue::new(fixture.store.clone());
    let job = lease(&queue, SHORT).await.expect("one job waits");
    assert!(queue.renew(job.lease, LONG).await.expect("the database answers"));
    tokio::time::sleep(SHORT + Duration::from_millis(300)).await;
    assert!(lease(&queue, LONG).await.is_none());
}

#[tokio::test]
async fn a_renewed_report_outlives_its_first_timeout() {
    let fixture = Fixture::new().await;
    let row = fixture.function("renewed-report").await;
    let store = &fixture.store;
    let lease = report(&fixture, row.version_id).await;
    assert!(store.renew_report(lease, LONG).await.expect("the database answers"));
    tokio::time::sleep(SHORT + Duration::from_millis(300)).await;
    assert!(store.lease_reports(10, LONG).await.expect("the database answers").is_empty());
    let applied = store.apply_ready(lease, row.version_id, &artifact(), None).await.expect("the database answers");
    assert_eq!(applied, Publication::Applied(row.id));
    assert!(!store.renew_report(lease, LONG).await.expect("the database answers"), "it was acted on");
}

#[tokio::test]
async fn a_job_that_is_given_back_says_why_it_was() {
    let fixture = Fixture::new().await;
    fixture.function("returned").await;
    let queue = CompilationQueue::new(fixture.store.clone());
    let job = lease(&queue, LONG).await.expect("one job waits");
    assert!(queue.release(job.lease, Duration::ZERO, "disk\0full").await.expect("the database answers"));
    let again = lease_when_visible(&queue, LONG).await;
    assert_eq!((again.lease.attempt, again.last_error.as_deref()), (2, Some("disk\u{fffd}full")));
}

#[tokio::test]
async fn reports_change_a_version_once_and_only_forward() {
    let fixture = Fixture::new().await;
    let row = fixture.function("forward").await;
    let queue = CompilationQueue::new(fixture.store.clone());
    let started = CompilationReport::Started { version_id: row.version_id, attempt: 1 };
    queue.report_started(&started).await.expect("the database answers");
    queue.report_started(&started).await.expect("the database answers");
    let reports = fixture.store.lease_reports(10, LONG).await.expect("the database answers");
    let [first, second] = reports.as_slice() else { panic!("two reports, not {}", reports.len()) };
    let applied = Publication::Applied(row.id);
    assert_eq!(fixture.store.apply_started(first.lease, row.version_id).await.expect("answers"), applied);
    assert_eq!(
        fixture.store.apply_started(first.lease, row.version_id).await.expect("answers"),
        Publication::LeaseLost
    );
    let lease = report(&fixture, row.version_id).await;
    assert_eq!(fixture.store.apply_ready(lease, row.version_id, &artifact(), None).await.expect("answers"), applied);
    let late = fixture.store.apply_started(second.lease, row.version_id).await.expect("answers");
    assert_eq!(late, Publication::Stale);
    let row = fixture.store.function(&FunctionRef::Id(row.id)).await.expect("answers").expect("it exists");
    assert_eq!((row.status, row.live_version), (FunctionStatus::Ready, Some(1)));
}

#[tokio::test]
async fn a_failed_build_leaves_the_live_version_alone() {
    let fixture = Fixture::new().await;
    let created = fixture.function("steady").await;
    let reference = FunctionRef::Id(created.id);
    let lease = report(&fixture, created.version_id).await;
    fixture.store.apply_ready(lease, created.version_id, &artifact(), None).await.expect("answers");
    let change = nil_store::FunctionChange { source: Some("broken".to_owned()), ..Default::default() };
    let limits = CompileLimits::default();
    let broken = fixture.store.update_function(&reference, &change, &limits).await.expect("stored").expect("exists");
    let lease = report(&fixture, broken.version_id).await;
    fixture.store.apply_failed(lease, broken.version_id, "no\0good", &[]).await.expect("answers");
    let row = fixture.store.function(&reference).await.expect("answers").expect("it exists");
    assert_eq!((row.status, row.live_version), (FunctionStatus::Failed, Some(1)));
    assert_eq!(row.compile_error.as_deref(), Some("no\u{fffd}good"));
    assert!(fixture.store.live_version(&reference).await.expect("answers").is_some());
}

#[tokio::test]
async fn a_dead_letter_can_be_seen_requeued_and_discarded() {
    let fixture = Fixture::new().await;
    let row = fixture.function("poison").await;
    let queue = CompilationQueue::new(fixture.store.clone());
    let job = lease(&queue, LONG).await.expect("one job waits");
    let reason = DeadLetterReason { attempts: 4, last_error: "its compiler vanished".to_owned() };
    let verdict = CompilationVerdict::DeadLettered { compile_error: "given up".to_owned() };
    let report = finished(row.version_id, verdict);
    assert!(queue.dead_letter(job.lease, &reason, &report).await.expect("answers"));
    let reports = fixture.store.lease_reports(10, LONG).await.expect("answers");
    fixture.store.apply_failed(reports[0].lease, row.version_id, "given up", &[]).await.expect("answers");
    let letters = fixture.store.dead_letters().await.expect("answers");
    let [letter] = letters.as_slice() else { panic!("one dead letter, not {}", letters.len()) };
    assert_eq!((letter.function_name.as_str(), letter.attempts), ("poison", 4));

    let limits = CompileLimits::default();
    assert_eq!(fixture.store.requeue_dead_letter(letter.id, &limits).await.expect("answers"), Requeued::Queued);
    assert_eq!(fixture.store.requeue_dead_letter(letter.id, &limits).await.expect("answers"), Requeued::Unknown);
    let again = fixture.store.function(&FunctionRef::Id(row.id)).await.expect("answers").expect("it exists");
    assert_eq!((again.status, again.compile_error), (FunctionStatus::Pending, None));

    let job = lease(&queue, LONG).await.expect("queued again");
    assert!(queue.dead_letter(job.lease, &reason, &report).await.expect("answers"));
    let letter = fixture.store.dead_letters().await.expect("answers").remove(0);
    assert!(fixture.store.discard_dead_letter(letter.id).await.expect("answers"));
    assert!(!fixture.store.discard_dead_letter(letter.id).await.expect("answers"));
}

#[tokio::test]
async fn enqueueing_wakes_whoever_waits() {
    let fixture = Fixture::new().await;
    let mut wakeups = fixture.store.job_wakeups();
    // The first wait connects and asks to look once more.
    wakeups.wait(LONG).await;
    let (woken, _) = tokio::join!(tokio::time::timeout(LONG / 2, wakeups.wait(LONG)), fixture.function("noisy"));
    woken.expect("the notification arrives long before the poll");
}
