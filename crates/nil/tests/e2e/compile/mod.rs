//! `POST /compile` and `nil check`: what would become of a source, without deploying it.

mod answers;
mod command;
mod fleet;
mod refusing;
