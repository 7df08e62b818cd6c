//! The randomness functions see.

use std::sync::Arc;

use rand::RngCore;
use wasmtime::{Linker, Result};

use super::{HostState, catalog::MODULE};

/// A source of random bits for functions.
pub trait HostRandom: Send + Sync {
    /// 64 uniformly random bits.
    fn next_u64(&self) -> u64;
}

/// A cryptographic generator per thread (ChaCha12), seeded and reseeded by the system.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandom;

impl HostRandom for SystemRandom {
    fn next_u64(&self) -> u64 {
        rand::rng().next_u64()
    }
}

/// Defines `seed` (AssemblyScript's own generator takes its bits) and `Math.random` (`JSMath`).
pub(super) fn link(linker: &mut Linker<HostState>, random: &Arc<dyn HostRandom>) -> Result<()> {
    let source = Arc::clone(random);
    linker.func_wrap(MODULE, "seed", move || seed(source.next_u64()))?;
    let source = Arc::clone(random);
    linker.func_wrap(MODULE, "Math.random", move || unit_interval(source.next_u64()))?;
    Ok(())
}

/// A finite number that carries 63 random bits: a NaN's bits need not survive the way into the guest.
fn seed(bits: u64) -> f64 {
    const TOP_EXPONENT_BIT: u64 = 1 << 62;
    f64::from_bits(bits & !TOP_EXPONENT_BIT)
}

/// Uniform in [0, 1): the 53 bits an f64 holds.
fn unit_interval(bits: u64) -> f64 {
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}
