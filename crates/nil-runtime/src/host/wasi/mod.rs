//! WASI preview 1 for functions: standard streams, clocks, randomness and sleep. The environment is what the
//! function was given. There are no arguments, no files, no folders and no sockets, by design: what asks for them gets the error a program without any would get.
//!
//! Synchronous and ours: a call of a function needs no file table, no fibers and no reactor.

mod catalog;
mod denied;
mod environ;
mod errno;
mod link;
mod memory;
mod poll;
mod streams;

pub(crate) use catalog::{FUNCTIONS, MODULE};
pub(crate) use environ::{NAMES as ENVIRON, link_for_initialization};
pub(crate) use link::{link, link_pure};
pub(crate) use streams::{OutputFlood, Streams};
