//! Secrets by the key they are sealed with: what a change of keys works through.

use nil_core::EnvironmentId;

use super::SealedSecret;
use crate::{error::StoreError, store::Store};

/// A secret with what it is bound to.
#[derive(Debug, Clone)]
pub struct StoredSecret {
    /// The environment it is of.
    pub environment_id: EnvironmentId,
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
            r#"SELECT DISTINCT key_id AS "key_id!" FROM environment_entries WHERE key_id IS NOT NULL"#
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
            r#"SELECT environment_id, name, key_id AS "key_id!", nonce AS "nonce!", sealed AS "sealed!"
               FROM environment_entries WHERE key_id IS NOT NULL AND key_id <> $1
               ORDER BY environment_id, name LIMIT $2"#,
            key_id,
            limit,
        )
        .fetch_all(&self.pool)
        .await?;
        let secrets = rows.into_iter().map(|row| StoredSecret {
            environment_id: EnvironmentId(row.environment_id),
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
        let resealed = sqlx::query!(
            "UPDATE environment_entries SET key_id = $4, nonce = $5, sealed = $6
             WHERE environment_id = $1 AND name = $2 AND nonce = $3",
            old.environment_id.0,
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
