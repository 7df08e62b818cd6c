//! Names in `nil.toml` that the server would take for one.

use std::{collections::BTreeSet, fmt::Display};

/// Refuses names that differ by their case only.
///
/// # Errors
/// Names the second of the two.
pub(super) fn distinct<'a, N: Display + 'a>(
    names: impl IntoIterator<Item = &'a N>,
    key: impl Fn(&N) -> String,
) -> Result<(), String> {
    let mut keys = BTreeSet::new();
    match names.into_iter().find(|name| !keys.insert(key(name))) {
        Some(name) => Err(format!("`{name}` is there twice; upper and lower case are the same in names")),
        None => Ok(()),
    }
}
