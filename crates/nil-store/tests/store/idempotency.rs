//! Keys of requests: taken by one, answered to all, given back, and free again when their holder is lost.

use std::time::Duration;

use nil_store::{KeptAnswer, KeyClaim, KeyedRequest};
use sqlx::{Connection as _, PgConnection};
use uuid::Uuid;

use crate::{Fixture, LONG};

fn request(scope: &str, digest: u8) -> KeyedRequest {
    KeyedRequest { scope: scope.to_owned(), key: "k".to_owned(), digest: [digest; 32] }
}

fn answer(body: &[u8]) -> KeptAnswer {
    KeptAnswer { status: 201, headers: vec![("location".to_owned(), "/x".to_owned())], body: body.to_vec() }
}

async fn claim(fixture: &Fixture, request: &KeyedRequest, lease: Duration) -> KeyClaim {
    fixture.store.claim_key(request, lease).await.expect("the database answers")
}

async fn ours(fixture: &Fixture, request: &KeyedRequest, lease: Duration) -> Uuid {
    match claim(fixture, request, lease).await {
        KeyClaim::Ours(holder) => holder,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_key_is_held_by_one_and_then_stands_for_its_answer() {
    let fixture = Fixture::new().await;
    let one = request("/a", 1);
    let holder = ours(&fixture, &one, LONG).await;
    assert!(matches!(claim(&fixture, &one, LONG).await, KeyClaim::Running));
    assert!(matches!(claim(&fixture, &request("/a", 2), LONG).await, KeyClaim::Different));
    // Another path has keys of its own.
    ours(&fixture, &request("/b", 2), LONG).await;

    // Whoever does not hold it says nothing.
    fixture.store.keep_answer(&one, Uuid::now_v7(), &answer(b"stranger")).await.expect("the database answers");
    fixture.store.release_key(&one, Uuid::now_v7()).await.expect("the database answers");
    assert!(matches!(claim(&fixture, &one, LONG).await, KeyClaim::Running));
    fixture.store.keep_answer(&one, holder, &answer(b"done")).await.expect("kept");
    match claim(&fixture, &one, LONG).await {
        KeyClaim::Answered(kept) => {
            assert_eq!((kept.status, kept.body.as_slice()), (201, b"done".as_slice()));
            assert_eq!(kept.headers, [("location".to_owned(), "/x".to_owned())]);
        }
        other => panic!("{other:?}"),
    }
    assert!(matches!(claim(&fixture, &request("/a", 2), LONG).await, KeyClaim::Different));
}

#[tokio::test]
async fn a_key_that_was_given_back_or_whose_holder_is_lost_is_free() {
    let fixture = Fixture::new().await;
    let one = request("/a", 1);
    let holder = ours(&fixture, &one, LONG).await;
    fixture.store.release_key(&one, holder).await.expect("released");
    // Nothing was carried out: it may stand for another request.
    let lost = ours(&fixture, &request("/a", 2), Duration::ZERO).await;
    let second = ours(&fixture, &request("/a", 2), LONG).await;
    assert_ne!(lost, second);
    // Too late: somebody else carries it out.
    fixture.store.keep_answer(&request("/a", 2), lost, &answer(b"late")).await.expect("the database answers");
    assert!(matches!(claim(&fixture, &request("/a", 2), LONG).await, KeyClaim::Running));
}

#[tokio::test]
async fn of_many_at_once_one_gets_the_key() {
    let fixture = Fixture::new().await;
    let claims = (0..16).map(|_| {
        let store = fixture.store.clone();
        tokio::spawn(async move { store.claim_key(&request("/a", 1), LONG).await.expect("the database answers") })
    });
    let mut held = 0;
    for claim in claims.collect::<Vec<_>>() {
        match claim.await.expect("no panic") {
            KeyClaim::Ours(_) => held += 1,
            other => assert!(matches!(other, KeyClaim::Running), "{other:?}"),
        }
    }
    assert_eq!(held, 1);
}

#[tokio::test]
async fn keys_are_forgotten_when_their_day_is_over() {
    let fixture = Fixture::new().await;
    let one = request("/a", 1);
    let holder = ours(&fixture, &one, LONG).await;
    fixture.store.keep_answer(&one, holder, &answer(b"done")).await.expect("kept");
    assert_eq!(fixture.store.forget_keys().await.expect("the database answers"), 0);
    let mut connection = PgConnection::connect(fixture.database.url()).await.expect("the database answers");
    sqlx::query("UPDATE idempotency_keys SET expires_at = now() - interval '1 second'")
        .execute(&mut connection)
        .await
        .expect("updated");
    // Free at once, whoever cleans up when.
    ours(&fixture, &request("/a", 2), LONG).await;
    sqlx::query("UPDATE idempotency_keys SET expires_at = now() - interval '1 second'")
        .execute(&mut connection)
        .await
        .expect("updated");
    assert_eq!(fixture.store.forget_keys().await.expect("the database answers"), 1);
}
