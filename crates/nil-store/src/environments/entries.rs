//! Single variables and secrets.

use nil_core::{EnvironmentId, EnvironmentName, VariableName};
use sqlx::PgConnection;

use super::{EntryValue, MAX_ENTRIES, MAX_ENVIRONMENT_BYTES, announce};
use crate::{error::StoreError, store::Store};

impl Store {
    /// Sets a name, whatever it stood for. `false`: the environment is gone.
    ///
    /// # Errors
    /// [`StoreError::EnvironmentTooLarge`] when the environment would hold too much.
    pub async fn set_entry(
        &self,
        environment: EnvironmentId,
        name: &VariableName,
        value: &EntryValue,
    ) -> Result<bool, StoreError> {
        let (plain, secret) = match value {
            EntryValue::Variable(value) => (Some(value), None),
            EntryValue::Secret(secret) => (None, Some(secret)),
        };
        let mut transaction = self.pool.begin().await?;
        if !touch(&mut transaction, environment).await? {
            return Ok(false);
        }
        sqlx::query!(
            "INSERT INTO environment_entries (environment_id, name, value, key_id, nonce, sealed)
             VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (environment_id, name) DO UPDATE
             SET value = excluded.value, key_id = excluded.key_id, nonce = excluded.nonce, sealed = excluded.sealed,
                 updated_at = now()",
            environment.0,
            name.as_str(),
            plain,
            secret.map(|secret| secret.key_id.as_slice()),
            secret.map(|secret| secret.nonce.as_slice()),
            secret.map(|secret| secret.sealed.as_slice()),
        )
        .execute(&mut *transaction)
        .await?;
        check_size(&mut transaction, environment).await?;
        announce(&mut transaction, environment).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// Removes a variable, or with `secret` a secret. `false`: there is none of the name and kind.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn remove_entry(
        &self,
        environment: &EnvironmentName,
        name: &VariableName,
        secret: bool,
    ) -> Result<bool, StoreError> {
        let mut transaction = self.pool.begin().await?;
        let removed = sqlx::query_scalar!(
            "DELETE FROM environment_entries e USING environments s
             WHERE s.name_key = $1 AND e.environment_id = s.id AND e.name = $2 AND (e.sealed IS NOT NULL) = $3
             RETURNING e.environment_id",
            environment.key(),
            name.as_str(),
            secret,
        )
        .fetch_optional(&mut *transaction)
        .await?;
        let Some(id) = removed.map(EnvironmentId) else { return Ok(false) };
        touch(&mut transaction, id).await?;
        announce(&mut transaction, id).await?;
        transaction.commit().await?;
        Ok(true)
    }
}

/// Dates the change and keeps others that change the same environment waiting.
async fn touch(connection: &mut PgConnection, environment: EnvironmentId) -> Result<bool, StoreError> {
    let touched = sqlx::query!("UPDATE environments SET updated_at = now() WHERE id = $1", environment.0);
    Ok(touched.execute(connection).await?.rows_affected() == 1)
}

/// Refuses what the transaction has made too large.
pub(super) async fn check_size(connection: &mut PgConnection, environment: EnvironmentId) -> Result<(), StoreError> {
    let size = sqlx::query!(
        r#"SELECT count(*) AS "entries!",
                  COALESCE(sum(octet_length(name) + COALESCE(octet_length(value), octet_length(sealed))), 0)::bigint AS "bytes!"
           FROM environment_entries WHERE environment_id = $1"#,
        environment.0
    )
    .fetch_one(connection)
    .await?;
    if size.entries > MAX_ENTRIES || size.bytes > MAX_ENVIRONMENT_BYTES {
        return Err(StoreError::EnvironmentTooLarge { entries: size.entries, bytes: size.bytes });
    }
    Ok(())
}
