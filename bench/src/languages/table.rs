//! The table in `docs/languages.md`, between two comments.

use std::{fmt::Write as _, path::Path};

use anyhow::Context as _;

use super::measure::Row;
use crate::{machine, statistics::median};

const BEGIN: &str = "<!-- nil-bench languages: begin -->";
const END: &str = "<!-- nil-bench languages: end -->";

/// The table with what it was measured on.
pub(super) fn markdown(rows: &[Row], machine: &str, load: f64) -> String {
    let mut text = String::from(
        "| `language` | toolchain | save → READY | artifact | instantiate + call | 100 KB of input | primes to a million | first call |\n\
         |---|---|---:|---:|---:|---:|---:|---:|\n",
    );
    for row in rows {
        let _ = writeln!(
            text,
            "| `{}` | {} | {:.0} ms | {} | {} | {} | {} | {:.1} ms |",
            row.language,
            row.toolchain,
            median(&row.deploy_ms),
            bytes(row.artifact_bytes),
            micros(median(&row.call_us)),
            micros(median(&row.large_us)),
            micros(median(&row.kernel_us)),
            row.first_call_ms,
        );
    }
    let _ = writeln!(text, "\nMedians, on {machine}; the load average before was {load:.2}.");
    text
}

/// Puts `text` between the two comments of `page`.
pub(super) fn replace(page: &Path, text: &str) -> anyhow::Result<()> {
    let before = std::fs::read_to_string(page).with_context(|| format!("failed to read {}", page.display()))?;
    let after = between(&before, text).with_context(|| format!("{} has no `{BEGIN}`", page.display()))?;
    std::fs::write(page, after)?;
    machine::say(&format!("wrote {}", page.display()));
    Ok(())
}

fn between(page: &str, text: &str) -> Option<String> {
    let (head, rest) = page.split_once(BEGIN)?;
    let (_, tail) = rest.split_once(END)?;
    Some(format!("{head}{BEGIN}\n\n{text}\n{END}{tail}"))
}

fn bytes(bytes: i64) -> String {
    match bytes {
        ..1_024 => format!("{bytes} B"),
        1_024..1_048_576 => format!("{:.1} KiB", bytes as f64 / 1_024.0),
        _ => format!("{:.1} MiB", bytes as f64 / 1_048_576.0),
    }
}

fn micros(us: f64) -> String {
    if us < 1_000.0 { format!("{us:.0} µs") } else { format!("{:.1} ms", us / 1_000.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_between_the_comments_is_replaced() {
        let page = format!("# Page\n{BEGIN}\nold\n{END}\nrest\n");
        let replaced = between(&page, "new\n").expect("both comments are there");
        assert_eq!(replaced, format!("# Page\n{BEGIN}\n\nnew\n\n{END}\nrest\n"));
        assert_eq!(between("# Page\n", "new\n"), None);
    }

    #[test]
    fn figures_read_as_people_write_them() {
        assert_eq!((micros(71.4), micros(12_340.0)), ("71 µs".to_owned(), "12.3 ms".to_owned()));
        assert_eq!(
            (bytes(512), bytes(1_536), bytes(3 << 20)),
            ("512 B".to_owned(), "1.5 KiB".to_owned(), "3.0 MiB".to_owned())
        );
    }
}
