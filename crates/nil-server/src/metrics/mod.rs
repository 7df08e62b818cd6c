//! What this server counts, for Prometheus.
//!
//! Whoever counts does it on an atomic number or under a lock that is held for a few instructions ([`counted`]);
//! numbers that are kept elsewhere, such as the depth of queues, are looked at when somebody asks ([`observed`]).
//! There is no label of a function: anybody may make functions, and each would cost every scrape for ever. Figures by
//! function are `GET /functions/{id}/stats`.

mod counted;
mod labels;
mod observed;
mod requests;

pub(crate) use counted::Metrics;
pub(crate) use observed::render;
pub(crate) use requests::count_requests;
