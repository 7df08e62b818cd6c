//! Callbacks: the end of a queued execution, told to somebody else's server.
//!
//! [`address`] says which addresses may be reached, [`client`] reaches no others, [`sign`] signs as Standard Webhooks has
//! it, [`deliver`] is the loop with its retries. What is due is the database's to say (`nil-store`, `callbacks.rs`).

mod address;
mod client;
mod deliver;
mod sign;
mod url;

pub use address::{AllowedNetworks, InvalidNetwork};
pub(crate) use deliver::run;
pub(crate) use sign::SigningSecret;
pub(crate) use url::{CallbackUrl, InvalidCallbackUrl};
