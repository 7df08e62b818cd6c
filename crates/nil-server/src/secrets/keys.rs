//! Keys: 32 random bytes each, in hexadecimal, one a line. The first seals, all of them open.

use std::{
    fmt,
    fs::{self, OpenOptions},
    io::{self, Read as _, Write as _},
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use rand::{TryRngCore as _, rngs::OsRng};
use ring::aead::{AES_256_GCM, LessSafeKey, UnboundKey};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};

/// Where the keys of secrets come from.
#[derive(Debug, Clone)]
pub enum SecretsKeys {
    /// A file, which is made when the first secret is set. Servers of one database need the same one.
    File(PathBuf),
    /// The environment or a service manager: keys in hexadecimal, separated by commas or white space.
    Given(SecretString),
}

/// A key and what it is known by.
pub(super) struct Key {
    /// The first 8 bytes of a digest: tells keys apart, and says nothing about them.
    pub(super) id: [u8; 8],
    pub(super) aead: LessSafeKey,
}

/// The id only.
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Key").field(&hex(&self.id)).finish()
    }
}

/// Why there are no keys.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file cannot be used.
    #[error("the keys of secrets in {} cannot be used: {source}", file.display())]
    File {
        /// Which file.
        file: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// What was given is no key.
    #[error("NIL_SECRETS_KEY is not usable: {0}")]
    Given(String),
}

impl SecretsKeys {
    /// All keys, the one that seals first. None while the file is still to be made.
    pub(super) fn load(&self) -> Result<Vec<Key>, KeyError> {
        match self {
            Self::Given(text) => parse(text.expose_secret()).map_err(KeyError::Given),
            Self::File(file) => match read(file) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
                other => other
                    .and_then(|text| parse(&text).map_err(io::Error::other))
                    .map_err(|source| KeyError::File { file: file.clone(), source }),
            },
        }
    }

    /// Puts a new key before the others in the file. `None`: the keys are not in a file of ours.
    pub(super) fn add(&self) -> Result<Option<()>, KeyError> {
        let Self::File(file) = self else { return Ok(None) };
        prepend(file).map(Some).map_err(|source| KeyError::File { file: file.clone(), source })
    }
}

fn parse(text: &str) -> Result<Vec<Key>, String> {
    let words = text.split(|c: char| c == ',' || c.is_whitespace()).filter(|word| !word.is_empty());
    let keys: Result<Vec<Key>, String> = words.map(key).collect();
    match keys {
        Ok(keys) if keys.is_empty() => Err("it holds no key".to_owned()),
        keys => keys,
    }
}

/// Never says what it was given.
fn key(text: &str) -> Result<Key, String> {
    let digits = text.as_bytes();
    let unusable = || "a key has 64 hexadecimal digits, such as `openssl rand -hex 32` prints".to_owned();
    if digits.len() != 64 || !digits.iter().all(u8::is_ascii_hexdigit) {
        return Err(unusable());
    }
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let pair = std::str::from_utf8(pair).map_err(|_| unusable())?;
        *byte = u8::from_str_radix(pair, 16).map_err(|_| unusable())?;
    }
    let digest = Sha256::new().chain_update(b"nil secrets key id").chain_update(bytes).finalize();
    let mut id = [0; 8];
    id.copy_from_slice(&digest[..8]);
    let unbound = UnboundKey::new(&AES_256_GCM, &bytes).map_err(|_| unusable())?;
    Ok(Key { id, aead: LessSafeKey::new(unbound) })
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn read(path: &Path) -> io::Result<String> {
    let mut file = fs::File::open(path)?;
    if file.metadata()?.mode() & 0o077 != 0 {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "others can read or write it; chmod 600 it"));
    }
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    Ok(text)
}

/// Written beside and renamed, so that no reader sees half of it.
fn prepend(path: &Path) -> io::Result<()> {
    let mut fresh = [0; 32];
    OsRng.try_fill_bytes(&mut fresh).map_err(io::Error::other)?;
    let old = match read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        other => other?,
    };
    let dir = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(dir)?;
    let beside = path.with_extension(format!("new-{}", std::process::id()));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
    let written = file.write_all(format!("{}\n{old}", hex(&fresh)).as_bytes()).and_then(|()| file.sync_all());
    if let Err(error) = written.and_then(|()| fs::rename(&beside, path)) {
        let _ = fs::remove_file(&beside);
        return Err(error);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_made_added_and_read_back() {
        let dir = std::env::temp_dir().join(format!("nil-keys-{}", uuid::Uuid::now_v7()));
        let keys = SecretsKeys::File(dir.join("secrets.key"));
        assert!(keys.load().expect("none yet").is_empty());
        assert!(keys.add().expect("the first").is_some());
        let first = keys.load().expect("one")[0].id;
        keys.add().expect("the second");
        let ids: Vec<_> = keys.load().expect("two").iter().map(|key| key.id).collect();
        assert_eq!((ids.len(), ids[1]), (2, first));
        let SecretsKeys::File(file) = &keys else { unreachable!("it is a file") };
        assert_eq!(fs::metadata(file).expect("the file").mode() & 0o777, 0o600);
        fs::set_permissions(file, std::os::unix::fs::PermissionsExt::from_mode(0o644)).expect("permissions");
        assert!(keys.load().expect_err("readable by others").to_string().contains("chmod 600"));
        fs::remove_dir_all(dir).expect("removed");
    }

    #[test]
    fn what_is_no_key_is_refused_without_being_shown() {
        let given = SecretsKeys::Given("hush-hush".into());
        let refused = given.load().expect_err("no key").to_string();
        assert!(refused.contains("NIL_SECRETS_KEY") && !refused.contains("hush"), "{refused}");
        let two = format!("{},{}", "ab".repeat(32), "cd".repeat(32));
        assert_eq!(SecretsKeys::Given(two.into()).load().expect("keys").len(), 2);
    }
}
