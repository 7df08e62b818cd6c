//! Baselines the harness serves itself, over the product's own HTTP stack and settings.

pub(crate) mod bare;
mod listen;
pub(crate) mod naive;
