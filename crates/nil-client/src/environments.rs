//! `/environments`, `/functions/{id}/environments` and `/secrets`: what functions are configured with.

use nil_api::{
    AttachEnvironments, AttachedEnvironments, Environment, PutEnvironment, PutValue, RotateSecrets, SecretsRotated,
};
use nil_core::{EnvironmentName, FunctionRef, VariableName};
use reqwest::Method;

use crate::{client::Client, error::ClientError};

impl Client {
    /// `GET /environments`: every environment, newest first.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn environments(&self) -> Result<Vec<Environment>, ClientError> {
        self.fetch(self.call(Method::GET, &["environments"])).await
    }

    /// `GET /environments/{name}`.
    ///
    /// # Errors
    /// [`ClientError`]; `not-found` when there is none.
    pub async fn environment(&self, name: &EnvironmentName) -> Result<Environment, ClientError> {
        self.fetch(self.call(Method::GET, &["environments", name.as_str()])).await
    }

    /// `PUT /environments/{name}`: makes it, or replaces its variables.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn put_environment(
        &self,
        name: &EnvironmentName,
        body: &PutEnvironment,
    ) -> Result<Environment, ClientError> {
        self.fetch(self.call(Method::PUT, &["environments", name.as_str()]).json(body)).await
    }

    /// `DELETE /environments/{name}`.
    ///
    /// # Errors
    /// [`ClientError`]; `environment-in-use` while functions have it.
    pub async fn delete_environment(&self, name: &EnvironmentName) -> Result<(), ClientError> {
        self.fetch_status(self.call(Method::DELETE, &["environments", name.as_str()])).await.map(drop)
    }

    /// `PUT /environments/{name}/variables/{key}`.
    ///
    /// # Errors
    /// [`ClientError`]; `not-found` when there is no such environment.
    pub async fn set_variable(
        &self,
        environment: &EnvironmentName,
        key: &VariableName,
        value: String,
    ) -> Result<(), ClientError> {
        self.set("variables", environment, key, value).await
    }

    /// `PUT /environments/{name}/secrets/{key}`.
    ///
    /// # Errors
    /// [`ClientError`]; `not-found` when there is no such environment.
    pub async fn set_secret(
        &self,
        environment: &EnvironmentName,
        key: &VariableName,
        value: String,
    ) -> Result<(), ClientError> {
        self.set("secrets", environment, key, value).await
    }

    /// `DELETE /environments/{name}/variables/{key}`.
    ///
    /// # Errors
    /// [`ClientError`]; `not-found` when there is none.
    pub async fn remove_variable(&self, environment: &EnvironmentName, key: &VariableName) -> Result<(), ClientError> {
        let path = ["environments", environment.as_str(), "variables", key.as_str()];
        self.fetch_status(self.call(Method::DELETE, &path)).await.map(drop)
    }

    /// `DELETE /environments/{name}/secrets/{key}`.
    ///
    /// # Errors
    /// [`ClientError`]; `not-found` when there is none.
    pub async fn remove_secret(&self, environment: &EnvironmentName, key: &VariableName) -> Result<(), ClientError> {
        let path = ["environments", environment.as_str(), "secrets", key.as_str()];
        self.fetch_status(self.call(Method::DELETE, &path)).await.map(drop)
    }

    /// `PUT /functions/{id}/environments`: replaces the function's environments.
    ///
    /// # Errors
    /// [`ClientError`]; `not-found` when there is no such function.
    pub async fn attach_environments(
        &self,
        function: &FunctionRef,
        environments: &[EnvironmentName],
    ) -> Result<AttachedEnvironments, ClientError> {
        let body = AttachEnvironments { environments: environments.iter().map(ToString::to_string).collect() };
        self.fetch(self.call(Method::PUT, &["functions", &function.to_string(), "environments"]).json(&body)).await
    }

    /// `POST /secrets/rotate`: seals every secret anew.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn rotate_secrets(&self, body: &RotateSecrets) -> Result<SecretsRotated, ClientError> {
        self.fetch(self.call(Method::POST, &["secrets", "rotate"]).json(body)).await
    }

    async fn set(
        &self,
        kind: &str,
        environment: &EnvironmentName,
        key: &VariableName,
        value: String,
    ) -> Result<(), ClientError> {
        let path = ["environments", environment.as_str(), kind, key.as_str()];
        self.fetch_status(self.call(Method::PUT, &path).json(&PutValue { value })).await.map(drop)
    }
}
