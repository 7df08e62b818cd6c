//! Environments: variables and sealed secrets, and which functions have them.
//!
//! This crate stores what is sealed and can neither seal nor open it. Whatever changes what a function is configured
//! with tells every server in the same transaction.

mod attachments;
mod entries;
mod keys;
mod sets;

pub use attachments::ConfiguredEntry;
pub(crate) use attachments::replace_environments;
pub use keys::{CALLBACK_SECRET, StoredSecret};
pub use sets::{EnvironmentRow, SecretRow};

use nil_core::EnvironmentId;
use sqlx::PgConnection;

use crate::error::StoreError;

/// Names in one environment at the most.
pub const MAX_ENTRIES: i64 = 256;

/// Names and values of one environment together, in bytes, at the most.
pub const MAX_ENVIRONMENT_BYTES: i64 = 256 << 10;

/// A secret as it is stored.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedSecret {
    /// Which key opens it.
    pub key_id: Vec<u8>,
    /// The nonce it was sealed with.
    pub nonce: Vec<u8>,
    /// The sealed value with its tag.
    pub sealed: Vec<u8>,
}

/// Not the bytes: they are of no use in a log.
impl std::fmt::Debug for SealedSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SealedSecret")
    }
}

/// What a name stands for.
#[derive(Debug, Clone)]
pub enum EntryValue {
    /// A value everybody may read who may use the API.
    Variable(String),
    /// A value only functions see.
    Secret(SealedSecret),
}

/// Tells every server, when the transaction commits, that functions of this environment are configured anew.
async fn announce(connection: &mut PgConnection, environment: EnvironmentId) -> Result<(), StoreError> {
    sqlx::query!(
        "SELECT pg_notify('nil_functions', 'configuration:' || function_id::text) FROM function_environments
         WHERE environment_id = $1",
        environment.0
    )
    .fetch_all(connection)
    .await?;
    Ok(())
}
