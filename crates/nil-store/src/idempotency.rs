//! Requests that must not be carried out twice, by their key: who carries one out, and what was answered.

use std::time::Duration;

use uuid::Uuid;

use crate::{error::StoreError, rows, store::Store};

/// A request with a key.
#[derive(Debug, Clone)]
pub struct KeyedRequest {
    /// What the key belongs to: the path it was sent to.
    pub scope: String,
    /// The key.
    pub key: String,
    /// SHA-256 of everything else that was asked.
    pub digest: [u8; 32],
}

/// An answer to give again.
#[derive(Debug, Clone)]
pub struct KeptAnswer {
    /// Its status.
    pub status: u16,
    /// Its header fields.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: Vec<u8>,
}

/// What a key stands for.
#[derive(Debug, Clone)]
pub enum KeyClaim {
    /// Nothing yet: whoever got this carries the request out and says how it ended.
    Ours(Uuid),
    /// Somebody carries it out.
    Running,
    /// It was carried out.
    Answered(KeptAnswer),
    /// Another request.
    Different,
}

impl Store {
    /// Takes a key for a request, for as long as `lease` at the most, or says what it stands for.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn claim_key(&self, request: &KeyedRequest, lease: Duration) -> Result<KeyClaim, StoreError> {
        let holder = Uuid::now_v7();
        loop {
            let taken = sqlx::query_scalar!(
                "INSERT INTO idempotency_keys AS k (scope, key, digest, holder, held_until, expires_at)
                 VALUES ($1, $2, $3, $4, clock_timestamp() + make_interval(secs => $5), clock_timestamp() + interval '24 hours')
                 ON CONFLICT (scope, key) DO UPDATE
                 SET digest = excluded.digest, holder = excluded.holder, held_until = excluded.held_until,
                     expires_at = excluded.expires_at, status = NULL, headers = NULL, body = NULL
                 WHERE k.expires_at < clock_timestamp()
                    OR (k.status IS NULL AND k.held_until < clock_timestamp() AND k.digest = excluded.digest)
                 RETURNING holder",
                request.scope,
                request.key,
                request.digest.as_slice(),
                holder,
                lease.as_secs_f64(),
            )
            .fetch_optional(&self.pool)
            .await?;
            if taken.is_some() {
                return Ok(KeyClaim::Ours(holder));
            }
            let known = sqlx::query!(
                "SELECT digest, status, headers::text, body FROM idempotency_keys WHERE scope = $1 AND key = $2",
                request.scope,
                request.key,
            )
            .fetch_optional(&self.pool)
            .await?;
            // Given back between the two statements: it is free.
            let Some(known) = known else { continue };
            if known.digest != request.digest {
                return Ok(KeyClaim::Different);
            }
            let (Some(status), Some(headers), Some(body)) = (known.status, known.headers, known.body) else {
                return Ok(KeyClaim::Running);
            };
            let status = u16::try_from(status).unwrap_or(500);
            return Ok(KeyClaim::Answered(KeptAnswer { status, headers: rows::json("headers", &headers)?, body }));
        }
    }

    /// Keeps the answer to a request for a day, if `holder` still holds it.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn keep_answer(
        &self,
        request: &KeyedRequest,
        holder: Uuid,
        answer: &KeptAnswer,
    ) -> Result<(), StoreError> {
        let headers = rows::to_jsonb_text("headers", &answer.headers)?;
        sqlx::query!(
            "UPDATE idempotency_keys SET status = $4, headers = ($5::text)::jsonb, body = $6
             WHERE scope = $1 AND key = $2 AND holder = $3",
            request.scope,
            request.key,
            holder,
            i32::from(answer.status),
            headers,
            answer.body,
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Gives a key back: nothing was carried out.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn release_key(&self, request: &KeyedRequest, holder: Uuid) -> Result<(), StoreError> {
        sqlx::query!(
            "DELETE FROM idempotency_keys WHERE scope = $1 AND key = $2 AND holder = $3",
            request.scope,
            request.key,
            holder,
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Forgets keys whose day is over; how many.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn forget_keys(&self) -> Result<u64, StoreError> {
        let forgotten = sqlx::query!("DELETE FROM idempotency_keys WHERE expires_at < clock_timestamp()");
        Ok(forgotten.execute(&self.pool).await?.rows_affected())
    }
}
