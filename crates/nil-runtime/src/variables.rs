//! What a function was configured with: names and values it can ask for during a call, by WASI's environment or by a
//! host function. Never part of a snapshot: they can change, and be secret, while a function stays what it is.

use std::fmt;

/// The variables of one function. Shared by its calls; made anew when one of them changes.
pub struct Variables {
    /// Sorted by name.
    entries: Vec<(String, String)>,
    /// `NAME=value` with a NUL behind each, as WASI hands them out.
    environ: Vec<u8>,
}

impl Variables {
    /// Of several with one name the last counts. Names and values must not hold a NUL, nor names a `=`; those that do
    /// are left out.
    #[must_use]
    pub fn new(entries: impl IntoIterator<Item = (String, String)>) -> Self {
        let usable = |(name, value): &(String, String)| !name.contains(['=', '\0']) && !value.contains('\0');
        let by_name: std::collections::BTreeMap<_, _> = entries.into_iter().filter(usable).collect();
        let entries: Vec<_> = by_name.into_iter().collect();
        let environ = entries.iter().flat_map(|(name, value)| format!("{name}={value}\0").into_bytes()).collect();
        Self { entries, environ }
    }

    /// The value of `name`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let at = self.entries.binary_search_by(|(known, _)| known.as_str().cmp(name)).ok()?;
        Some(&self.entries[at].1)
    }

    /// Every name, sorted.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.entries.iter().map(|(name, _)| name.as_str())
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// `NAME=value` with a NUL behind each.
    pub(crate) fn environ(&self) -> &[u8] {
        &self.environ
    }
}

/// Names only: values may be secret.
impl fmt::Debug for Variables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(entries: &[(&str, &str)]) -> Variables {
        Variables::new(entries.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
    }

    #[test]
    fn the_last_of_a_name_counts_and_what_no_environment_can_hold_is_left_out() {
        let some = variables(&[("B", "1"), ("A", "x=y"), ("B", "2"), ("C=", "3"), ("D", "4\0")]);
        assert_eq!(some.names().collect::<Vec<_>>(), ["A", "B"]);
        assert_eq!((some.get("B"), some.get("A"), some.get("D")), (Some("2"), Some("x=y"), None));
        assert_eq!(some.environ(), b"A=x=y\0B=2\0");
    }

    #[test]
    fn values_are_not_printed() {
        assert_eq!(format!("{:?}", variables(&[("TOKEN", "hush")])), r#"{"TOKEN"}"#);
    }
}
