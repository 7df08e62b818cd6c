//! The record of executions.

use bytes::Bytes;
use chrono::{TimeDelta, Utc};
use nil_core::{ExecutionId, ExecutionMode, ExecutionStatus, FunctionRef, LogLevel, LogLine, LogStream, Receipt};
use nil_store::{ExecutionFilter, ExecutionRecord, FunctionRow, Page};

use crate::Fixture;

pub(crate) fn record(function: &FunctionRow, output: Option<&str>) -> ExecutionRecord {
    let started_at = Utc::now();
    ExecutionRecord {
        id: ExecutionId::generate(),
        function_id: function.id,
        version_id: function.version_id,
        version_number: 1,
        status: if output.is_some() { ExecutionStatus::Completed } else { ExecutionStatus::Failed },
        mode: ExecutionMode::Sync,
        input: Bytes::from_static(br#"{"big":9007199254740993}"#),
        output: output.map(|text| Bytes::copy_from_slice(text.as_bytes())),
        error: output.is_none().then(|| ("trap".to_owned(), "unreach\0able".to_owned())),
        logs: vec![LogLine { at_us: 3, level: LogLevel::Warn, stream: LogStream::Console, message: "a\0b".to_owned() }],
        receipt: Receipt { duration_us: 42, cpu_us: 40, peak_memory_bytes: 65_536, cold: true, ..Receipt::default() },
        created_at: started_at,
        started_at,
        completed_at: started_at + TimeDelta::microseconds(42),
        queued: None,
        trace_id: None,
    }
}

#[tokio::test]
async fn a_record_comes_back_as_it_was_written() {
    let fixture = Fixture::new().await;
    let function = fixture.function("recorded").await;
    let (good, bad) = (record(&function, Some("[1.0,1e400]")), record(&function, None));
    let mut history = fixture.store.history_connection().await.expect("the database answers");
    history.record(&[good.clone(), bad.clone()]).await.expect("today has a partition");

    let row = fixture.store.execution(good.id).await.expect("answers").expect("it is there");
    assert_eq!((row.status, row.error_message), (ExecutionStatus::Completed, None));
    assert_eq!((row.input.as_deref(), row.output.as_deref()), (Some(&good.input[..]), good.output.as_deref()));
    assert_eq!(row.logs, good.logs);
    assert_eq!((row.receipt.duration_us, row.receipt.input_bytes, row.receipt.cold), (42, 24, true));

    let row = fixture.store.execution(bad.id).await.expect("answers").expect("it is there");
    assert_eq!((row.status, row.output), (ExecutionStatus::Failed, None));
    assert_eq!((row.error_kind.as_deref(), row.error_message.as_deref()), (Some("trap"), Some("unreach\u{fffd}able")));
}

#[tokio::test]
async fn a_batch_whose_answer_was_lost_can_be_written_again() {
    let fixture = Fixture::new().await;
    let function = fixture.function("twice").await;
    let batch: Vec<_> = (0..100).map(|index| record(&function, Some(&index.to_string()))).collect();
    let mut history = fixture.store.history_connection().await.expect("the database answers");
    history.record(&batch[..60]).await.expect("first");
    history.record_again(&batch).await.expect("again");
    let mut second = fixture.store.history_connection().await.expect("the database answers");
    assert!(second.record(&batch[99..]).await.is_err(), "a record is never written twice, nor silently left out");
    let page = Page { limit: 1_000, after: None };
    let rows = fixture
        .store
        .executions(&FunctionRef::Id(function.id), &ExecutionFilter::default(), page)
        .await
        .expect("answers")
        .expect("exists");
    assert_eq!(rows.len(), 100);
    assert!(rows.windows(2).all(|pair| pair[0].id > pair[1].id), "newest first");
}

#[tokio::test]
async fn executions_of_a_deleted_function_cannot_be_found_and_are_purged() {
    let fixture = Fixture::new().await;
    let function = fixture.function("purged").await;
    let kept = fixture.function("kept").await;
    let (gone, stays) = (record(&function, Some("1")), record(&kept, Some("2")));
    let mut history = fixture.store.history_connection().await.expect("the database answers");
    history.record(&[gone.clone(), stays.clone()]).await.expect("recorded");
    fixture.store.delete_function(&FunctionRef::Id(function.id)).await.expect("answers");
    assert!(fixture.store.execution(gone.id).await.expect("answers").is_none());
    assert_eq!(fixture.store.purge_deleted().await.expect("answers"), 1);
    assert!(fixture.store.execution(stays.id).await.expect("answers").is_some());
}
