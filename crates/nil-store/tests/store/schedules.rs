//! Schedules: made, changed, resting, due, and fired by one.

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use nil_core::{CatchUp, ExecutionId, ExecutionMode, FunctionRef, ScheduleName};
use nil_store::{Fired, NewQueued, PutSchedule, Rhythm, ScheduleQuota, ScheduleRow, StoreError};

use crate::Fixture;

const ROOM: ScheduleQuota = ScheduleQuota { of_function: 20, in_all: 1_000 };

fn time(text: &str) -> DateTime<Utc> {
    text.parse().expect("a time")
}

fn name(text: &str) -> ScheduleName {
    text.parse().expect("a name")
}

/// A tick that is long over, as the first of every rhythm.
const TICK: &str = "2020-01-01T00:00:00Z";

fn every(ms: i64) -> PutSchedule {
    PutSchedule {
        rhythm: Rhythm::EveryMs(ms),
        time_zone: "UTC".to_owned(),
        input: b"{}".to_vec(),
        catch_up: CatchUp::Skip,
        paused: false,
        now: time("2019-12-31T00:00:00Z"),
        next_fire_at: Some(time(TICK)),
    }
}

async fn put(fixture: &Fixture, function: &FunctionRef, schedule: &str, put: &PutSchedule) -> (ScheduleRow, bool) {
    let stored = fixture.store.put_schedule(function, &name(schedule), put, ROOM).await;
    stored.expect("stored").expect("the function exists")
}

#[tokio::test]
async fn the_same_again_changes_nothing_and_a_new_rhythm_starts_anew() {
    let fixture = Fixture::new().await;
    let function = FunctionRef::Id(fixture.function("ticking").await.id);
    let (made, new) = put(&fixture, &function, "Often", &every(5_000)).await;
    assert!(new && made.next_fire_at == Some(time(TICK)), "{made:?}");
    let later = PutSchedule {
        now: time("2021-01-01T00:00:00Z"),
        next_fire_at: Some(time("2021-01-01T00:00:05Z")),
        ..every(5_000)
    };
    let (same, new) = put(&fixture, &function, "often", &later).await;
    assert_eq!((new, same.id, same.name.as_str(), same.updated_at), (false, made.id, "Often", made.updated_at));
    // Another input keeps the next tick and what it is counted from.
    let other_input = PutSchedule { input: br#"{"n":1}"#.to_vec(), ..later.clone() };
    let (changed, _) = put(&fixture, &function, "often", &other_input).await;
    assert_eq!((changed.next_fire_at, changed.anchor), (made.next_fire_at, made.anchor));
    let (changed, _) =
        put(&fixture, &function, "often", &PutSchedule { rhythm: Rhythm::EveryMs(6_000), ..later }).await;
    assert_eq!(changed.next_fire_at, Some(time("2021-01-01T00:00:05Z")));
    assert_eq!(changed.anchor, time("2021-01-01T00:00:00Z"));

    let unknown = "nobody".parse().expect("a name");
    let stored = fixture.store.put_schedule(&unknown, &name("s"), &every(5_000), ROOM).await.expect("answers");
    assert!(stored.is_none());
    assert!(fixture.store.delete_schedule(&function, &name("OFTEN")).await.expect("answers"));
    assert!(!fixture.store.delete_schedule(&function, &name("often")).await.expect("answers"));
}

#[tokio::test]
async fn only_new_ones_count_against_the_quota() {
    let fixture = Fixture::new().await;
    let function = FunctionRef::Id(fixture.function("many").await.id);
    let tight = |of_function, in_all| ScheduleQuota { of_function, in_all };
    put(&fixture, &function, "a", &every(5_000)).await;
    for quota in [tight(1, 9), tight(9, 1)] {
        let refused = fixture.store.put_schedule(&function, &name("b"), &every(5_000), quota).await;
        assert!(matches!(refused, Err(StoreError::TooManySchedules { most: 1, .. })), "{refused:?}");
        let changed = fixture.store.put_schedule(&function, &name("a"), &every(6_000), quota).await;
        assert!(matches!(changed, Ok(Some((_, false)))), "{changed:?}");
    }
    let page = nil_store::Page { limit: 10, after: None };
    assert_eq!(fixture.store.schedules(Some(&function), page).await.expect("answers").map(|rows| rows.len()), Some(1));
}

#[tokio::test]
async fn a_rest_changes_nothing_but_the_next_tick() {
    let fixture = Fixture::new().await;
    let function = FunctionRef::Id(fixture.function("resting").await.id);
    let (made, _) = put(&fixture, &function, "s", &every(5_000)).await;
    let rest = async |paused: bool, next: Option<DateTime<Utc>>| {
        let rested = fixture.store.rest_schedule(&function, &name("S"), paused, |_| next).await;
        rested.expect("the database answers").expect("it exists")
    };
    let paused = rest(true, Some(time(TICK))).await;
    assert_eq!((paused.paused, paused.next_fire_at), (true, None), "one that rests never ticks");
    assert_eq!((paused.rhythm, paused.input, paused.anchor), (made.rhythm.clone(), made.input, made.anchor));
    assert_eq!(fixture.store.until_next_tick().await.expect("answers"), None);
    assert!(fixture.store.begin_firing().await.expect("answers").due.is_empty());
    assert_eq!(rest(true, None).await.updated_at, paused.updated_at, "not even touched");
    let next = time("2030-01-01T00:00:00Z");
    let resumed = rest(false, Some(next)).await;
    assert_eq!((resumed.paused, resumed.next_fire_at, resumed.rhythm), (false, Some(next), made.rhythm));
    // One that does not rest keeps its next tick, whatever it would be now.
    assert_eq!(rest(false, None).await.next_fire_at, Some(next));
    let none = fixture.store.rest_schedule(&function, &name("none"), true, |_| None).await.expect("answers");
    assert!(none.is_none());
}

#[tokio::test]
async fn a_due_schedule_is_fired_by_one() {
    let fixture = Fixture::new().await;
    let row = fixture.function("fired").await;
    let function = FunctionRef::Id(row.id);
    let (made, _) = put(&fixture, &function, "due", &every(5_000)).await;
    let future = PutSchedule { next_fire_at: Some(Utc::now() + TimeDelta::hours(1)), ..every(7_000) };
    put(&fixture, &function, "later", &future).await;

    // What is held by one is not seen by another, and what was let go is due again.
    let first = fixture.store.begin_firing().await.expect("answers");
    assert_eq!(first.due.iter().map(|due| due.schedule.id).collect::<Vec<_>>(), [made.id]);
    assert!(first.due[0].live.is_none(), "no version can be called yet");
    assert!(fixture.store.begin_firing().await.expect("answers").due.is_empty());
    drop(first);
    let again = nil_test::eventually_some("it is let go", crate::LONG, async || {
        let firing = fixture.store.begin_firing().await.expect("answers");
        (!firing.due.is_empty()).then_some(firing)
    })
    .await;
    let execution = NewQueued {
        id: ExecutionId::generate(),
        function_id: row.id,
        version_id: row.version_id,
        version_number: 1,
        pinned: false,
        mode: ExecutionMode::Schedule,
        input: Bytes::from_static(b"{}"),
        text_output: false,
        retry: row.settings.retry(),
        delay: std::time::Duration::ZERO,
        schedule_name: Some("due".to_owned()),
        callback_url: None,
        created_at: Utc::now(),
        trace: None,
    };
    let next = Utc::now() + TimeDelta::hours(2);
    let fired =
        Fired { id: made.id, executions: vec![execution], last_fired_at: Some(time(TICK)), next_fire_at: Some(next) };
    again.commit(&[fired]).await.expect("committed");
    let row = fixture.store.schedule(&function, &name("due")).await.expect("answers").expect("it exists");
    assert_eq!(row.last_fired_at, Some(time(TICK)));
    assert!(row.next_fire_at.is_some_and(|time| (time - next).num_milliseconds() == 0), "{row:?}");
    assert!(fixture.store.begin_firing().await.expect("answers").due.is_empty());
    let wait = fixture.store.until_next_tick().await.expect("answers").expect("two are to come");
    assert!((3_000..=3_600).contains(&wait.as_secs()), "{wait:?}");
}
