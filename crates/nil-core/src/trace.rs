//! Identifiers of distributed traces, as W3C Trace Context writes them.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A trace: 16 bytes, not all zero, written as 32 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, pattern = "^[0-9a-f]{32}$", example = "4bf92f3577b34da6a3ce929d0e0e4736")]
pub struct TraceId(pub u128);

/// A place in a trace that something else continues.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceParent {
    /// The trace.
    pub trace_id: TraceId,
    /// The span that is continued: 8 bytes, not all zero.
    pub span_id: u64,
    /// Bit 0: somebody records this trace.
    pub flags: u8,
}

/// A text that is no trace id or no `traceparent`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a W3C trace context such as 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")]
pub struct InvalidTrace;

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl From<TraceId> for String {
    fn from(id: TraceId) -> Self {
        id.to_string()
    }
}

impl TryFrom<String> for TraceId {
    type Error = InvalidTrace;

    fn try_from(text: String) -> Result<Self, InvalidTrace> {
        text.parse()
    }
}

impl FromStr for TraceId {
    type Err = InvalidTrace;

    fn from_str(text: &str) -> Result<Self, InvalidTrace> {
        let digits = lower_hex(text, 32)?;
        u128::from_str_radix(digits, 16).ok().filter(|id| *id != 0).map(Self).ok_or(InvalidTrace)
    }
}

impl fmt::Display for TraceParent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "00-{}-{:016x}-{:02x}", self.trace_id, self.span_id, self.flags)
    }
}

impl FromStr for TraceParent {
    type Err = InvalidTrace;

    /// The header's value. Later versions may have more fields; the first four mean what they mean today.
    fn from_str(text: &str) -> Result<Self, InvalidTrace> {
        let mut fields = text.trim().split('-');
        let mut next = |digits| fields.next().ok_or(InvalidTrace).and_then(|field| lower_hex(field, digits));
        let version = next(2)?;
        let (trace_id, span_id, flags) = (next(32)?.parse()?, next(16)?, next(2)?);
        if version == "ff" || (version == "00" && fields.next().is_some()) {
            return Err(InvalidTrace);
        }
        let span_id = u64::from_str_radix(span_id, 16).ok().filter(|id| *id != 0).ok_or(InvalidTrace)?;
        let flags = u8::from_str_radix(flags, 16).map_err(|_| InvalidTrace)?;
        Ok(Self { trace_id, span_id, flags })
    }
}

fn lower_hex(text: &str, digits: usize) -> Result<&str, InvalidTrace> {
    let is_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    if text.len() == digits && text.bytes().all(is_hex) { Ok(text) } else { Err(InvalidTrace) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_header_comes_back_as_it_was() {
        let parent: TraceParent = HEADER.parse().expect("the example of the specification");
        assert_eq!((parent.span_id, parent.flags), (0x00f0_67aa_0ba9_02b7, 1));
        assert_eq!(parent.to_string(), HEADER);
        assert_eq!(serde_json::to_string(&parent.trace_id).expect("JSON"), "\"4bf92f3577b34da6a3ce929d0e0e4736\"");
    }

    #[test]
    fn what_the_specification_forbids_is_refused() {
        let later = format!("01{}-more", &HEADER[2..]);
        assert!(later.parse::<TraceParent>().is_ok(), "a later version");
        for text in [
            "",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "00-+bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        ] {
            assert_eq!(text.parse::<TraceParent>(), Err(InvalidTrace), "{text}");
        }
    }
}
