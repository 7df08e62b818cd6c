//! Aliases: names for one version or several with their shares of the calls.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use nil_core::{AliasName, FunctionId, FunctionRef, FunctionStatus};
use sqlx::PgConnection;

use crate::{
    error::StoreError,
    functions::{lock_function, split},
    notify::announce,
    rows,
    store::Store,
};

/// An alias and where it points.
#[derive(Debug, Clone)]
pub struct AliasRow {
    /// Its name.
    pub name: AliasName,
    /// Version numbers and their weights, by number.
    pub targets: Vec<(i32, i32)>,
    /// When it was set.
    pub updated_at: DateTime<Utc>,
}

/// All aliases of a function.
#[derive(Debug, Clone)]
pub struct AliasTable {
    /// The function.
    pub function_id: FunctionId,
    /// Its name.
    pub name: nil_core::FunctionName,
    /// By name.
    pub aliases: Vec<AliasRow>,
}

/// What became of the wish to point an alias somewhere.
#[derive(Debug, Clone)]
pub enum AliasSet {
    /// It points there.
    Done {
        /// The function.
        function: FunctionId,
        /// The alias.
        alias: AliasRow,
    },
    /// No such function.
    NoFunction,
    /// No such version of it.
    NoVersion(i32),
    /// The version has no module to run.
    NotReady(i32, FunctionStatus),
}

impl Store {
    /// All aliases of a function. `Ok(None)`: no such function.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn aliases(&self, function: &FunctionRef) -> Result<Option<AliasTable>, StoreError> {
        let (id, key) = split(function);
        let rows = sqlx::query!(
            r#"SELECT f.id, f.name, a.alias AS "alias?", a.version_number AS "version_number?", a.weight AS "weight?",
                      a.updated_at AS "updated_at?"
               FROM functions f LEFT JOIN alias_targets a ON a.function_id = f.id
               WHERE ($1::uuid IS NOT NULL AND f.id = $1) OR ($2::text IS NOT NULL AND f.name_key = $2)
               ORDER BY a.alias, a.version_number"#,
            id,
            key,
        )
        .fetch_all(&self.pool)
        .await?;
        let Some(first) = rows.first() else { return Ok(None) };
        let (function_id, name) = (FunctionId(first.id), rows::name(&first.name)?);
        let mut aliases: BTreeMap<String, AliasRow> = BTreeMap::new();
        for row in rows {
            let (Some(alias), Some(number), Some(weight), Some(updated_at)) =
                (row.alias, row.version_number, row.weight, row.updated_at)
            else {
                continue;
            };
            let name = rows::parse("alias", &alias)?;
            let entry = aliases.entry(alias).or_insert_with(|| AliasRow { name, targets: Vec::new(), updated_at });
            entry.targets.push((number, weight));
        }
        Ok(Some(AliasTable { function_id, name, aliases: aliases.into_values().collect() }))
    }

    /// Points an alias at versions, in place of whatever it pointed at.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn set_alias(
        &self,
        function: &FunctionRef,
        alias: &AliasName,
        targets: &[(i32, i32)],
    ) -> Result<AliasSet, StoreError> {
        let mut transaction = self.pool.begin().await?;
        let Some(id) = lock_function(&mut transaction, function).await? else { return Ok(AliasSet::NoFunction) };
        for (number, _) in targets {
            let status = sqlx::query_scalar!(
                r#"SELECT status::text AS "status!" FROM versions WHERE function_id = $1 AND number = $2"#,
                id.0,
                number,
            )
            .fetch_optional(&mut *transaction)
            .await?;
            match status.as_deref().map(rows::status).transpose()? {
                Some(FunctionStatus::Ready) => {}
                Some(status) => return Ok(AliasSet::NotReady(*number, status)),
                None => return Ok(AliasSet::NoVersion(*number)),
            }
        }
        let updated_at = put_targets(&mut transaction, id, alias, targets).await?;
        announce(&mut transaction, id).await?;
        transaction.commit().await?;
        let mut targets = targets.to_vec();
        targets.sort_unstable();
        Ok(AliasSet::Done { function: id, alias: AliasRow { name: alias.clone(), targets, updated_at } })
    }

    /// Removes an alias of the function that is answered. `Ok(None)`: no such function; `Some(None)`: no such alias.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn delete_alias(
        &self,
        function: &FunctionRef,
        alias: &AliasName,
    ) -> Result<Option<Option<FunctionId>>, StoreError> {
        let mut transaction = self.pool.begin().await?;
        let Some(id) = lock_function(&mut transaction, function).await? else { return Ok(None) };
        let removed = remove(&mut transaction, id, alias).await?;
        announce(&mut transaction, id).await?;
        transaction.commit().await?;
        Ok(Some((removed > 0).then_some(id)))
    }
}

/// Replaces what an alias points at, in the transaction that locked the function's row.
pub(crate) async fn put_targets(
    connection: &mut PgConnection,
    function: FunctionId,
    alias: &AliasName,
    targets: &[(i32, i32)],
) -> Result<DateTime<Utc>, StoreError> {
    remove(connection, function, alias).await?;
    let (numbers, weights): (Vec<i32>, Vec<i32>) = targets.iter().copied().unzip();
    let updated_at = sqlx::query_scalar!(
        r#"WITH added AS (
               INSERT INTO alias_targets (function_id, alias, version_number, weight)
               SELECT $1, $2, number, weight FROM UNNEST($3::integer[], $4::integer[]) AS new (number, weight))
           SELECT now() AS "now!""#,
        function.0,
        alias.as_str(),
        &numbers,
        &weights,
    )
    .fetch_one(connection)
    .await?;
    Ok(updated_at)
}

async fn remove(connection: &mut PgConnection, function: FunctionId, alias: &AliasName) -> Result<u64, StoreError> {
    let removed =
        sqlx::query!("DELETE FROM alias_targets WHERE function_id = $1 AND alias = $2", function.0, alias.as_str())
            .execute(connection)
            .await?;
    Ok(removed.rows_affected())
}
