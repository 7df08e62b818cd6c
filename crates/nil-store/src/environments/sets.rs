//! Environments as a whole.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use nil_core::{EnvironmentId, EnvironmentName, VariableName};
use sqlx::PgConnection;

use super::{announce, entries::check_size};
use crate::{error::StoreError, functions::Page, rows, store::Store};

/// A secret as it may be shown: without its value.
#[derive(Debug, Clone)]
pub struct SecretRow {
    /// Its name.
    pub name: String,
    /// When it was set.
    pub updated_at: DateTime<Utc>,
}

/// An environment with what it holds and who has it.
#[derive(Debug, Clone)]
pub struct EnvironmentRow {
    /// Its id.
    pub id: EnvironmentId,
    /// Its name.
    pub name: EnvironmentName,
    /// Variables by name.
    pub variables: BTreeMap<String, String>,
    /// Secrets by name.
    pub secrets: Vec<SecretRow>,
    /// Names of the functions that have it.
    pub functions: Vec<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

impl Store {
    /// Environments, newest first.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn environments(&self, page: Page<EnvironmentId>) -> Result<Vec<EnvironmentRow>, StoreError> {
        let mut connection = self.pool.acquire().await?;
        select(&mut connection, None, page).await
    }

    /// One environment.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn environment(&self, name: &EnvironmentName) -> Result<Option<EnvironmentRow>, StoreError> {
        let mut connection = self.pool.acquire().await?;
        by_name(&mut connection, name).await
    }

    /// The id of an environment.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn environment_id(&self, name: &EnvironmentName) -> Result<Option<EnvironmentId>, StoreError> {
        let id = sqlx::query_scalar!("SELECT id FROM environments WHERE name_key = $1", name.key());
        Ok(id.fetch_optional(&self.pool).await?.map(EnvironmentId))
    }

    /// Makes an environment, or leaves the one there is; with `variables` those are all it has from now on. Secrets stay.
    /// Whether it was made.
    ///
    /// # Errors
    /// [`StoreError::EnvironmentTooLarge`] when it holds too much.
    pub async fn put_environment(
        &self,
        name: &EnvironmentName,
        variables: Option<&BTreeMap<VariableName, String>>,
    ) -> Result<(EnvironmentRow, bool), StoreError> {
        let mut transaction = self.pool.begin().await?;
        let fresh = EnvironmentId::generate();
        let id = sqlx::query_scalar!(
            "INSERT INTO environments (id, name) VALUES ($1, $2)
             ON CONFLICT ON CONSTRAINT environments_name_is_unique DO UPDATE SET updated_at = now() RETURNING id",
            fresh.0,
            name.as_str(),
        )
        .fetch_one(&mut *transaction)
        .await
        .map(EnvironmentId)?;
        if let Some(variables) = variables {
            let (names, values): (Vec<String>, Vec<String>) =
                variables.iter().map(|(name, value)| (name.to_string(), value.clone())).unzip();
            sqlx::query!(
                "DELETE FROM environment_entries WHERE environment_id = $1 AND value IS NOT NULL AND name <> ALL ($2)",
                id.0,
                &names,
            )
            .execute(&mut *transaction)
            .await?;
            sqlx::query!(
                "INSERT INTO environment_entries AS e (environment_id, name, value)
                 SELECT $1, name, value FROM UNNEST($2::text[], $3::text[]) AS new (name, value)
                 ON CONFLICT (environment_id, name) DO UPDATE
                 SET value = excluded.value, key_id = NULL, nonce = NULL, sealed = NULL, updated_at = now()
                 WHERE e.value IS DISTINCT FROM excluded.value",
                id.0,
                &names,
                &values,
            )
            .execute(&mut *transaction)
            .await?;
            check_size(&mut transaction, id).await?;
            announce(&mut transaction, id).await?;
        }
        let row = by_name(&mut transaction, name).await?;
        transaction.commit().await?;
        let gone = || StoreError::Unreadable { what: "environment", reason: "it is not where it was put".to_owned() };
        Ok((row.ok_or_else(gone)?, id == fresh))
    }

    /// Deletes an environment with all it holds. `false`: there is none.
    ///
    /// # Errors
    /// [`StoreError::EnvironmentInUse`] while a function has it.
    pub async fn delete_environment(&self, name: &EnvironmentName) -> Result<bool, StoreError> {
        let deleted =
            sqlx::query!("DELETE FROM environments WHERE name_key = $1", name.key()).execute(&self.pool).await?;
        Ok(deleted.rows_affected() == 1)
    }
}

async fn by_name(connection: &mut PgConnection, name: &EnvironmentName) -> Result<Option<EnvironmentRow>, StoreError> {
    Ok(select(connection, Some(name), Page { limit: 1, after: None }).await?.pop())
}

async fn select(
    connection: &mut PgConnection,
    name: Option<&EnvironmentName>,
    page: Page<EnvironmentId>,
) -> Result<Vec<EnvironmentRow>, StoreError> {
    let found = sqlx::query!(
        r#"SELECT e.id, e.name, e.created_at, e.updated_at,
                  ARRAY(SELECT f.name FROM function_environments fe JOIN functions f ON f.id = fe.function_id
                        WHERE fe.environment_id = e.id ORDER BY f.name) AS "functions!"
           FROM environments e
           WHERE ($1::text IS NULL OR e.name_key = $1) AND ($2::uuid IS NULL OR e.id < $2)
           ORDER BY e.id DESC LIMIT $3"#,
        name.map(EnvironmentName::key),
        page.after.map(|id| id.0),
        page.limit,
    )
    .fetch_all(&mut *connection)
    .await?;
    let ids: Vec<_> = found.iter().map(|row| row.id).collect();
    let entries = sqlx::query!(
        "SELECT environment_id, name, value, updated_at FROM environment_entries WHERE environment_id = ANY ($1) ORDER BY name",
        &ids
    )
    .fetch_all(connection)
    .await?;
    let mut environments = Vec::with_capacity(found.len());
    for row in found {
        environments.push(EnvironmentRow {
            id: EnvironmentId(row.id),
            name: rows::parse("environment name", &row.name)?,
            variables: BTreeMap::new(),
            secrets: Vec::new(),
            functions: row.functions,
            created_at: row.created_at,
            updated_at: row.updated_at,
        });
    }
    let places: std::collections::HashMap<_, _> = ids.iter().enumerate().map(|(place, id)| (*id, place)).collect();
    for entry in entries {
        let Some(environment) = places.get(&entry.environment_id).and_then(|place| environments.get_mut(*place)) else {
            continue;
        };
        match entry.value {
            Some(value) => drop(environment.variables.insert(entry.name, value)),
            None => environment.secrets.push(SecretRow { name: entry.name, updated_at: entry.updated_at }),
        }
    }
    Ok(environments)
}
