//! The runtime from outside: guests in, outcomes out.

mod cases;
mod code_cache;
mod generated;
mod isolation;
mod scripts;
mod support;
