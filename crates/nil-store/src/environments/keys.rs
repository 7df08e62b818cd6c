//! Secrets by the key they are sealed with: what a change of keys works through.

use uuid::Uuid;

use super::SealedSecret;
use crate::{error::StoreError, store::Store};

/// The name of what a function's callbacks are signed with; no variable can have it.
pub const CALLBACK_SECRET: &str = "callback secret";

/// A secret with what it is bound to.
#[derive(Debug, Clone)]
pub struct StoredSecret {
    /// The environment it is of; of a [`CALLBACK_SECRET`] the function.
    pub owner: Uuid,
    /// Its name.
    pub name: String,
    /// As it is stored.
    pub secret: SealedSecret,
}

impl Store {
    /// The keys that secrets are sealed with.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn secret_key_ids(&self) -> Result<Vec<Vec<u8>>, StoreError> {
        Ok(sqlx::query_scalar!(
            r#"SELECT key_id AS "key_id!" FROM environment_entries WHERE key_id IS NOT NULL
               UNION SELECT key_id FROM callback_secrets"#
        )
        .fetch_all(&self.pool)
        .await?)
    }

    /// Some secrets that are sealed with another key than this one.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn secrets_not_under(&self, key_id: &[u8], limit: i64) -> Result<Vec<StoredSecret>, StoreError> {
        let rows = sqlx::query!(
            r#"SELECT environment_id AS "owner!", name AS "name!", key_id AS "key_id!", nonce AS "nonce!",
                      sealed AS "sealed!"
               FROM environment_entries WHERE key_id IS NOT NULL AND key_id <> $1
               UNION ALL
               SELECT function_id, $3, key_id, nonce, sealed FROM callback_secrets WHERE key_id <> $1
               LIMIT $2"#,
            key_id,
            limit,
            CALLBACK_SECRET,
        )
        .fetch_all(&self.pool)
        .await?;
        let secrets = rows.into_iter().map(|row| StoredSecret {
            owner: row.owner,
            name: row.name,
            secret: SealedSecret { key_id: row.key_id, nonce: row.nonce, sealed: row.sealed },
        });
        Ok(secrets.collect())
    }

    /// Puts the same value, sealed anew, in place of `old`. Whether it was still that: somebody may have set another.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn reseal(&self, old: &StoredSecret, new: &SealedSecret) -> Result<bool, StoreError> {
        if old.name == CALLBACK_SECRET {
            let resealed = sqlx::query!(
                "UPDATE callback_secrets SET key_id = $3, nonce = $4, sealed = $5 WHERE function_id = $1 AND nonce = $2",
                old.owner,
                old.secret.nonce,
                new.key_id,
                new.nonce,
                new.sealed,
            );
            return Ok(resealed.execute(&self.pool).await?.rows_affected() == 1);
        }
        let resealed = sqlx::query!(
            "UPDATE environment_entries SET key_id = $4, nonce = $5, sealed = $6
             WHERE environment_id = $1 AND name = $2 AND nonce = $3",
            old.owner,
            old.name,
            old.secret.nonce,
            new.key_id,
            new.nonce,
            new.sealed,
        )
        .execute(&self.pool)
        .await?;
        Ok(resealed.rows_affected() == 1)
    }
}
