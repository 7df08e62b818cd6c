//! What an operator sees: events, logs, figures, metrics and traces.

mod events;
mod logs;
mod metrics;
mod stats;
mod stream;
mod traces;
