//! From a request to a function's input: the body as it came, or the query as an object.

use std::{collections::BTreeMap, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, Uri};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::{Body as _, Incoming};
use nil_api::ProblemKind;
use nil_core::Abi;
use serde_json::value::RawValue;

use crate::{
    execution::LiveEntry,
    http::{ApiError, is_json, media_type},
};

/// A whole body must arrive in this time, however it is cut into pieces.
const BODY_TIME: Duration = Duration::from_secs(30);

/// Reads the body, bounded in size and time.
pub(super) async fn read_body(body: Incoming, limit: u64) -> Result<Bytes, ApiError> {
    let too_large = || ApiError::new(ProblemKind::TooLarge, format!("the body is over the limit of {limit} bytes"));
    if body.size_hint().lower() > limit {
        return Err(too_large());
    }
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    let limited = Limited::new(body, usize::try_from(limit).unwrap_or(usize::MAX));
    match tokio::time::timeout(BODY_TIME, limited.collect()).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large()),
        Ok(Err(_)) | Err(_) => {
            Err(ApiError::new(ProblemKind::RequestTimeout, "the body did not arrive whole; send it again"))
        }
    }
}

/// What the values of a query are to a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum QueryValues {
    /// Strings, always: what looks like a number may be a name.
    Strings,
    /// Numbers and booleans where they are written so: the function takes nothing else.
    Numbers,
}

impl QueryValues {
    pub(super) fn of(entry: &LiveEntry) -> Self {
        match entry.function.abi().abi {
            Abi::Scalar => Self::Numbers,
            Abi::AssemblyScript | Abi::JavaScript | Abi::Python | Abi::Buffer | Abi::WasiCommand => Self::Strings,
        }
    }
}

/// The input: the body if there is one, else the query as an object.
pub(super) fn input_of(headers: &HeaderMap, uri: &Uri, body: Bytes, values: QueryValues) -> Result<Bytes, ApiError> {
    if body.is_empty() {
        return Ok(match uri.query() {
            None | Some("") => Bytes::from_static(b"{}"),
            Some(query) => query_object(query, values)?,
        });
    }
    if let Err(error) = std::str::from_utf8(&body) {
        return Err(ApiError::invalid(format!("the body is not UTF-8 at byte {}", error.valid_up_to())));
    }
    match media_type(headers).as_deref() {
        None => check_json(&body)?,
        Some(kind) if is_json(kind) => check_json(&body)?,
        Some(kind) if kind.starts_with("text/") => {}
        Some(kind) => {
            return Err(ApiError::new(
                ProblemKind::UnsupportedMediaType,
                format!("`{kind}` is not passed to functions; send JSON or text"),
            ));
        }
    }
    Ok(body)
}

/// Checked, not rebuilt: the function gets the bytes that came.
fn check_json(body: &[u8]) -> Result<(), ApiError> {
    serde_json::from_slice::<&RawValue>(body)
        .map(drop)
        .map_err(|error| ApiError::invalid(format!("the body is declared as JSON but is not: {error}")))
}

fn query_object(query: &str, values: QueryValues) -> Result<Bytes, ApiError> {
    let pairs: Vec<(String, String)> = serde_urlencoded::from_str(query)
        .map_err(|error| ApiError::invalid(format!("the query cannot be read: {error}")))?;
    let mut object = BTreeMap::new();
    for (key, value) in pairs {
        object.insert(key, raw_value(value, values)?);
    }
    serde_json::to_vec(&object).map(Bytes::from).map_err(|error| ApiError::invalid(error.to_string()))
}

/// Numbers keep their digits: they are not read, only recognised.
fn raw_value(value: String, values: QueryValues) -> Result<Box<RawValue>, ApiError> {
    let bare =
        value.starts_with(|first: char| first == '-' || first.is_ascii_digit()) || value == "true" || value == "false";
    if values == QueryValues::Numbers
        && bare
        && let Ok(raw) = RawValue::from_string(value.clone())
    {
        return Ok(raw);
    }
    serde_json::value::to_raw_value(&value).map_err(|error| ApiError::invalid(error.to_string()))
}

#[cfg(test)]
mod tests {
    use http::{HeaderValue, header};

    use super::*;

    fn input(content_type: Option<&'static str>, uri: &'static str, body: &'static str) -> Result<Bytes, ApiError> {
        let mut headers = HeaderMap::new();
        if let Some(content_type) = content_type {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        }
        input_of(&headers, &Uri::from_static(uri), Bytes::from_static(body.as_bytes()), QueryValues::Strings)
    }

    #[test]
    fn a_body_is_passed_as_it_came() {
        let body = "{\"n\": 9007199254740993}";
        assert_eq!(
            input(Some("application/json; charset=utf-8"), "/fn/x?ignored=1", body).ok().as_deref(),
            Some(body.as_bytes())
        );
        assert_eq!(input(Some("text/csv"), "/fn/x", "a,b").ok().as_deref(), Some(&b"a,b"[..]));
    }

    #[test]
    fn without_a_body_the_query_is_the_input() {
        assert_eq!(input(None, "/fn/x", "").ok().as_deref(), Some(&b"{}"[..]));
        assert_eq!(
            input(None, "/fn/x?name=Ada%20L&b=%22", "").ok().as_deref(),
            Some(&br#"{"b":"\"","name":"Ada L"}"#[..])
        );
    }

    #[test]
    fn numbers_of_a_query_keep_their_digits() {
        let object = |query| query_object(query, QueryValues::Numbers).ok();
        assert_eq!(object("a=9007199254740993&b=-2.50").as_deref(), Some(&br#"{"a":9007199254740993,"b":-2.50}"#[..]));
        assert_eq!(object("a=1x&b=true&c=").as_deref(), Some(&br#"{"a":"1x","b":true,"c":""}"#[..]));
    }

    #[test]
    fn what_is_no_input_is_refused() {
        for (content_type, body, kind) in [
            (Some("application/json"), "{", ProblemKind::InvalidRequest),
            (None, "not json", ProblemKind::InvalidRequest),
            (Some("image/png"), "x", ProblemKind::UnsupportedMediaType),
        ] {
            assert_eq!(input(content_type, "/fn/x", body).err().map(|error| error.kind), Some(kind));
        }
    }
}
