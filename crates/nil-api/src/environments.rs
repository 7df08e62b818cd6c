//! Bodies about environments: variables, secrets, and which functions have them.

use std::{collections::BTreeMap, fmt};

use chrono::{DateTime, Utc};
use nil_core::EnvironmentName;
use serde::{Deserialize, Serialize};

/// `PUT /environments/{name}`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PutEnvironment {
    /// All its variables from now on; absent leaves them as they are. Secrets stay either way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = json!({ "API_URL": "https://api.example.com" }))]
    pub variables: Option<BTreeMap<String, String>>,
}

/// `PUT /environments/{name}/variables/{key}` and `PUT /environments/{name}/secrets/{key}`.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PutValue {
    /// The value, at most 64 KiB.
    #[schema(example = "https://api.example.com")]
    pub value: String,
}

/// Not the value: it may be secret.
impl fmt::Debug for PutValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PutValue").finish_non_exhaustive()
    }
}

/// `PUT /functions/{id}/environments`.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AttachEnvironments {
    /// Names of environments, at most 16; of two that hold the same name the later counts. Replaces those it had.
    #[schema(value_type = Vec<String>, example = json!(["shared", "production"]))]
    pub environments: Vec<String>,
}

/// Answer to `PUT /functions/{id}/environments`.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AttachedEnvironments {
    /// The function's environments from now on.
    pub environments: Vec<String>,
}

/// An environment. Secrets are shown by name only, whoever asks.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Environment {
    /// Its name.
    pub name: EnvironmentName,
    /// Variables by name.
    pub variables: BTreeMap<String, String>,
    /// Secrets, without their values.
    pub secrets: Vec<SecretInfo>,
    /// The functions that have it.
    pub functions: Vec<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// A secret as it may be shown.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SecretInfo {
    /// Its name.
    pub name: String,
    /// When it was set.
    pub updated_at: DateTime<Utc>,
}

/// `POST /secrets/rotate`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RotateSecrets {
    /// Make a new key first, in this server's key file. Absent or false: seal with the first key there is.
    #[serde(default)]
    pub new_key: bool,
}

/// Answer to `POST /secrets/rotate`.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SecretsRotated {
    /// The key every secret is sealed with now, by its id.
    pub key_id: String,
    /// Secrets that were sealed with another key before.
    pub resealed: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_not_printed() {
        assert!(!format!("{:?}", PutValue { value: "hush".to_owned() }).contains("hush"));
    }
}
