//! Shared runtimes: modules by content, brought by compilers, asked for by servers.

use crate::{error::StoreError, queue::Lease, store::Store};

/// A runtime to keep.
#[derive(Debug, Clone)]
pub struct SharedRuntimeModule {
    /// SHA-256 of `wasm`.
    pub digest: [u8; 32],
    /// What it is, for people.
    pub version: String,
    /// The module, as it came; whoever loads it validates it.
    pub wasm: Vec<u8>,
}

impl Store {
    /// Keeps the runtime, unless it is there already, and removes the report that brought it, in one transaction.
    /// `false`: somebody else has the report now, and nothing was changed.
    ///
    /// # Errors
    /// When the database is unavailable, or the digest is not that of the module.
    pub async fn apply_runtime(&self, lease: Lease, runtime: &SharedRuntimeModule) -> Result<bool, StoreError> {
        let mut transaction = self.pool.begin().await?;
        let removed = sqlx::query!(
            "DELETE FROM pgmq.q_compilation_results WHERE msg_id = $1 AND read_ct = $2",
            lease.message_id,
            lease.attempt,
        )
        .execute(&mut *transaction)
        .await?
        .rows_affected();
        if removed == 0 {
            return Ok(false);
        }
        sqlx::query!(
            "INSERT INTO runtimes (digest, version, wasm) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            runtime.digest.as_slice(),
            runtime.version,
            runtime.wasm,
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// The runtime with `digest`.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn shared_runtime(&self, digest: &[u8; 32]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(sqlx::query_scalar!("SELECT wasm FROM runtimes WHERE digest = $1", digest.as_slice())
            .fetch_optional(&self.pool)
            .await?)
    }
}
