//! The self-test: tries to break every layer from inside real boxes, and says which ones hold. What a machine is said
//! to support does not count, only what happened.

mod attempts;
mod layers;
mod probe;
mod test;

pub use layers::{Layer, LayerState, SelfTest, Verdict};

pub(crate) use probe::probe_main;
