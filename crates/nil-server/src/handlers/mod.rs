//! One file an endpoint, named by its verb.

pub(crate) mod compile;
pub(crate) mod dead_letters;
pub(crate) mod docs;
pub(crate) mod environments;
pub(crate) mod events;
pub(crate) mod executions;
pub(crate) mod functions;
pub(crate) mod health;
pub(crate) mod languages;
pub(crate) mod metrics;
pub(crate) mod queue;
pub(crate) mod ready;
pub(crate) mod schedules;
pub(crate) mod secrets;
pub(crate) mod stats;
pub(crate) mod system;
