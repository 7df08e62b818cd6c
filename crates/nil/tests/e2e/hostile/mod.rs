//! Functions and sources that mean harm: the outcome names the cause, and a healthy neighbour goes on answering.

mod executions;
mod neighbour;
mod outcomes;
mod sources;
mod uploads;
