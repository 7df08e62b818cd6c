//! A change of keys: every secret is opened with the key it has and sealed with the first one.

use nil_api::{ProblemKind, SecretsRotated};

use super::{Vault, keys::hex};
use crate::{app::App, http::ApiError};

/// Secrets looked at in one go.
const BATCH: i64 = 200;

/// Seals everything with the first key, with `new_key` a new one.
pub(crate) async fn rotate(app: &App, new_key: bool) -> Result<SecretsRotated, ApiError> {
    let vault = app.vault();
    if new_key && !vault.add_key().map_err(unusable)? {
        return Err(ApiError::invalid(
            "this server's keys come from NIL_SECRETS_KEY; put the new one before the others there and restart",
        ));
    }
    vault.reload().map_err(unusable)?;
    let Some(key) = vault.key_ids().first().copied() else {
        return Err(ApiError::new(ProblemKind::NotFound, "there is no key yet; the first secret makes one"));
    };
    let mut resealed = 0;
    loop {
        let some = app.store().secrets_not_under(&key, BATCH).await?;
        if some.is_empty() {
            return Ok(SecretsRotated { key_id: hex(&key), resealed });
        }
        for old in some {
            let value = vault.open(old.owner, &old.name, &old.secret).map_err(|error| {
                ApiError::new(ProblemKind::Unavailable, format!("the secret `{}` cannot be opened: {error}", old.name))
            })?;
            let sealed = vault.seal(old.owner, &old.name, &value).ok_or_else(no_key)?;
            resealed += u64::from(app.store().reseal(&old, &sealed).await?);
        }
    }
}

impl Vault {
    /// Makes sure that there is a key to seal with: the first one ever is made now. Where the database holds secrets of
    /// keys this server does not have, it was given the wrong ones, and must not begin new ones.
    pub(crate) async fn be_ready_to_seal(&self, app: &App) -> Result<(), ApiError> {
        let used = app.store().secret_key_ids().await?;
        let has_all = |vault: &Self| {
            let known = vault.key_ids();
            used.iter().all(|used| known.iter().any(|known| known.as_slice() == used.as_slice()))
        };
        if !has_all(self) {
            self.reload().map_err(unusable)?;
        }
        if !has_all(self) {
            return Err(ApiError::new(
                ProblemKind::Unavailable,
                "the secrets in this database are sealed with a key this server does not have; give it the same \
                 NIL_SECRETS_KEY_FILE or NIL_SECRETS_KEY as the others",
            ));
        }
        if self.key_ids().is_empty() && !self.add_key().map_err(unusable)? {
            return Err(no_key());
        }
        Ok(())
    }
}

fn no_key() -> ApiError {
    ApiError::new(ProblemKind::Unavailable, "this server has no key to seal secrets with; the server's log has the cause")
}

fn unusable(error: super::keys::KeyError) -> ApiError {
    tracing::error!(%error, "the keys of secrets cannot be used");
    no_key()
}
