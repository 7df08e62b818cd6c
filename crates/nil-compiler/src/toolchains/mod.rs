//! One file a language: its recipe and how it is run. [`start()`] and [`provision`] are the only places that list them.

mod assemblyscript;
mod go;
mod javascript;
mod start;
mod wat;

pub use start::{StartError, start};

pub(crate) use start::{Provision, provision};
