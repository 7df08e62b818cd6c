//! What a person and a script see of `nil`: the real binary against a small server that answers as ProjectNIL does.
//! No database, compiler or sandbox runs here; the whole product has tests of its own.

mod containerfile;
mod deploy;
mod errors;
mod fake_server;
mod help;
mod invoke;
mod operate;
mod project;
mod read;
mod terminal;
mod transcript;
