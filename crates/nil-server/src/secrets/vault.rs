//! Sealing and opening values: AES-256-GCM with a random nonce, bound to the environment (or
//! whatever else it is of) and the name, so that a sealed
//! value moved to another place in the database does not open there.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use nil_store::SealedSecret;
use parking_lot::{Mutex, RwLock};
use rand::{TryRngCore as _, rngs::OsRng};
use ring::aead::{Aad, NONCE_LEN, Nonce};
use uuid::Uuid;

use super::keys::{Key, KeyError, SecretsKeys, hex};

/// A key that is missing may have been added since the file was read; it is looked for this often.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Why a secret cannot be opened. Says nothing of what is in it.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum OpenError {
    /// Sealed with a key this server does not have.
    #[error("it was sealed with the key {0}, which this server does not have")]
    UnknownKey(String),
    /// Changed, or moved from where it was set.
    #[error("it is not what was sealed for this place and name")]
    Forged,
}

/// Seals and opens with the keys of one server.
pub(crate) struct Vault {
    source: SecretsKeys,
    keys: RwLock<Arc<[Key]>>,
    looked: Mutex<Option<Instant>>,
}

impl Vault {
    /// Reads the keys there are.
    pub(crate) fn open_keys(source: SecretsKeys) -> Result<Self, KeyError> {
        let keys = RwLock::new(source.load()?.into());
        Ok(Self { source, keys, looked: Mutex::new(None) })
    }

    /// Reads the keys anew.
    pub(super) fn reload(&self) -> Result<(), KeyError> {
        *self.keys.write() = self.source.load()?.into();
        Ok(())
    }

    /// Makes a new key, which seals from now on. `false`: the keys are not in a file of ours.
    pub(super) fn add_key(&self) -> Result<bool, KeyError> {
        let added = self.source.add()?.is_some();
        self.reload()?;
        Ok(added)
    }

    /// The ids of all keys, the one that seals first.
    pub(super) fn key_ids(&self) -> Vec<[u8; 8]> {
        self.keys.read().iter().map(|key| key.id).collect()
    }

    /// Seals a value; `None` while there is no key.
    pub(crate) fn seal(&self, owner: Uuid, name: &str, value: &str) -> Option<SealedSecret> {
        let keys = Arc::clone(&self.keys.read());
        let key = keys.first()?;
        let mut nonce = [0; NONCE_LEN];
        OsRng.try_fill_bytes(&mut nonce).ok()?;
        let mut sealed = value.as_bytes().to_vec();
        let bound = Aad::from(bound_to(owner, name));
        key.aead.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), bound, &mut sealed).ok()?;
        Some(SealedSecret { key_id: key.id.to_vec(), nonce: nonce.to_vec(), sealed })
    }

    /// Opens what was sealed for this environment and name.
    pub(crate) fn open(&self, owner: Uuid, name: &str, secret: &SealedSecret) -> Result<String, OpenError> {
        if !self.has(&secret.key_id) {
            self.look_again();
        }
        let keys = Arc::clone(&self.keys.read());
        let key = keys.iter().find(|key| key.id == *secret.key_id);
        let key = key.ok_or_else(|| OpenError::UnknownKey(hex(&secret.key_id)))?;
        let nonce = Nonce::try_assume_unique_for_key(&secret.nonce).map_err(|_| OpenError::Forged)?;
        let mut sealed = secret.sealed.clone();
        let bound = Aad::from(bound_to(owner, name));
        let value = key.aead.open_in_place(nonce, bound, &mut sealed).map_err(|_| OpenError::Forged)?;
        String::from_utf8(value.to_vec()).map_err(|_| OpenError::Forged)
    }

    fn has(&self, id: &[u8]) -> bool {
        self.keys.read().iter().any(|key| key.id == *id)
    }

    fn look_again(&self) {
        {
            let mut looked = self.looked.lock();
            if looked.is_some_and(|looked| looked.elapsed() < LOOK_AGAIN) {
                return;
            }
            *looked = Some(Instant::now());
        }
        if let Err(error) = self.reload() {
            tracing::warn!(%error, "could not read the keys of secrets again");
        }
    }
}

fn bound_to(owner: Uuid, name: &str) -> Vec<u8> {
    [b"nil secret v1\0", owner.as_bytes().as_slice(), name.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vault(keys: &[&str]) -> Vault {
        let given = keys.iter().map(|key| key.repeat(32)).collect::<Vec<_>>().join(",");
        Vault::open_keys(SecretsKeys::Given(given.into())).expect("keys")
    }

    #[test]
    fn what_is_sealed_opens_in_its_place_only() {
        let vault = vault(&["ab"]);
        let (here, there) = (Uuid::now_v7(), Uuid::now_v7());
        let sealed = vault.seal(here, "TOKEN", "hush").expect("a key");
        assert!(!sealed.sealed.windows(4).any(|bytes| bytes == b"hush"));
        assert_eq!(vault.open(here, "TOKEN", &sealed).expect("its place"), "hush");
        assert!(matches!(vault.open(there, "TOKEN", &sealed), Err(OpenError::Forged)));
        assert!(matches!(vault.open(here, "OTHER", &sealed), Err(OpenError::Forged)));
        let mut bent = sealed.clone();
        bent.sealed[0] ^= 1;
        assert!(matches!(vault.open(here, "TOKEN", &bent), Err(OpenError::Forged)));
        assert_ne!(vault.seal(here, "TOKEN", "hush").expect("a key").sealed, sealed.sealed, "a nonce is used once");
    }

    #[test]
    fn older_keys_open_and_unknown_ones_are_named() {
        let old = vault(&["ab"]);
        let here = Uuid::now_v7();
        let sealed = old.seal(here, "TOKEN", "hush").expect("a key");
        assert_eq!(vault(&["cd", "ab"]).open(here, "TOKEN", &sealed).expect("an older key"), "hush");
        let error = vault(&["cd"]).open(here, "TOKEN", &sealed).expect_err("no such key").to_string();
        assert!(error.contains(&hex(&sealed.key_id)) && !error.contains("hush"), "{error}");
    }
}
