//! Secrets at rest: sealed with a key that is never in the database, opened when a function is loaded.
//!
//! [`keys`] is where the keys come from, [`vault`] seals and opens with them, [`rotate`] seals everything anew.

mod keys;
mod rotate;
mod vault;

pub use keys::{KeyError, SecretsKeys};
pub(crate) use rotate::rotate;
pub(crate) use vault::Vault;
