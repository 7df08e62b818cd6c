//! The crate as its callers use it, on a real PostgreSQL: the system's if there is one, else the portable build;
//! `NIL_TEST_PG=portable` or `=system` decides it.

mod faults;
mod lifecycle;
mod places;
mod programs;
mod support;
mod users;
