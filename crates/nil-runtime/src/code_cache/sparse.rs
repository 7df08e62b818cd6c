//! Files with holes: the memory image inside native code is mostly zeros (json-as: 1.2 MB, of which 60 KB are
//! not), and a hole takes no disk, no reading and no hashing.

use std::{fs::File, io, os::unix::fs::FileExt};

use rustix::{
    fs::{SeekFrom, seek},
    io::Errno,
};

/// The unit of holes and of hashing.
const BLOCK: usize = 4_096;

/// Read at a time.
const CHUNK: usize = 16 * BLOCK;

/// Writes `bytes` at the start of the empty `file`, leaving holes for blocks of zeros. How much was written.
pub(super) fn write(file: &File, bytes: &[u8]) -> io::Result<u64> {
    file.set_len(bytes.len() as u64)?;
    let mut written = 0;
    let mut start = 0;
    while start < bytes.len() {
        let length = run(&bytes[start..]);
        if length > 0 {
            file.write_all_at(&bytes[start..start + length], start as u64)?;
            written += length as u64;
        }
        // The block behind a run is a block of zeros, or the end.
        start += length + BLOCK;
    }
    Ok(written)
}

/// Hashes a block of `bytes` with its position, unless it is all zeros.
pub(super) fn hash(mac: &mut blake3::Hasher, bytes: &[u8]) {
    blocks(mac, bytes, 0);
}

/// Hashes the first `length` bytes of `file` as [`hash`] does, without reading its holes.
pub(super) fn hash_file(mac: &mut blake3::Hasher, file: &File, length: u64) -> io::Result<()> {
    let mut buffer = vec![0; CHUNK];
    let mut position = 0;
    while let Some(data) = next_data(file, position, length)? {
        let hole = seek(file, SeekFrom::Hole(data))?.min(length);
        // Whole blocks, whatever the file system's own are.
        let mut at = data - data % BLOCK as u64;
        while at < hole {
            let chunk = &mut buffer[..CHUNK.min((length - at) as usize)];
            file.read_exact_at(chunk, at)?;
            blocks(mac, chunk, at);
            at += chunk.len() as u64;
        }
        position = at.max(hole);
    }
    Ok(())
}

/// Where data continues at or behind `position`.
fn next_data(file: &File, position: u64, length: u64) -> io::Result<Option<u64>> {
    if position >= length {
        return Ok(None);
    }
    match seek(file, SeekFrom::Data(position)) {
        Ok(data) if data < length => Ok(Some(data)),
        Ok(_) | Err(Errno::NXIO) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn blocks(mac: &mut blake3::Hasher, bytes: &[u8], offset: u64) {
    for (index, block) in bytes.chunks(BLOCK).enumerate() {
        if !is_zero(block) {
            mac.update(&(offset + (index * BLOCK) as u64).to_le_bytes()).update(block);
        }
    }
}

/// The length of the run of blocks with data at the start of `bytes`.
fn run(bytes: &[u8]) -> usize {
    bytes.chunks(BLOCK).take_while(|block| !is_zero(block)).map(<[u8]>::len).sum()
}

fn is_zero(block: &[u8]) -> bool {
    const ZEROS: [u8; BLOCK] = [0; BLOCK];
    block == &ZEROS[..block.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(bytes: &[u8]) -> blake3::Hash {
        let mut mac = blake3::Hasher::new();
        hash(&mut mac, bytes);
        mac.finalize()
    }

    #[test]
    fn files_with_holes_read_and_hash_as_written() {
        let mut bytes = vec![0; 300 * BLOCK + 17];
        bytes[5] = 1;
        bytes[BLOCK * 40..BLOCK * 43].fill(2);
        bytes[BLOCK * 299 + 1] = 3;
        *bytes.last_mut().expect("not empty") = 4;
        let file = tempfile::tempfile().expect("a file");
        let written = write(&file, &bytes).expect("space");
        assert_eq!(written, (5 * BLOCK + 17) as u64);
        let mut read = vec![9; bytes.len()];
        file.read_exact_at(&mut read, 0).expect("the file");
        assert_eq!(read, bytes);
        let mut mac = blake3::Hasher::new();
        hash_file(&mut mac, &file, bytes.len() as u64).expect("the file");
        assert_eq!(mac.finalize(), of(&bytes));
    }

    #[test]
    fn the_place_of_a_block_counts() {
        let (mut early, mut late) = (vec![0; 4 * BLOCK], vec![0; 4 * BLOCK]);
        early[BLOCK] = 1;
        late[2 * BLOCK] = 1;
        assert_ne!(of(&early), of(&late));
    }
}
