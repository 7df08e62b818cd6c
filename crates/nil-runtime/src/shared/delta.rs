//! What evaluating a function changed in the memory of its runtime: where it differs from the runtime's image.
//!
//! Applying it is a memory copy for each run of bytes, so runs that lie close together are one.

use std::fmt;

/// Two runs with fewer equal bytes than this between them become one: each run costs a header here and a call of
/// `memcpy` at every call.
const GAP_BYTES: usize = 64;

/// Compared at once; most of an image is equal.
const BLOCK_BYTES: usize = 4096;

/// Bytes that differ, by where they go.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Delta {
    /// What memory must have, in bytes; a multiple of the page size.
    memory_bytes: u64,
    runs: Vec<Run>,
    bytes: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Run {
    at: u32,
    len: u32,
}

impl Delta {
    /// What turns `before` into `after`. Memory only grows; what it grew by was zero. Bytes below `ignore_below`
    /// are a dead stack.
    pub(crate) fn between(before: &[u8], after: &[u8], ignore_below: usize) -> Self {
        let mut delta = Self { memory_bytes: after.len() as u64, runs: Vec::new(), bytes: Vec::new() };
        let mut from = ignore_below.min(after.len());
        let zero = [0; BLOCK_BYTES];
        let mut open: Option<(usize, usize)> = None;
        while from < after.len() {
            let to = (from + BLOCK_BYTES).min(after.len());
            let old = before.get(from..to).unwrap_or(&zero[..to - from]);
            let new = &after[from..to];
            if old != new {
                for at in (0..new.len()).filter(|at| old[*at] != new[*at]) {
                    let at = from + at;
                    open = Some(match open {
                        Some((start, end)) if at - end < GAP_BYTES => (start, at + 1),
                        Some((start, end)) => {
                            delta.push(after, start, end);
                            (at, at + 1)
                        }
                        None => (at, at + 1),
                    });
                }
            }
            from = to;
        }
        if let Some((start, end)) = open {
            delta.push(after, start, end);
        }
        delta.bytes.shrink_to_fit();
        delta
    }

    fn push(&mut self, after: &[u8], start: usize, end: usize) {
        // Memories have 32-bit addresses.
        self.runs.push(Run { at: start as u32, len: (end - start) as u32 });
        self.bytes.extend_from_slice(&after[start..end]);
    }

    /// What memory must have before [`apply`](Self::apply), in bytes.
    pub(crate) fn memory_bytes(&self) -> u64 {
        self.memory_bytes
    }

    /// Writes it into `memory`; `false` if a run lies outside of it, which no delta of this runtime does.
    pub(crate) fn apply(&self, memory: &mut [u8]) -> bool {
        let mut rest = &self.bytes[..];
        for run in &self.runs {
            let (at, len) = (run.at as usize, run.len as usize);
            let (Some(to), Some((from, left))) = (memory.get_mut(at..at + len), rest.split_at_checked(len)) else {
                return false;
            };
            to.copy_from_slice(from);
            rest = left;
        }
        true
    }

    /// Memory it takes, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes.len() + self.runs.len() * size_of::<Run>()
    }

    /// As it is kept on disk, by [`decode`](Self::decode).
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut encoded = Vec::with_capacity(12 + self.bytes());
        encoded.extend(self.memory_bytes.to_le_bytes());
        encoded.extend((self.runs.len() as u32).to_le_bytes());
        for run in &self.runs {
            encoded.extend(run.at.to_le_bytes());
            encoded.extend(run.len.to_le_bytes());
        }
        encoded.extend_from_slice(&self.bytes);
        encoded
    }

    /// Reads what [`encode`](Self::encode) wrote; `None` for anything else.
    pub(crate) fn decode(encoded: &[u8]) -> Option<Self> {
        let number = |at: usize| Some(u32::from_le_bytes(encoded.get(at..at + 4)?.try_into().ok()?));
        let memory_bytes = u64::from_le_bytes(encoded.get(..8)?.try_into().ok()?);
        let count = number(8)? as usize;
        let bytes = encoded.get(12 + count.checked_mul(8)?..)?.to_vec();
        let runs = (0..count)
            .map(|index| Some(Run { at: number(12 + index * 8)?, len: number(16 + index * 8)? }))
            .collect::<Option<Vec<_>>>()?;
        let total: u64 = runs.iter().map(|run| u64::from(run.len)).sum();
        (total == bytes.len() as u64).then_some(Self { memory_bytes, runs, bytes })
    }
}

impl fmt::Debug for Delta {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delta").field("runs", &self.runs.len()).field("bytes", &self.bytes.len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn memory(len: usize, changes: &[(usize, u8)]) -> Vec<u8> {
        let mut memory = vec![7; len];
        changes.iter().for_each(|(at, byte)| memory[*at] = *byte);
        memory
    }

    #[test]
    fn applying_to_the_image_gives_the_snapshot() {
        let before = memory(20_000, &[]);
        let mut after = memory(20_000, &[(0, 1), (4095, 2), (4096, 3), (9000, 4), (9010, 5), (19_999, 6)]);
        after.extend([0; 30_000]);
        after[45_000] = 9;
        let delta = Delta::between(&before, &after, 0);
        assert_eq!(delta.runs.len(), 5, "{delta:?}");
        let delta = Delta::decode(&delta.encode()).expect("what was encoded");
        let mut fresh = before.clone();
        fresh.resize(delta.memory_bytes() as usize, 0);
        assert!(delta.apply(&mut fresh));
        assert_eq!(fresh, after);
    }

    #[test]
    fn a_dead_stack_is_left_out() {
        let delta = Delta::between(&memory(9000, &[]), &memory(9000, &[(10, 1), (5000, 1)]), 4096);
        assert_eq!(delta.runs, [Run { at: 5000, len: 1 }]);
    }

    #[test]
    fn what_is_broken_is_neither_read_nor_applied() {
        let delta = Delta::between(&memory(9000, &[]), &memory(9000, &[(10, 1), (5000, 1)]), 0);
        let encoded = delta.encode();
        for cut in 0..encoded.len() {
            assert_eq!(Delta::decode(&encoded[..cut]), None, "{cut}");
        }
        assert!(!delta.apply(&mut [0; 100]));
    }
}
