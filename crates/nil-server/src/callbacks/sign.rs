//! Signatures as Standard Webhooks has them: `webhook-id`, `webhook-timestamp`, and `webhook-signature` over both and the
//! body, HMAC-SHA256. Source: standard-webhooks/standard-webhooks, spec/standard-webhooks.md.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use http::{HeaderMap, HeaderName, HeaderValue};
use rand::{TryRngCore as _, rngs::OsRng};
use ring::hmac;

/// What a secret begins with where people see it.
const PREFIX: &str = "whsec_";

/// Random bytes of a secret; the specification asks for 24 to 64.
const BYTES: usize = 32;

/// What one function's callbacks are signed with.
pub(crate) struct SigningSecret(Vec<u8>);

impl SigningSecret {
    /// A new one; `None` where the system gives no randomness.
    pub(crate) fn generate() -> Option<Self> {
        let mut bytes = vec![0; BYTES];
        OsRng.try_fill_bytes(&mut bytes).ok()?;
        Some(Self(bytes))
    }

    /// As people copy it into their receiver.
    pub(crate) fn to_text(&self) -> String {
        format!("{PREFIX}{}", BASE64_STANDARD.encode(&self.0))
    }

    /// From that form.
    pub(crate) fn from_text(text: &str) -> Option<Self> {
        BASE64_STANDARD.decode(text.strip_prefix(PREFIX)?).ok().map(Self)
    }

    /// The headers of a message.
    pub(super) fn headers(&self, id: &str, unix_seconds: i64, body: &[u8]) -> HeaderMap {
        let mut signed = format!("{id}.{unix_seconds}.").into_bytes();
        signed.extend_from_slice(body);
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &self.0), &signed);
        let signature = format!("v1,{}", BASE64_STANDARD.encode(tag));
        let texts =
            [("webhook-id", id.to_owned()), ("webhook-timestamp", unix_seconds.to_string()), ("webhook-signature", signature)];
        let header = |(name, value): (&'static str, String)| {
            Some((HeaderName::from_static(name), HeaderValue::try_from(value).ok()?))
        };
        let mut headers: HeaderMap = texts.into_iter().filter_map(header).collect();
        headers.insert(http::header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_specification_s_example_is_signed_as_it_says() {
        // From the reference implementation's tests.
        let secret = SigningSecret::from_text("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").expect("a secret");
        let headers = secret.headers("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, br#"{"test": 2432232314}"#);
        assert_eq!(headers["webhook-signature"], "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        assert_eq!(headers["webhook-timestamp"], "1614265330");
    }

    #[test]
    fn a_secret_survives_its_text() {
        let secret = SigningSecret::generate().expect("randomness");
        assert_eq!(SigningSecret::from_text(&secret.to_text()).expect("the same").0, secret.0);
        assert!(SigningSecret::from_text("whsec_%").is_none());
    }
}
