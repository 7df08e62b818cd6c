//! The URL of a callback, checked when it is asked for. Where it leads is checked again when it is called.

use std::net::IpAddr;

use url::{Host, Url};

use super::AllowedNetworks;

/// The longest URL, in bytes.
const MAX_URL: usize = 2_048;

/// A URL that may be called.
#[derive(Debug, Clone)]
pub(crate) struct CallbackUrl(Url);

/// Why a URL may not be called.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
pub(crate) enum InvalidCallbackUrl {
    #[error("`callbackUrl` must be an absolute http or https URL of at most {MAX_URL} bytes")]
    NoUrl,
    #[error("`callbackUrl` must not hold a user name or password; callbacks are signed instead")]
    Credentials,
    #[error("`callbackUrl` leads to {0}, which is not a public address; the operator may allow it")]
    NotPublic(String),
}

impl CallbackUrl {
    /// Reads a URL.
    pub(crate) fn new(text: &str, allowed: &AllowedNetworks) -> Result<Self, InvalidCallbackUrl> {
        if text.len() > MAX_URL {
            return Err(InvalidCallbackUrl::NoUrl);
        }
        // It also reads addresses in their odd forms: decimal, octal, hexadecimal, short.
        let url = Url::parse(text).map_err(|_| InvalidCallbackUrl::NoUrl)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(InvalidCallbackUrl::NoUrl);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(InvalidCallbackUrl::Credentials);
        }
        let address: IpAddr = match url.host() {
            None => return Err(InvalidCallbackUrl::NoUrl),
            // Looked up when it is called.
            Some(Host::Domain(_)) => return Ok(Self(url)),
            Some(Host::Ipv4(address)) => address.into(),
            Some(Host::Ipv6(address)) => address.into(),
        };
        if allowed.may_reach(address) { Ok(Self(url)) } else { Err(InvalidCallbackUrl::NotPublic(address.to_string())) }
    }

    /// As text.
    pub(crate) fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_forms_of_addresses_are_addresses() {
        let refused = |text: &str| CallbackUrl::new(text, &AllowedNetworks::default()).err();
        assert_eq!(refused("https://example.com/hook?x=1"), None);
        assert_eq!(refused("https://1.1.1.1/"), None);
        for text in [
            "http://127.0.0.1/",
            "http://2130706433/",
            "http://0x7f.1/",
            "http://0177.0.0.1/",
            "http://127.1/",
            "http://[::1]/",
            "http://[::ffff:169.254.169.254]/latest/meta-data",
            "http://169.254.169.254./",
        ] {
            assert!(matches!(refused(text), Some(InvalidCallbackUrl::NotPublic(_))), "{text}: {:?}", refused(text));
        }
        for text in ["", "example.com", "ftp://example.com/", "file:///etc/passwd", "/hook", "http://"] {
            assert_eq!(refused(text), Some(InvalidCallbackUrl::NoUrl), "{text}");
        }
        assert_eq!(refused("https://user@example.com/"), Some(InvalidCallbackUrl::Credentials));
    }
}
