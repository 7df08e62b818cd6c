//! One file a language: its recipe and how it is run. [`start()`] and [`provision`] are the only places that list them.

mod assemblyscript;
mod c;
mod cpp;
mod go;
mod javascript;
mod one_shot;
mod python;
mod rust;
mod shared_runtime;
mod start;
mod wat;
mod zig;
mod ziglang;

pub use start::{StartError, comes_by_itself, start};

pub(crate) use start::{Provision, provision};
