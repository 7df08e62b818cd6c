//! Names from a module or an input, made fit for a message: short, and without control characters.

use nil_core::{escape_control, truncate_to_char_boundary};

/// Longest name in a message, in bytes: a module may have names of 100 kB.
const MAX_BYTES: usize = 80;

/// `text` as it may stand in a message.
pub(crate) fn shown(text: &str) -> String {
    let cut = truncate_to_char_boundary(text, MAX_BYTES);
    let dots = if cut.len() < text.len() { "…" } else { "" };
    format!("{}{dots}", escape_control(cut))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_and_hostile_names_are_cut_and_escaped() {
        assert_eq!(shown("add"), "add");
        assert_eq!(shown("a\u{1b}[31m"), "a\\u{1b}[31m");
        assert_eq!(shown(&"é".repeat(1_000)).chars().count(), 41);
    }
}
