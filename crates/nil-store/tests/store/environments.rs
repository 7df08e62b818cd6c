//! Environments: what they hold, who has them, and which of two equal names counts.

use std::collections::BTreeMap;

use nil_core::{CompileLimits, EnvironmentName, FunctionId, FunctionRef, VariableName};
use nil_store::{EntryValue, FunctionChange, NewFunction, SealedSecret, StoreError};

use crate::{Fixture, new};

fn environment(text: &str) -> EnvironmentName {
    text.parse().expect("a name")
}

fn variable(text: &str) -> VariableName {
    text.parse().expect("a name")
}

fn variables(pairs: &[(&str, &str)]) -> BTreeMap<VariableName, String> {
    pairs.iter().map(|(name, value)| (variable(name), (*value).to_owned())).collect()
}

fn secret(byte: u8) -> EntryValue {
    EntryValue::Secret(SealedSecret { key_id: vec![byte; 8], nonce: vec![byte; 12], sealed: vec![byte; 20] })
}

async fn put(fixture: &Fixture, name: &str, pairs: &[(&str, &str)]) -> bool {
    let all = variables(pairs);
    fixture.store.put_environment(&environment(name), Some(&all)).await.expect("stored").1
}

/// `environment name=value` in the order in which later ones count more; secrets without their value.
async fn configuration(fixture: &Fixture, function: FunctionId) -> Vec<String> {
    let entries = fixture.store.configuration(function).await.expect("the database answers");
    let shown = entries.into_iter().map(|entry| match entry.value {
        EntryValue::Variable(value) => format!("{} {}={value}", entry.environment, entry.name),
        EntryValue::Secret(_) => format!("{} {} sealed", entry.environment, entry.name),
    });
    shown.collect()
}

#[tokio::test]
async fn variables_are_replaced_and_secrets_stay() {
    let fixture = Fixture::new().await;
    assert!(put(&fixture, "Base", &[("A", "1"), ("B", "2")]).await, "it is new");
    let id = fixture.store.environment_id(&environment("base")).await.expect("answers").expect("whatever the case");
    assert!(fixture.store.set_entry(id, &variable("TOKEN"), &secret(1)).await.expect("stored"));
    assert!(!put(&fixture, "base", &[("B", "3"), ("C", "")]).await, "it was there");
    let row = fixture.store.environment(&environment("BASE")).await.expect("answers").expect("it exists");
    let expected = BTreeMap::from([("B".to_owned(), "3".to_owned()), ("C".to_owned(), String::new())]);
    assert_eq!((row.name.as_str(), row.variables), ("Base", expected));
    assert_eq!(row.secrets.iter().map(|secret| secret.name.as_str()).collect::<Vec<_>>(), ["TOKEN"]);

    // Without variables nothing is replaced; a variable is not removed as if it were a secret.
    fixture.store.put_environment(&environment("base"), None).await.expect("stored");
    let store = &fixture.store;
    assert!(!store.remove_entry(&environment("base"), &variable("B"), true).await.expect("answers"));
    assert!(store.remove_entry(&environment("base"), &variable("B"), false).await.expect("answers"));
    assert!(store.remove_entry(&environment("base"), &variable("TOKEN"), true).await.expect("answers"));
    let row = store.environment(&environment("base")).await.expect("answers").expect("it exists");
    assert_eq!((row.variables.len(), row.secrets.len()), (1, 0));
}

#[tokio::test]
async fn a_function_has_environments_in_their_order() {
    let fixture = Fixture::new().await;
    put(&fixture, "one", &[("A", "1"), ("B", "1")]).await;
    put(&fixture, "two", &[("A", "2")]).await;
    let id = fixture.function("configured").await.id;
    let function = FunctionRef::Id(id);
    let attach = async |names: &[&str]| {
        let names: Vec<_> = names.iter().map(|name| environment(name)).collect();
        fixture.store.attach_environments(&function, &names).await
    };
    assert_eq!(attach(&["TWO", "one"]).await.expect("attached"), Some(id));
    assert_eq!(fixture.store.environments_of(id).await.expect("answers"), ["two", "one"]);
    assert_eq!(configuration(&fixture, id).await, ["two A=2", "one A=1", "one B=1"]);
    let refused = attach(&["one", "three"]).await;
    assert!(matches!(refused, Err(StoreError::UnknownEnvironment { ref name }) if name == "three"), "{refused:?}");
    assert_eq!(fixture.store.environments_of(id).await.expect("answers"), ["two", "one"], "nothing was changed");

    let in_use = fixture.store.delete_environment(&environment("one")).await;
    assert!(matches!(in_use, Err(StoreError::EnvironmentInUse)), "{in_use:?}");
    attach(&["two"]).await.expect("attached");
    assert!(fixture.store.delete_environment(&environment("one")).await.expect("deleted"));
    assert!(!fixture.store.delete_environment(&environment("one")).await.expect("answers"));
    fixture.store.delete_function(&function).await.expect("deleted");
    assert!(fixture.store.delete_environment(&environment("two")).await.expect("nobody has it any more"));
}

#[tokio::test]
async fn a_function_is_made_and_changed_together_with_its_environments() {
    let fixture = Fixture::new().await;
    put(&fixture, "one", &[("A", "1")]).await;
    put(&fixture, "two", &[("A", "2")]).await;
    let limits = CompileLimits::default();
    let unknown = NewFunction { environments: vec![environment("none")], ..new("together") };
    let refused = fixture.store.create_function(&unknown, &limits).await;
    assert!(matches!(refused, Err(StoreError::UnknownEnvironment { .. })), "{refused:?}");
    let wanted = NewFunction { environments: vec![environment("one")], ..new("together") };
    let made = fixture.store.create_function(&wanted, &limits).await.expect("nothing of the refused one was stored");
    assert_eq!(configuration(&fixture, made.id).await, ["one A=1"]);

    let function = FunctionRef::Id(made.id);
    let change = |names: &[&str]| FunctionChange {
        description: Some("changed".to_owned()),
        environments: Some(names.iter().map(|name| environment(name)).collect()),
        ..FunctionChange::default()
    };
    let refused = fixture.store.update_function(&function, &change(&["none"]), &limits).await;
    assert!(matches!(refused, Err(StoreError::UnknownEnvironment { .. })), "{refused:?}");
    let kept = fixture.store.function(&function).await.expect("answers").expect("it exists");
    assert_eq!(kept.description.as_deref(), Some("for tests"), "all of it or nothing");
    let row = fixture.store.update_function(&function, &change(&["one", "two"]), &limits).await.expect("stored");
    assert_eq!(row.expect("it exists").version, 1, "it makes no version");
    assert_eq!(configuration(&fixture, made.id).await, ["one A=1", "two A=2"]);
    let described = FunctionChange { description: Some("again".to_owned()), ..FunctionChange::default() };
    fixture.store.update_function(&function, &described, &limits).await.expect("stored");
    assert_eq!(fixture.store.environments_of(made.id).await.expect("answers"), ["one", "two"], "unsaid is untouched");
    fixture.store.update_function(&function, &change(&[]), &limits).await.expect("stored");
    assert!(configuration(&fixture, made.id).await.is_empty());
}

#[tokio::test]
async fn an_environment_holds_so_much_and_no_more() {
    let fixture = Fixture::new().await;
    put(&fixture, "full", &[("A", "1")]).await;
    let id = fixture.store.environment_id(&environment("full")).await.expect("answers").expect("it exists");
    let many: BTreeMap<_, _> = (0..257).map(|n| (variable(&format!("V{n}")), String::new())).collect();
    let refused = fixture.store.put_environment(&environment("full"), Some(&many)).await;
    assert!(matches!(refused, Err(StoreError::EnvironmentTooLarge { entries: 257, .. })), "{refused:?}");
    let large = "x".repeat(60 << 10);
    for n in 0..4 {
        let (name, value) = (variable(&format!("L{n}")), EntryValue::Variable(large.clone()));
        assert!(fixture.store.set_entry(id, &name, &value).await.expect("stored"));
    }
    let refused = fixture.store.set_entry(id, &variable("L4"), &EntryValue::Variable(large)).await;
    assert!(matches!(refused, Err(StoreError::EnvironmentTooLarge { entries: 6, .. })), "{refused:?}");
    let row = fixture.store.environment(&environment("full")).await.expect("answers").expect("it exists");
    assert_eq!(row.variables.len(), 5);
}

#[tokio::test]
async fn secrets_under_another_key_are_found() {
    let fixture = Fixture::new().await;
    put(&fixture, "sealed", &[("PLAIN", "1")]).await;
    let id = fixture.store.environment_id(&environment("sealed")).await.expect("answers").expect("it exists");
    for (name, byte) in [("OLD", 1), ("NEW", 2)] {
        fixture.store.set_entry(id, &variable(name), &secret(byte)).await.expect("stored");
    }
    let mut keys = fixture.store.secret_key_ids().await.expect("answers");
    keys.sort();
    assert_eq!(keys, [vec![1; 8], vec![2; 8]]);
    let old = fixture.store.secrets_not_under(&[2; 8], 10).await.expect("answers");
    assert_eq!(old.iter().map(|secret| (secret.owner, secret.name.as_str())).collect::<Vec<_>>(), [(id.0, "OLD")]);
}
