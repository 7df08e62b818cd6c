//! PostgreSQL's binary `COPY` format: each value is its length in bytes and then the value as the type's own send
//! function writes it, all integers big-endian. See "COPY" in PostgreSQL's manual, section "Binary Format".

use chrono::{DateTime, Utc};
use uuid::Uuid;

/// Eleven bytes that no line ending conversion leaves intact, no flags, no header extension.
const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";

/// Instead of a number of fields: the end.
const TRAILER: i16 = -1;

/// Instead of a length: the value is absent.
const NULL: i32 = -1;

/// Microseconds from 1970, where `chrono` counts from, to 2000, where PostgreSQL does.
const EPOCH_OFFSET_US: i64 = 946_684_800_000_000;

/// Rows on their way into a `COPY … FROM STDIN (FORMAT BINARY)`.
pub(super) struct Rows {
    bytes: Vec<u8>,
}

impl Rows {
    /// No rows yet; `capacity` is a guess of their size in bytes.
    pub(super) fn with_capacity(capacity: usize) -> Self {
        let mut bytes = Vec::with_capacity(capacity + HEADER.len() + 2);
        bytes.extend_from_slice(HEADER);
        Self { bytes }
    }

    /// Begins a row; exactly `fields` values must follow.
    pub(super) fn row(&mut self, fields: i16) {
        self.bytes.extend_from_slice(&fields.to_be_bytes());
    }

    /// A `bytea`, a `text` without NUL, or the label of an enum.
    pub(super) fn bytes(&mut self, value: &[u8]) {
        // PostgreSQL refuses a value of 1 GiB; ours are bounded far below.
        self.bytes.extend_from_slice(&i32::try_from(value.len()).unwrap_or(i32::MAX).to_be_bytes());
        self.bytes.extend_from_slice(value);
    }

    pub(super) fn optional_bytes(&mut self, value: Option<&[u8]>) {
        match value {
            Some(value) => self.bytes(value),
            None => self.bytes.extend_from_slice(&NULL.to_be_bytes()),
        }
    }

    pub(super) fn uuid(&mut self, value: Uuid) {
        self.bytes(value.as_bytes());
    }

    /// An `integer`.
    pub(super) fn int4(&mut self, value: i32) {
        self.bytes(&value.to_be_bytes());
    }

    /// A `bigint`.
    pub(super) fn int8(&mut self, value: i64) {
        self.bytes(&value.to_be_bytes());
    }

    pub(super) fn boolean(&mut self, value: bool) {
        self.bytes(&[u8::from(value)]);
    }

    /// A `timestamptz`, to the microsecond.
    pub(super) fn time(&mut self, value: DateTime<Utc>) {
        self.int8(value.timestamp_micros().saturating_sub(EPOCH_OFFSET_US));
    }

    /// What to send.
    pub(super) fn finish(mut self) -> Vec<u8> {
        self.bytes.extend_from_slice(&TRAILER.to_be_bytes());
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_laid_out_as_postgresql_documents_it() {
        let mut rows = Rows::with_capacity(0);
        rows.row(3);
        rows.int4(7);
        rows.optional_bytes(None);
        rows.time(DateTime::from_timestamp(946_684_801, 0).expect("a time"));
        let bytes = rows.finish();
        assert_eq!(&bytes[..19], HEADER);
        let expected: &[u8] =
            &[0, 3, 0, 0, 0, 4, 0, 0, 0, 7, 255, 255, 255, 255, 0, 0, 0, 8, 0, 0, 0, 0, 0, 15, 66, 64, 255, 255];
        assert_eq!(&bytes[19..], expected);
    }
}
