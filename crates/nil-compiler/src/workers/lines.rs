//! Reads lines of bounded length from a pipe. Does not interpret them.

use tokio::io::{AsyncBufRead, AsyncBufReadExt};

/// Why there is no line.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum LineError {
    /// The writer is gone, or the pipe broke.
    Closed,
    /// The line passed the limit; the rest of it is still in the pipe. Carries how it began.
    TooLong(Vec<u8>),
}

/// Enough to tell what a line that is too long would have been.
const BEGINNING_BYTES: usize = 128;

/// Reads up to the next line feed, which is not returned. Not safe to resume after a cancelled call.
pub(super) async fn read_line<R: AsyncBufRead + Unpin>(
    reader: &mut R,
    most_bytes: usize,
) -> Result<Vec<u8>, LineError> {
    let mut line = Vec::new();
    loop {
        let available = reader.fill_buf().await.map_err(|_| LineError::Closed)?;
        if available.is_empty() {
            return Err(LineError::Closed);
        }
        let end = available.iter().position(|byte| *byte == b'\n');
        let part = &available[..end.unwrap_or(available.len())];
        if line.len() + part.len() > most_bytes {
            line.extend_from_slice(part);
            line.truncate(BEGINNING_BYTES);
            return Err(LineError::TooLong(line));
        }
        line.extend_from_slice(part);
        let used = part.len() + usize::from(end.is_some());
        reader.consume(used);
        if end.is_some() {
            return Ok(line);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn lines_end_at_line_feeds_and_at_the_limit() {
        let mut reader = tokio::io::BufReader::with_capacity(4, &b"hello\n\n123456789\nrest"[..]);
        assert_eq!(read_line(&mut reader, 5).await, Ok(b"hello".to_vec()));
        assert_eq!(read_line(&mut reader, 5).await, Ok(Vec::new()));
        assert_eq!(read_line(&mut reader, 8).await, Err(LineError::TooLong(b"123456789".to_vec())));
    }

    #[tokio::test]
    async fn an_unfinished_line_is_no_line() {
        assert_eq!(read_line(&mut &b"rest"[..], 8).await, Err(LineError::Closed));
    }
}
