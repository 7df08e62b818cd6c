//! Functions and sources that mean harm: the outcome names the cause, and a healthy neighbour goes on answering.

mod compiling;
mod executions;
mod killed;
mod neighbour;
pub(crate) mod network;
mod outcomes;
mod sources;
mod uploads;
