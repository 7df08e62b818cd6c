//! Functions and their versions.

use nil_core::{CompileLimits, FunctionRef, FunctionStatus};
use nil_store::{FunctionChange, FunctionFilter, Page, Publication, StoreError};

use crate::{Fixture, LONG, artifact, new};

fn limits() -> CompileLimits {
    CompileLimits::default()
}

#[tokio::test]
async fn a_function_is_found_by_id_and_by_name_whatever_its_case() {
    let fixture = Fixture::new().await;
    let created = fixture.function("Greeting").await;
    assert_eq!((created.status, created.version, created.live_version), (FunctionStatus::Pending, 1, None));
    for reference in
        [FunctionRef::Id(created.id), "greeting".parse().expect("a name"), "GREETING".parse().expect("a name")]
    {
        let found = fixture.store.function(&reference).await.expect("the database answers").expect("it exists");
        assert_eq!((found.id, found.name.as_str()), (created.id, "Greeting"));
    }
    let unknown = fixture.store.function(&"other".parse().expect("a name")).await.expect("the database answers");
    assert!(unknown.is_none());
}

#[tokio::test]
async fn names_are_unique_whatever_their_case() {
    let fixture = Fixture::new().await;
    fixture.function("taken").await;
    let refused = fixture.store.create_function(&new("Taken"), &limits()).await;
    assert!(matches!(refused, Err(StoreError::NameTaken)), "{refused:?}");
    let other = fixture.function("other").await;
    let rename = FunctionChange { name: Some("TAKEN".parse().expect("a name")), ..FunctionChange::default() };
    let refused = fixture.store.update_function(&FunctionRef::Id(other.id), &rename, &limits()).await;
    assert!(matches!(refused, Err(StoreError::NameTaken)), "{refused:?}");
}

#[tokio::test]
async fn only_a_changed_source_language_or_setting_makes_a_version() {
    let fixture = Fixture::new().await;
    let created = fixture.function("kept").await;
    let reference = FunctionRef::Id(created.id);
    let same = FunctionChange { source: Some(created.source.clone()), ..FunctionChange::default() };
    let row = fixture.store.update_function(&reference, &same, &limits()).await.expect("stored").expect("it exists");
    assert_eq!((row.version, row.version_id), (1, created.version_id));
    let described = FunctionChange { description: Some("new words".to_owned()), ..FunctionChange::default() };
    let row =
        fixture.store.update_function(&reference, &described, &limits()).await.expect("stored").expect("it exists");
    assert_eq!((row.version, row.description.as_deref()), (1, Some("new words")));
    let changed = FunctionChange { source: Some("export function two(): i32 { return 2; }".to_owned()), ..described };
    let row = fixture.store.update_function(&reference, &changed, &limits()).await.expect("stored").expect("it exists");
    assert_eq!((row.version, row.status), (2, FunctionStatus::Pending));
    assert_eq!(fixture.store.compilation_backlog().await.expect("the database answers").queued, 2);
}

#[tokio::test]
async fn what_could_not_be_built_is_built_again_when_it_is_sent_again() {
    let fixture = Fixture::new().await;
    let created = fixture.function("retried").await;
    let reference = FunctionRef::Id(created.id);
    let lease = crate::queue::report(&fixture, created.version_id).await;
    fixture.store.apply_failed(lease, created.version_id, "no linker", &[]).await.expect("the database answers");
    let described = FunctionChange { description: Some("new words".to_owned()), ..FunctionChange::default() };
    let row =
        fixture.store.update_function(&reference, &described, &limits()).await.expect("stored").expect("it exists");
    assert_eq!((row.version, row.status), (1, FunctionStatus::Failed), "nobody asked for another try");
    let same = FunctionChange { source: Some(created.source.clone()), ..FunctionChange::default() };
    for _ in 0..2 {
        let row =
            fixture.store.update_function(&reference, &same, &limits()).await.expect("stored").expect("it exists");
        assert_eq!((row.version, row.status), (2, FunctionStatus::Pending), "one try at a time");
    }
}

#[tokio::test]
async fn updates_at_the_same_time_number_their_versions_in_turn() {
    let fixture = Fixture::new().await;
    let reference = FunctionRef::Id(fixture.function("contended").await.id);
    let changes: Vec<FunctionChange> = (0..8)
        .map(|index| FunctionChange { source: Some(format!("// {index}")), ..FunctionChange::default() })
        .collect();
    let limits = limits();
    let mut updates = tokio::task::JoinSet::new();
    for change in changes {
        let (store, reference) = (fixture.store.clone(), reference.clone());
        updates.spawn(async move { store.update_function(&reference, &change, &limits).await });
    }
    while let Some(updated) = updates.join_next().await {
        updated.expect("no panic").expect("stored");
    }
    let row = fixture.store.function(&reference).await.expect("the database answers").expect("it exists");
    assert_eq!(row.version, 9);
}

#[tokio::test]
async fn an_older_version_that_is_built_late_does_not_replace_a_newer_one() {
    let fixture = Fixture::new().await;
    let created = fixture.function("raced").await;
    let reference = FunctionRef::Id(created.id);
    let change = FunctionChange { source: Some("// newer".to_owned()), ..FunctionChange::default() };
    let newer =
        fixture.store.update_function(&reference, &change, &limits()).await.expect("stored").expect("it exists");
    for version in [newer.version_id, created.version_id] {
        let lease = crate::queue::report(&fixture, version).await;
        let applied = fixture.store.apply_ready(lease, version, &artifact(), None).await.expect("the database answers");
        assert_eq!(applied, Publication::Applied(created.id));
    }
    let live = fixture.store.live_version(&reference).await.expect("the database answers").expect("one is live");
    assert_eq!(live.number, 2);
}

#[tokio::test]
async fn deleting_a_function_takes_its_jobs_along() {
    let fixture = Fixture::new().await;
    let row = fixture.function("gone").await;
    let reference = FunctionRef::Id(row.id);
    assert_eq!(fixture.store.delete_function(&reference).await.expect("the database answers"), Some(row.id));
    assert_eq!(fixture.store.delete_function(&reference).await.expect("the database answers"), None);
    let backlog = fixture.store.compilation_backlog().await.expect("the database answers");
    assert_eq!(backlog.queued + backlog.leased, 0);
    fixture.function("gone").await;
}

#[tokio::test]
async fn a_listing_continues_where_its_page_ended() {
    let fixture = Fixture::new().await;
    for name in ["a", "b", "c"] {
        fixture.function(name).await;
    }
    let first = fixture
        .store
        .functions(&FunctionFilter::default(), Page { limit: 2, after: None })
        .await
        .expect("the database answers");
    let after = first.last().map(|row| row.id);
    let rest = fixture
        .store
        .functions(&FunctionFilter::default(), Page { limit: 2, after })
        .await
        .expect("the database answers");
    let names: Vec<String> = first.iter().chain(&rest).map(|row| row.name.to_string()).collect();
    assert_eq!(names, ["a", "b", "c"]);
}

#[tokio::test]
async fn changes_are_heard() {
    let fixture = Fixture::new().await;
    let row = fixture.function("heard").await;
    let mut changes = fixture.store.listen_for_changes().await.expect("the database answers");
    fixture.store.delete_function(&FunctionRef::Id(row.id)).await.expect("the database answers");
    let heard = tokio::time::timeout(LONG, changes.next()).await.expect("in time").expect("the connection lives");
    assert_eq!(heard, nil_store::Change::Function(row.id));
}
