//! What QuickJS and its prelude ask of the host: console, randomness, waiting, URLs, text encodings, modules, and
//! the few WASI functions its C library needs. No files, no sockets; of an
//! environment what the function was given.

mod codec;
mod guest;
mod link;
mod modules;
mod state;
mod urls;
mod wasi;

pub(crate) use link::{AskedWhileEvaluating, HOST_FUNCTIONS, Phase, link as link_javascript};
pub(crate) use state::ScriptHost;
