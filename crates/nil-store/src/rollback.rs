//! Moving what is live by hand: back to an older version, or on to the one an alias tries out.

use nil_core::{AliasName, FunctionId, FunctionRef, FunctionStatus};
use sqlx::PgConnection;

use crate::{
    aliases::put_targets,
    error::StoreError,
    functions::{FunctionRow, lock_function, select_function},
    notify::announce,
    store::Store,
};

/// What became of the wish to make a version live.
#[derive(Debug, Clone)]
pub enum Moved {
    /// It is live.
    Done(Box<FunctionRow>),
    /// No such function.
    NoFunction,
    /// No such version of it.
    NoVersion,
    /// No such alias of it.
    NoAlias,
    /// The version has no module to run.
    NotReady {
        /// The version.
        number: i32,
        /// Its state.
        status: FunctionStatus,
    },
}

impl Store {
    /// Makes a ready version live, older or newer. No version that exists now goes live by itself any more.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn roll_back(&self, function: &FunctionRef, to: i32) -> Result<Moved, StoreError> {
        let mut transaction = self.pool.begin().await?;
        let Some(id) = lock_function(&mut transaction, function).await? else { return Ok(Moved::NoFunction) };
        let moved = make_live(&mut transaction, id, to).await?;
        transaction.commit().await?;
        Ok(moved)
    }

    /// Makes the newest version an alias points at live, and the alias point at it alone.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn promote(&self, function: &FunctionRef, alias: &AliasName) -> Result<Moved, StoreError> {
        let mut transaction = self.pool.begin().await?;
        let Some(id) = lock_function(&mut transaction, function).await? else { return Ok(Moved::NoFunction) };
        let newest = sqlx::query_scalar!(
            "SELECT max(version_number) FROM alias_targets WHERE function_id = $1 AND alias = $2",
            id.0,
            alias.as_str(),
        )
        .fetch_one(&mut *transaction)
        .await?;
        let Some(newest) = newest else { return Ok(Moved::NoAlias) };
        put_targets(&mut transaction, id, alias, &[(newest, 1)]).await?;
        let moved = make_live(&mut transaction, id, newest).await?;
        transaction.commit().await?;
        Ok(moved)
    }
}

/// In the transaction that locked the function's row.
async fn make_live(connection: &mut PgConnection, function: FunctionId, number: i32) -> Result<Moved, StoreError> {
    let status = sqlx::query_scalar!(
        r#"SELECT status::text AS "status!" FROM versions WHERE function_id = $1 AND number = $2"#,
        function.0,
        number,
    )
    .fetch_optional(&mut *connection)
    .await?;
    let Some(status) = status else { return Ok(Moved::NoVersion) };
    let status = crate::rows::status(&status)?;
    if status != FunctionStatus::Ready {
        return Ok(Moved::NotReady { number, status });
    }
    sqlx::query!(
        "UPDATE functions f SET live_version_id = v.id, updated_at = now(),
                passed_over = (SELECT number FROM versions WHERE id = f.latest_version_id)
         FROM versions v
         WHERE f.id = $1 AND v.function_id = $1 AND v.number = $2",
        function.0,
        number,
    )
    .execute(&mut *connection)
    .await?;
    announce(connection, function).await?;
    let row = select_function(connection, &FunctionRef::Id(function)).await?;
    Ok(row.map_or(Moved::NoFunction, |row| Moved::Done(Box::new(row))))
}
