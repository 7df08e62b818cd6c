//! `/functions/{id}/versions`, aliases and examples: what a function was, is, and may become.

use std::time::Duration;

use nil_api::{
    Alias, ExampleBody, ExampleEntry, FunctionDetail, Promote, Rollback, RunExamples, SetAlias, VersionDetail,
    VersionDiff, VersionSummary,
};
use nil_core::{AliasName, ExampleName, ExampleResult, FunctionRef};
use reqwest::Method;

use crate::{client::Client, error::ClientError};

/// Examples of a version take no longer than this together.
const EXAMPLES: Duration = Duration::from_secs(120);

impl Client {
    /// `GET /functions/{id}/versions`: the newest `limit` of them, newest first.
    ///
    /// # Errors
    /// [`ClientError`]; `not-found` when there is no such function.
    pub async fn versions(&self, function: &FunctionRef, limit: u32) -> Result<Vec<VersionSummary>, ClientError> {
        let most = usize::try_from(limit).unwrap_or(usize::MAX);
        let id = |version: &VersionSummary| version.number.to_string();
        self.fetch_list(&["functions", &function.to_string(), "versions"], most, id).await
    }

    /// `GET /functions/{id}/versions/{n}`.
    ///
    /// # Errors
    /// [`ClientError`]; `not-found` when there is none.
    pub async fn version(&self, function: &FunctionRef, number: i32) -> Result<VersionDetail, ClientError> {
        let segments = ["functions", &function.to_string(), "versions", &number.to_string()];
        self.fetch(self.call(Method::GET, &segments)).await
    }

    /// `GET /functions/{id}/versions/{n}/diff`: against another version, or the one before it.
    ///
    /// # Errors
    /// [`ClientError`]; `not-found` when one of the two is not there.
    pub async fn diff(
        &self,
        function: &FunctionRef,
        number: i32,
        against: Option<i32>,
    ) -> Result<VersionDiff, ClientError> {
        let mut call =
            self.call(Method::GET, &["functions", &function.to_string(), "versions", &number.to_string(), "diff"]);
        if let Some(against) = against {
            call = call.query("against", against);
        }
        self.fetch(call).await
    }

    /// `POST /functions/{id}/rollback`: makes a version live.
    ///
    /// # Errors
    /// [`ClientError`]; `not-found`, or `function-not-ready` when the version is not.
    pub async fn roll_back(&self, function: &FunctionRef, to: i32) -> Result<FunctionDetail, ClientError> {
        let call = self.call(Method::POST, &["functions", &function.to_string(), "rollback"]);
        self.fetch(call.json(&Rollback { to })).await
    }

    /// `POST /functions/{id}/promote`: makes the newest version behind an alias live.
    ///
    /// # Errors
    /// [`ClientError`]; `not-found` when there is no such alias.
    pub async fn promote(&self, function: &FunctionRef, alias: &AliasName) -> Result<FunctionDetail, ClientError> {
        let call = self.call(Method::POST, &["functions", &function.to_string(), "promote"]);
        self.fetch(call.json(&Promote { alias: alias.to_string() })).await
    }

    /// `GET /functions/{id}/aliases`.
    ///
    /// # Errors
    /// [`ClientError`]; `not-found` when there is no such function.
    pub async fn aliases(&self, function: &FunctionRef) -> Result<Vec<Alias>, ClientError> {
        self.fetch(self.call(Method::GET, &["functions", &function.to_string(), "aliases"])).await
    }

    /// `PUT /functions/{id}/aliases/{alias}`.
    ///
    /// # Errors
    /// [`ClientError`]; `invalid-value` when it cannot point there.
    pub async fn set_alias(
        &self,
        function: &FunctionRef,
        alias: &AliasName,
        targets: &SetAlias,
    ) -> Result<Alias, ClientError> {
        let call = self.call(Method::PUT, &["functions", &function.to_string(), "aliases", alias.as_str()]);
        self.fetch(call.json(targets)).await
    }

    /// `DELETE /functions/{id}/aliases/{alias}`.
    ///
    /// # Errors
    /// [`ClientError`]; `not-found` when there is none.
    pub async fn delete_alias(&self, function: &FunctionRef, alias: &AliasName) -> Result<(), ClientError> {
        let call = self.call(Method::DELETE, &["functions", &function.to_string(), "aliases", alias.as_str()]);
        self.fetch_status(call).await.map(drop)
    }

    /// `GET /functions/{id}/examples`.
    ///
    /// # Errors
    /// [`ClientError`]; `not-found` when there is no such function.
    pub async fn examples(&self, function: &FunctionRef) -> Result<Vec<ExampleEntry>, ClientError> {
        self.fetch(self.call(Method::GET, &["functions", &function.to_string(), "examples"])).await
    }

    /// `PUT /functions/{id}/examples/{name}`.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn save_example(
        &self,
        function: &FunctionRef,
        name: &ExampleName,
        example: &ExampleBody,
    ) -> Result<ExampleEntry, ClientError> {
        let call = self.call(Method::PUT, &["functions", &function.to_string(), "examples", name.as_str()]);
        self.fetch(call.json(example)).await
    }

    /// `DELETE /functions/{id}/examples/{name}`.
    ///
    /// # Errors
    /// [`ClientError`]; `not-found` when there is none.
    pub async fn delete_example(&self, function: &FunctionRef, name: &ExampleName) -> Result<(), ClientError> {
        let call = self.call(Method::DELETE, &["functions", &function.to_string(), "examples", name.as_str()]);
        self.fetch_status(call).await.map(drop)
    }

    /// `POST /functions/{id}/examples/run`: against a version, or the live one.
    ///
    /// # Errors
    /// [`ClientError`]; `not-found`, or `function-not-ready` when the version is not.
    pub async fn run_examples(
        &self,
        function: &FunctionRef,
        version: Option<i32>,
    ) -> Result<Vec<ExampleResult>, ClientError> {
        let call = self.call(Method::POST, &["functions", &function.to_string(), "examples", "run"]);
        self.fetch(call.json(&RunExamples { version }).patience(EXAMPLES)).await
    }
}
