//! One file a language: its recipe and how it is run. [`start()`] and [`recipe`] are the only places that list them.

mod assemblyscript;
mod javascript;
mod start;

pub use start::{StartError, start};

pub(crate) use start::recipe;
