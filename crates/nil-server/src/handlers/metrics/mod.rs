//! `/metrics`.

pub(crate) mod scrape;
