//! What the tests of the other crates stand on: a real PostgreSQL, one cluster a process, a fresh database a test;
//! and the whole product, started as a person starts it.
//!
//! For tests only: everything here panics with the full reason instead of returning an error, and trades the
//! database's durability for speed. Nothing it starts or writes outlives the test process, however that ends.

mod admin;
mod caretaker;
mod cluster;
mod database;
mod guests;
mod http;
mod janitor;
mod nil_up;
mod processes;
mod programs;
mod settings;
mod wait;

pub use cluster::TestCluster;
pub use database::TestDatabase;
pub use guests::{assemble, guest_cases, no_modules, oversized_modules, smallest_module};
pub use http::{Answer, TestHttp, send, try_send};
pub use nil_up::NilUp;
pub use processes::TestProcess;
pub use programs::{CommonCase, CommonProgram, Expected, languages_with_programs};
pub use wait::{eventually, eventually_some, within};
