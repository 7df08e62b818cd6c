//! The runtime from outside: guests in, outcomes out.

mod cases;
mod generated;
mod isolation;
mod support;
