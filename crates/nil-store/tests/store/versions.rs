//! What goes live, and what does not.

use chrono::Utc;
use nil_core::{CompileLimits, Example, FunctionRef, GateReport};
use nil_store::{AliasSet, ExampleSaved, FunctionChange, Moved};
use serde_json::value::RawValue;
use sqlx::Connection as _;

use crate::{Fixture, LONG, artifact};

fn raw(text: &str) -> Box<RawValue> {
    RawValue::from_string(text.to_owned()).expect("JSON")
}

impl Fixture {
    /// A new version, which waits for its compilation.
    async fn version(&self, function: &FunctionRef, source: &str) -> nil_core::VersionId {
        let change = FunctionChange { source: Some(source.to_owned()), ..FunctionChange::default() };
        let row = self.store.update_function(function, &change, &CompileLimits::default()).await.expect("stored");
        row.expect("it exists").version_id
    }

    /// Publishes a version, gated or not.
    async fn publish(&self, version: nil_core::VersionId, gate: Option<&GateReport>) {
        let report = nil_core::CompilationReport::Uploaded { version_id: version };
        let text = serde_json::to_value(&report).expect("a report is JSON");
        let mut connection = sqlx::PgConnection::connect(self.database.url()).await.expect("the database answers");
        sqlx::query("SELECT pgmq.send('compilation_results', $1)")
            .bind(text)
            .execute(&mut connection)
            .await
            .expect("sent");
        let lease = self.store.lease_reports(1, LONG).await.expect("answers").pop().expect("a report").lease;
        self.store.apply_ready(lease, version, &artifact(), gate).await.expect("answers");
    }

    async fn live(&self, function: &FunctionRef) -> Option<i32> {
        self.store.live_version(function).await.expect("answers").map(|live| live.number)
    }
}

#[tokio::test]
async fn a_version_that_was_being_built_does_not_undo_a_rollback() {
    let fixture = Fixture::new().await;
    let created = fixture.function("held").await;
    let function = FunctionRef::Id(created.id);
    fixture.publish(created.version_id, None).await;
    let second = fixture.version(&function, "// two").await;
    fixture.publish(second, None).await;
    let third = fixture.version(&function, "// three").await;
    assert!(matches!(fixture.store.roll_back(&function, 1).await.expect("answers"), Moved::Done(_)));
    fixture.publish(third, None).await;
    assert_eq!(fixture.live(&function).await, Some(1), "the third was stored before the rollback");
    let fourth = fixture.version(&function, "// four").await;
    assert!(matches!(fixture.store.roll_back(&function, 4).await.expect("answers"), Moved::NotReady { number: 4, .. }));
    fixture.publish(fourth, None).await;
    assert_eq!(fixture.live(&function).await, Some(4));
}

#[tokio::test]
async fn a_shut_gate_keeps_a_version_from_going_live() {
    let fixture = Fixture::new().await;
    let created = fixture.function("gated").await;
    let function = FunctionRef::Id(created.id);
    fixture.publish(created.version_id, None).await;
    let gate = |passed| GateReport { passed, ran_at: Utc::now(), examples: Vec::new() };
    let second = fixture.version(&function, "// two").await;
    fixture.publish(second, Some(&gate(false))).await;
    assert_eq!(fixture.live(&function).await, Some(1));
    let row = fixture.store.version(&function, 2).await.expect("answers").expect("it is there");
    assert_eq!(row.gate.map(|gate| gate.passed), Some(false));
    let third = fixture.version(&function, "// three").await;
    fixture.publish(third, Some(&gate(true))).await;
    assert_eq!(fixture.live(&function).await, Some(3));
}

#[tokio::test]
async fn examples_keep_their_digits_and_stay_within_their_number() {
    let fixture = Fixture::new().await;
    let function = FunctionRef::Id(fixture.function("tried").await.id);
    let example = |name: &str, input: &str| Example {
        name: name.parse().expect("a name"),
        input: raw(input),
        output: raw("18446744073709551617"),
    };
    let odd = r#"{"n":1.10,  "text":"\u0000"}"#;
    let saved = fixture.store.save_example(&function, &example("odd", odd)).await.expect("answers");
    assert_eq!(saved, ExampleSaved::Done);
    let found = fixture.store.examples(&function).await.expect("answers").expect("it exists");
    assert_eq!((found[0].input.get(), found[0].output.get()), (odd, "18446744073709551617"));
    for number in 1..nil_core::MAX_EXAMPLES {
        fixture.store.save_example(&function, &example(&format!("e{number}"), "{}")).await.expect("answers");
    }
    let saved = fixture.store.save_example(&function, &example("one-more", "{}")).await.expect("answers");
    assert_eq!(saved, ExampleSaved::TooMany);
    let saved = fixture.store.save_example(&function, &example("odd", "{}")).await.expect("answers");
    assert_eq!(saved, ExampleSaved::Done, "one that is there can be changed");
}

#[tokio::test]
async fn an_alias_points_at_ready_versions_only() {
    let fixture = Fixture::new().await;
    let created = fixture.function("aliased").await;
    let function = FunctionRef::Id(created.id);
    let alias = "canary".parse().expect("an alias");
    let set =
        async |targets: &[(i32, i32)]| fixture.store.set_alias(&function, &alias, targets).await.expect("answers");
    assert!(matches!(set(&[(1, 1)]).await, AliasSet::NotReady(1, _)));
    fixture.publish(created.version_id, None).await;
    assert!(matches!(set(&[(1, 1), (2, 1)]).await, AliasSet::NoVersion(2)));
    assert!(matches!(set(&[(1, 1)]).await, AliasSet::Done { .. }));
    let table = fixture.store.aliases(&function).await.expect("answers").expect("it exists");
    assert_eq!(table.aliases[0].targets, [(1, 1)]);
    assert_eq!(fixture.store.delete_alias(&function, &alias).await.expect("answers"), Some(Some(created.id)));
    assert_eq!(fixture.store.delete_alias(&function, &alias).await.expect("answers"), Some(None));
}
