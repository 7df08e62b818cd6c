//! The server's log: one file the server appends to by itself, so that it can write even when we are gone.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

/// The file is cut when it has grown past this, at the next look; twice this is what a log may take.
const LARGEST_BYTES: u64 = 8 << 20;

/// How much of the log's end goes into an error message.
const TAIL_BYTES: u64 = 4 << 10;
const TAIL_LINES: usize = 20;

/// Opens the log for a server to append to.
pub(super) fn open(log: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.append(true).create(true).mode(0o600).custom_flags(OFlags::NOFOLLOW.bits().cast_signed());
    options.open(log)
}

/// Moves a log that has grown too large to `server.log.1`.
///
/// The server keeps the file open, so it is copied and emptied; lines written in between are lost.
pub(super) fn bound(log: &Path) -> io::Result<()> {
    if fs::metadata(log)?.len() <= LARGEST_BYTES {
        return Ok(());
    }
    let mut old = PathBuf::from(log).into_os_string();
    old.push(".1");
    let old = PathBuf::from(old);
    // Gone first, so that nothing is written through a link that took its place.
    match fs::remove_file(&old) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut current = File::options().read(true).write(true).open(log)?;
    let mut kept = File::options().write(true).create_new(true).mode(0o600).open(&old)?;
    let length = current.metadata()?.len();
    current.seek(SeekFrom::Start(length.saturating_sub(LARGEST_BYTES)))?;
    io::copy(&mut (&mut current).take(LARGEST_BYTES), &mut kept)?;
    current.set_len(0)
}

/// The last lines that were written after `start`, a position in the file.
pub(super) fn tail(log: &Path, start: u64) -> String {
    let read = || -> io::Result<Vec<u8>> {
        let mut file = File::open(log)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(start.max(length.saturating_sub(TAIL_BYTES)).min(length)))?;
        let mut end = Vec::new();
        file.take(TAIL_BYTES).read_to_end(&mut end)?;
        Ok(end)
    };
    // This serves error messages: a log that cannot be read must not hide the error itself.
    let end = read().unwrap_or_else(|error| format!("(the log cannot be read: {error})").into_bytes());
    let end = String::from_utf8_lossy(&end);
    let lines: Vec<&str> = end.lines().collect();
    lines[lines.len().saturating_sub(TAIL_LINES)..].join("\n")
}
