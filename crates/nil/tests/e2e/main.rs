//! The whole product, from `nil up` to the answer: the real binary, PostgreSQL, compiler and sandbox.
//!
//! Tests share one `nil up` unless they stop, break or configure it. What the commands print against a small fake
//! server is tested in `cli`.

#![expect(clippy::print_stderr, reason = "what was skipped or measured is for whoever reads a test's output")]

mod callbacks;
mod cli;
mod compile;
mod contract;
mod environments;
mod examples;
mod faults;
mod functions;
mod hostile;
mod idempotency;
mod journey;
mod languages;
mod observe;
mod overload;
mod product;
mod programs;
mod queued;
mod schedules;
mod scripts;
mod versions;
