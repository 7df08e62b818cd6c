//! `/secrets`: the keys that secrets are sealed with.

pub(crate) mod rotate;
