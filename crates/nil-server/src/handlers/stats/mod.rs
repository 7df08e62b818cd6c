//! `/stats` and `/functions/{id}/stats`.

pub(crate) mod all;
pub(crate) mod function;

mod figures;
mod window;
