//! Distributed traces: where a request's trace comes from, what continues it, and where it is written down.
//!
//! A request with a `traceparent` header has a trace whether or not this server reports any: its id is kept with the
//! execution, and its answer carries the header on. Spans exist only while somebody collects them (`OTEL_*` variables,
//! `nil/src/telemetry.rs`): they have a target of their own, which nobody listens to otherwise.

mod current;
mod request;
mod span;

pub(crate) use current::{carried_on, current, current_id};
pub(crate) use request::{RequestTrace, traced_requests};
pub(crate) use span::{continue_trace, execution_span, record_outcome};
