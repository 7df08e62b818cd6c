//! From columns to domain values: the one place where stored text is parsed.

use nil_core::{FunctionName, FunctionSettings, FunctionStatus, Language};

use crate::error::StoreError;

fn unreadable(what: &'static str, reason: impl ToString) -> StoreError {
    StoreError::Unreadable { what, reason: reason.to_string() }
}

pub(crate) fn parse<T: std::str::FromStr>(what: &'static str, text: &str) -> Result<T, StoreError>
where
    T::Err: ToString,
{
    text.parse().map_err(|error: T::Err| unreadable(what, error.to_string()))
}

pub(crate) fn json<T: serde::de::DeserializeOwned>(what: &'static str, text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| unreadable(what, error))
}

pub(crate) fn digest(what: &'static str, bytes: &[u8]) -> Result<[u8; 32], StoreError> {
    bytes.try_into().map_err(|_| unreadable(what, format!("{} bytes instead of 32", bytes.len())))
}

pub(crate) fn name(text: &str) -> Result<FunctionName, StoreError> {
    parse("function name", text)
}

pub(crate) fn status(text: &str) -> Result<FunctionStatus, StoreError> {
    parse("function status", text)
}

pub(crate) fn language(text: &str) -> Result<Language, StoreError> {
    parse("language", text)
}

pub(crate) fn settings(text: &str) -> Result<FunctionSettings, StoreError> {
    json("settings", text)
}

/// JSON text for a `jsonb` parameter. PostgreSQL refuses `\u0000` in it, so NULs in compiler output or log
/// text become U+FFFD.
pub(crate) fn to_jsonb_text<T: serde::Serialize>(what: &'static str, value: &T) -> Result<String, StoreError> {
    let text = serde_json::to_string(value).map_err(|error| unreadable(what, error))?;
    if !text.contains("\\u0000") {
        return Ok(text);
    }
    let mut tree = serde_json::from_str(&text).map_err(|error| unreadable(what, error))?;
    replace_nul(&mut tree);
    Ok(tree.to_string())
}

fn replace_nul(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::String(text) if text.contains('\0') => *text = text.replace('\0', "\u{fffd}"),
        serde_json::Value::Array(items) => items.iter_mut().for_each(replace_nul),
        serde_json::Value::Object(fields) => fields.values_mut().for_each(replace_nul),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nul_never_reaches_jsonb() {
        let text = to_jsonb_text("test", &["a\0b", "back\\u0000slash"]).expect("strings serialise");
        assert_eq!(text, "[\"a\u{fffd}b\",\"back\\\\u0000slash\"]");
    }
}
