//! What an operator sees: events, logs, figures, metrics and traces.

mod events;
mod logs;
mod stats;
mod stream;
