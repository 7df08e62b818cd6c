//! Records that are set aside in a rush.

use nil_core::FunctionRef;
use nil_store::{ExecutionFilter, ExecutionRecord, FunctionRow, Page, Spilled};
use uuid::Uuid;

use crate::{Fixture, executions::record};

async fn set_aside(fixture: &Fixture, function: &FunctionRow, count: usize) -> Vec<ExecutionRecord> {
    let records: Vec<_> = (0..count).map(|index| record(function, Some(&index.to_string()))).collect();
    let mut history = fixture.store.history_connection().await.expect("the database answers");
    history.spill(Uuid::now_v7(), &records).await.expect("set aside");
    records
}

async fn listed(fixture: &Fixture, function: &FunctionRow) -> usize {
    let page = Page { limit: 1_000, after: None };
    fixture
        .store
        .executions(&FunctionRef::Id(function.id), &ExecutionFilter::default(), page)
        .await
        .expect("answers")
        .expect("exists")
        .len()
}

#[tokio::test]
async fn one_that_is_asked_for_is_there_as_it_was_written() {
    let fixture = Fixture::new().await;
    let function = fixture.function("aside").await;
    let earlier = set_aside(&fixture, &function, 3).await;
    let later = set_aside(&fixture, &function, 5).await;
    assert_eq!(fixture.store.spilled().await.expect("answers"), 8);

    let row = fixture.store.execution(earlier[1].id).await.expect("answers").expect("it is there");
    assert_eq!((row.output.as_deref(), &row.logs), (Some(&b"1"[..]), &earlier[1].logs));
    assert_eq!(fixture.store.spilled().await.expect("answers"), 5, "only its batch has moved");

    assert_eq!(listed(&fixture, &function).await, 8, "a listing begins with what came last");
    assert_eq!(fixture.store.spilled().await.expect("answers"), 0);
    assert!(fixture.store.execution(later[4].id).await.expect("answers").is_some());
    let unknown = record(&function, None).id;
    assert!(fixture.store.execution(unknown).await.expect("answers").is_none());
}

#[tokio::test]
async fn batches_that_overlap_are_searched_until_it_is_found() {
    let fixture = Fixture::new().await;
    let function = fixture.function("overlap").await;
    let mut records: Vec<_> = (0..6).map(|_| record(&function, Some("1"))).collect();
    records.sort_by_key(|record| record.id.0);
    let (even, odd): (Vec<_>, Vec<_>) = records.iter().cloned().enumerate().partition(|(index, _)| index % 2 == 0);
    let mut history = fixture.store.history_connection().await.expect("the database answers");
    for batch in [even, odd] {
        let batch: Vec<_> = batch.into_iter().map(|(_, record)| record).collect();
        history.spill(Uuid::now_v7(), &batch).await.expect("set aside");
    }
    for wanted in &records {
        assert!(fixture.store.execution(wanted.id).await.expect("answers").is_some());
    }
}

#[tokio::test]
async fn a_batch_set_aside_again_after_it_has_moved_moves_once() {
    let fixture = Fixture::new().await;
    let function = fixture.function("again").await;
    let records: Vec<_> = (0..4).map(|_| record(&function, Some("1"))).collect();
    let mut history = fixture.store.history_connection().await.expect("the database answers");
    let id = Uuid::now_v7();
    history.spill(id, &records).await.expect("set aside");
    history.spill(id, &records).await.expect("the same again");
    assert_eq!(fixture.store.spilled().await.expect("answers"), 4);
    assert_eq!(fixture.store.expand_spilled(Spilled::Oldest).await.expect("moves"), 4);
    // The answer to the first was lost, it moved meanwhile, and the writer tries again.
    history.spill(id, &records).await.expect("set aside once more");
    assert_eq!(fixture.store.expand_spilled(Spilled::Oldest).await.expect("moves"), 4);
    assert_eq!(fixture.store.expand_spilled(Spilled::Oldest).await.expect("nothing is left"), 0);
    assert_eq!(listed(&fixture, &function).await, 4);
}

#[tokio::test]
async fn two_servers_that_move_batches_move_each_once() {
    let fixture = Fixture::new().await;
    let function = fixture.function("both").await;
    for _ in 0..6 {
        set_aside(&fixture, &function, 10).await;
    }
    let all = async || {
        let mut moved = 0;
        loop {
            match fixture.store.expand_spilled(Spilled::Oldest).await.expect("answers") {
                0 => break moved,
                count => moved += count,
            }
        }
    };
    let (one, other) = tokio::join!(all(), all());
    assert_eq!(one + other, 60);
    assert_eq!(listed(&fixture, &function).await, 60);
}

#[tokio::test]
async fn executions_of_a_deleted_function_are_purged_wherever_they_are() {
    let fixture = Fixture::new().await;
    let function = fixture.function("purged-later").await;
    let records = set_aside(&fixture, &function, 2).await;
    fixture.store.delete_function(&FunctionRef::Id(function.id)).await.expect("answers");
    assert_eq!(fixture.store.purge_deleted().await.expect("answers"), 0);
    assert!(fixture.store.execution(records[0].id).await.expect("answers").is_none(), "it moved, and cannot be seen");
    assert_eq!(fixture.store.purge_deleted().await.expect("answers"), 2);
}
