//! The report as a page: one table of figures, then how it was measured, then details.

use std::fmt::Write as _;

use super::{Figure, Reach, Report};

/// One figure in one line, for the terminal.
pub(super) fn line(figure: &Figure) -> String {
    let compared = figure.baseline.as_ref().zip(figure.ratio).map_or_else(String::new, |(baseline, ratio)| {
        format!(" = {} × {baseline} ({})", number(ratio), number(figure.baseline_value.unwrap_or_default()))
    });
    let [least, most] = figure.spread.map(number);
    format!(
        "{}: {} {}{compared}, {} rounds, {least}–{most}{}",
        figure.id,
        number(figure.value),
        figure.unit,
        figure.rounds,
        match figure.reached {
            Some(true) => ", reached",
            Some(false) => ", NOT reached",
            None => "",
        }
    )
}

/// The page.
pub(super) fn document(report: &Report) -> String {
    let mut page = String::from(
        "# Results\n\nWritten by `make bench` (`make bench-quick`: fewer and shorter rounds); what each figure means \
         and how to reproduce it is in [docs/performance.md](../docs/performance.md).\n\n",
    );
    for line in &report.setting {
        let _ = writeln!(page, "- {line}");
    }
    page.push_str(
        "\n| figure | value | baseline | ratio | spread | rounds | reach | |\n|---|---:|---:|---:|---:|---:|---|---|\n",
    );
    for figure in &report.figures {
        page.push_str(&row(figure));
    }
    page.push_str(
        "\nRatio: how many times better than the baseline, medians over interleaved rounds. Spread: least and greatest \
         round, of the ratio where there is one, else of the value. A figure below its reach is written as it is.\n",
    );
    if !report.echo.is_empty() {
        page.push_str("\n![Requests a second of a JSON echo](results.svg)\n");
    }
    if !report.notes.is_empty() {
        page.push_str("\n## Missing or limited\n\n");
        for note in &report.notes {
            let _ = writeln!(page, "- {note}");
        }
    }
    for (title, body) in &report.details {
        let _ = write!(page, "\n## {title}\n\n{}\n", body.trim_end());
    }
    page
}

fn row(figure: &Figure) -> String {
    let baseline = match (&figure.baseline, figure.baseline_value) {
        (Some(name), Some(value)) => format!("{name}: {}", number(value)),
        _ => String::new(),
    };
    let ratio = figure.ratio.map(number).unwrap_or_default();
    let reach = match figure.reach {
        Some(Reach::RatioAtLeast(least)) => format!("ratio ≥ {}", number(least)),
        Some(Reach::ValueAtMost(most)) => format!("≤ {}", number(most)),
        None => String::new(),
    };
    let reached = match figure.reached {
        Some(true) => "reached",
        Some(false) => "**missed**",
        None => "",
    };
    let [least, most] = figure.spread.map(number);
    format!(
        "| `{}` | {} {} | {baseline} | {ratio} | {least}–{most} | {} | {reach} | {reached} |\n",
        figure.id,
        number(figure.value),
        figure.unit,
        figure.rounds
    )
}

/// Three significant digits, thousands apart.
pub(crate) fn number(value: f64) -> String {
    let magnitude = value.abs();
    if magnitude >= 1_000.0 {
        let digits = format!("{value:.0}");
        let (sign, digits) = digits.split_at(usize::from(value < 0.0));
        let head = digits.len() % 3;
        let mut groups: Vec<&str> = Vec::new();
        if head > 0 {
            groups.push(&digits[..head]);
        }
        groups.extend(digits.as_bytes()[head..].chunks(3).filter_map(|group| std::str::from_utf8(group).ok()));
        return format!("{sign}{}", groups.join(","));
    }
    let decimals = match magnitude {
        magnitude if magnitude >= 100.0 => 0,
        magnitude if magnitude >= 10.0 => 1,
        magnitude if magnitude >= 1.0 || magnitude == 0.0 => 2,
        _ => 3,
    };
    format!("{value:.decimals$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_readable() {
        let shown = [0.0, 0.0625, 0.851, 4.256, 48.25, 512.4, 1_234.5, 38_123.0, 1_234_567.0].map(number);
        let expected = ["0.00", "0.062", "0.851", "4.26", "48.2", "512", "1,234", "38,123", "1,234,567"];
        assert_eq!(shown, expected);
    }

    #[test]
    fn a_missed_figure_stands_in_the_table() {
        let figure = Figure::rates("f", "1/s", &[10.0], "b", &[20.0]).reaching(Reach::RatioAtLeast(1.0));
        assert_eq!(
            row(&figure),
            "| `f` | 10.0 1/s | b: 20.0 | 0.500 | 0.500–0.500 | 1 | ratio ≥ 1.00 | **missed** |\n"
        );
    }
}
