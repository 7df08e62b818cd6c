//! Which functions have which environments, and what that comes to.

use nil_core::{EnvironmentId, EnvironmentName, FunctionId, FunctionRef};
use sqlx::PgConnection;

use super::{EntryValue, SealedSecret};
use crate::{error::StoreError, store::Store};

/// A name a function is configured with.
#[derive(Debug, Clone)]
pub struct ConfiguredEntry {
    /// The environment it is of.
    pub environment_id: EnvironmentId,
    /// That environment's name.
    pub environment: String,
    /// The name.
    pub name: String,
    /// What it stands for.
    pub value: EntryValue,
}

impl Store {
    /// Gives a function these environments in place of all it had; of two that hold the same name the later counts.
    /// `Ok(None)`: no such function.
    ///
    /// # Errors
    /// [`StoreError::UnknownEnvironment`] names the first that does not exist.
    pub async fn attach_environments(
        &self,
        function: &FunctionRef,
        environments: &[EnvironmentName],
    ) -> Result<Option<FunctionId>, StoreError> {
        let Some(id) = self.function_id(function).await? else { return Ok(None) };
        let mut transaction = self.pool.begin().await?;
        replace_environments(&mut transaction, id, environments).await?;
        transaction.commit().await?;
        Ok(Some(id))
    }

    /// The names of a function's environments, in their order.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn environments_of(&self, function: FunctionId) -> Result<Vec<String>, StoreError> {
        Ok(sqlx::query_scalar!(
            "SELECT e.name FROM function_environments fe JOIN environments e ON e.id = fe.environment_id
             WHERE fe.function_id = $1 ORDER BY fe.position",
            function.0
        )
        .fetch_all(&self.pool)
        .await?)
    }

    /// What a function is configured with, in the order in which later ones count more.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn configuration(&self, function: FunctionId) -> Result<Vec<ConfiguredEntry>, StoreError> {
        let rows = sqlx::query!(
            "SELECT e.id, e.name AS environment, v.name, v.value, v.key_id, v.nonce, v.sealed
             FROM function_environments fe
             JOIN environments e ON e.id = fe.environment_id
             JOIN environment_entries v ON v.environment_id = e.id
             WHERE fe.function_id = $1 ORDER BY fe.position, v.name",
            function.0
        )
        .fetch_all(&self.pool)
        .await?;
        let entries = rows.into_iter().map(|row| ConfiguredEntry {
            environment_id: EnvironmentId(row.id),
            environment: row.environment,
            name: row.name,
            value: match row.value {
                Some(value) => EntryValue::Variable(value),
                None => EntryValue::Secret(SealedSecret {
                    key_id: row.key_id.unwrap_or_default(),
                    nonce: row.nonce.unwrap_or_default(),
                    sealed: row.sealed.unwrap_or_default(),
                }),
            },
        });
        Ok(entries.collect())
    }
}

/// Gives a function these environments in place of all it had, and tells every server when the transaction commits.
///
/// # Errors
/// [`StoreError::UnknownEnvironment`] names the first that does not exist.
pub(crate) async fn replace_environments(
    connection: &mut PgConnection,
    function: FunctionId,
    environments: &[EnvironmentName],
) -> Result<(), StoreError> {
    let keys: Vec<String> = environments.iter().map(EnvironmentName::key).collect();
    // Held until the commit: attached and deleted at the same time is one or the other.
    let known = sqlx::query!("SELECT id, name_key FROM environments WHERE name_key = ANY ($1) FOR KEY SHARE", &keys)
        .fetch_all(&mut *connection)
        .await?;
    let mut ids = Vec::with_capacity(keys.len());
    for (key, name) in keys.iter().zip(environments) {
        match known.iter().find(|row| row.name_key == *key) {
            Some(row) => ids.push(row.id),
            None => return Err(StoreError::UnknownEnvironment { name: name.to_string() }),
        }
    }
    sqlx::query!("DELETE FROM function_environments WHERE function_id = $1", function.0)
        .execute(&mut *connection)
        .await?;
    sqlx::query!(
        "INSERT INTO function_environments (function_id, position, environment_id)
         SELECT $1, position::integer, environment_id
         FROM UNNEST($2::uuid[]) WITH ORDINALITY AS new (environment_id, position)",
        function.0,
        &ids,
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!("SELECT pg_notify('nil_functions', 'configuration:' || $1)", function.to_string())
        .fetch_one(&mut *connection)
        .await?;
    Ok(())
}
