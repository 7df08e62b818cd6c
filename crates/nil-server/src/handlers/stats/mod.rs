//! `/stats` and `/functions/{id}/stats`.

pub(crate) mod all;
pub(crate) mod function;

pub(crate) mod window;

mod figures;
