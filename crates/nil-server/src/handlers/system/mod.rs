//! `/system`.

pub(crate) mod report;
