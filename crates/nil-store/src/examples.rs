//! Saved examples, and which of them a version that is being published must pass.

use nil_core::{Example, ExampleName, FunctionId, FunctionRef, FunctionSettings, MAX_EXAMPLES, VersionId};
use sqlx::PgConnection;

use crate::{
    error::StoreError,
    functions::{lock_function, split},
    rows,
    store::Store,
};

/// What stands between a version and going live.
#[derive(Debug, Clone)]
pub struct Gate {
    /// The function.
    pub function_id: FunctionId,
    /// Its name.
    pub name: nil_core::FunctionName,
    /// The version's number.
    pub number: i32,
    /// The version's settings.
    pub settings: FunctionSettings,
    /// What it must pass.
    pub examples: Vec<Example>,
}

/// What became of an example that was to be saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExampleSaved {
    /// It is saved.
    Done,
    /// No such function.
    NoFunction,
    /// The function has as many as it may.
    TooMany,
}

impl Store {
    /// The examples of a function, by name. `Ok(None)`: no such function.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn examples(&self, function: &FunctionRef) -> Result<Option<Vec<Example>>, StoreError> {
        let mut connection = self.pool.acquire().await?;
        let (id, key) = split(function);
        let found = sqlx::query_scalar!(
            "SELECT id FROM functions
             WHERE ($1::uuid IS NOT NULL AND id = $1) OR ($2::text IS NOT NULL AND name_key = $2)",
            id,
            key,
        )
        .fetch_optional(&mut *connection)
        .await?;
        match found {
            Some(id) => select_examples(&mut connection, FunctionId(id)).await.map(Some),
            None => Ok(None),
        }
    }

    /// Saves an example, in place of the one of its name.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn save_example(&self, function: &FunctionRef, example: &Example) -> Result<ExampleSaved, StoreError> {
        let mut transaction = self.pool.begin().await?;
        let Some(id) = lock_function(&mut transaction, function).await? else { return Ok(ExampleSaved::NoFunction) };
        insert_examples(&mut transaction, id, std::slice::from_ref(example)).await?;
        let count = sqlx::query_scalar!(r#"SELECT count(*) AS "count!" FROM examples WHERE function_id = $1"#, id.0)
            .fetch_one(&mut *transaction)
            .await?;
        if usize::try_from(count).unwrap_or(0) > MAX_EXAMPLES {
            return Ok(ExampleSaved::TooMany);
        }
        transaction.commit().await?;
        Ok(ExampleSaved::Done)
    }

    /// Removes an example. `Ok(None)`: no such function; `Some(false)`: no such example.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn delete_example(&self, function: &FunctionRef, name: &ExampleName) -> Result<Option<bool>, StoreError> {
        let mut transaction = self.pool.begin().await?;
        let Some(id) = lock_function(&mut transaction, function).await? else { return Ok(None) };
        let removed = sqlx::query!("DELETE FROM examples WHERE function_id = $1 AND name = $2", id.0, name.as_str())
            .execute(&mut *transaction)
            .await?
            .rows_affected();
        transaction.commit().await?;
        Ok(Some(removed > 0))
    }

    /// What a version must pass before it goes live. `Ok(None)`: nothing, or it is gone.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn gate(&self, version: VersionId) -> Result<Option<Gate>, StoreError> {
        let mut connection = self.pool.acquire().await?;
        let row = sqlx::query!(
            r#"SELECT f.id, f.name, v.number, v.settings::text AS "settings!"
               FROM versions v JOIN functions f ON f.id = v.function_id
               WHERE v.id = $1 AND (v.settings ->> 'gate')::boolean"#,
            version.0,
        )
        .fetch_optional(&mut *connection)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let function_id = FunctionId(row.id);
        let examples = select_examples(&mut connection, function_id).await?;
        if examples.is_empty() {
            return Ok(None);
        }
        let (name, settings) = (rows::name(&row.name)?, rows::settings(&row.settings)?);
        Ok(Some(Gate { function_id, name, number: row.number, settings, examples }))
    }
}

async fn select_examples(connection: &mut PgConnection, function: FunctionId) -> Result<Vec<Example>, StoreError> {
    let rows = sqlx::query!(
        r#"SELECT name, input::text AS "input!", output::text AS "output!" FROM examples
           WHERE function_id = $1 ORDER BY name"#,
        function.0
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Example {
                name: rows::parse("example", &row.name)?,
                input: rows::json("example", &row.input)?,
                output: rows::json("example", &row.output)?,
            })
        })
        .collect()
}

/// Makes these the examples of a function, in the transaction that locked or made its row.
pub(crate) async fn replace_examples(
    connection: &mut PgConnection,
    function: FunctionId,
    examples: &[Example],
) -> Result<(), StoreError> {
    sqlx::query!("DELETE FROM examples WHERE function_id = $1", function.0).execute(&mut *connection).await?;
    insert_examples(connection, function, examples).await
}

async fn insert_examples(
    connection: &mut PgConnection,
    function: FunctionId,
    examples: &[Example],
) -> Result<(), StoreError> {
    let names: Vec<_> = examples.iter().map(|example| example.name.to_string()).collect();
    let inputs: Vec<_> = examples.iter().map(|example| example.input.get().to_owned()).collect();
    let outputs: Vec<_> = examples.iter().map(|example| example.output.get().to_owned()).collect();
    sqlx::query!(
        "INSERT INTO examples (function_id, name, input, output)
         SELECT $1, name, input::json, output::json
         FROM UNNEST($2::text[], $3::text[], $4::text[]) AS new (name, input, output)
         ON CONFLICT (function_id, name)
         DO UPDATE SET input = EXCLUDED.input, output = EXCLUDED.output, updated_at = now()",
        function.0,
        &names,
        &inputs,
        &outputs,
    )
    .execute(connection)
    .await?;
    Ok(())
}
