//! Times, durations and sizes in words.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use nil_core::escape_control;

/// The longest text shown in a table's last column, in characters.
const FIRST_LINE_CHARS: usize = 100;

/// How long ago something was, to the unit that matters.
pub(crate) fn ago(then: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let age = now - then;
    match age.num_seconds() {
        // Clocks of two machines differ; a future moment is not worth a word.
        ..1 => "just now".to_owned(),
        seconds @ 1..60 => format!("{seconds} s ago"),
        seconds @ 60..3_600 => format!("{} min ago", seconds / 60),
        seconds @ 3_600..86_400 => format!("{} h ago", seconds / 3_600),
        _ if age < TimeDelta::days(30) => format!("{} d ago", age.num_days()),
        _ => then.format("%Y-%m-%d").to_string(),
    }
}

/// A moment, exactly: RFC 3339 in UTC to the millisecond.
pub(crate) fn moment(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// Microseconds with three significant digits: `412 µs`, `3.21 ms`, `10.0 s`.
pub(crate) fn micros(us: u64) -> String {
    match us {
        ..1_000 => format!("{us} µs"),
        1_000..1_000_000 => format!("{} ms", three_digits(us, 1_000)),
        _ => format!("{} s", three_digits(us, 1_000_000)),
    }
}

/// Milliseconds: `212 ms`, `1.20 s`.
pub(crate) fn millis(ms: i64) -> String {
    match u64::try_from(ms).unwrap_or_default() {
        ms @ ..1_000 => format!("{ms} ms"),
        ms => format!("{} s", three_digits(ms, 1_000)),
    }
}

/// Bytes: `512 B`, `14.2 KiB`, `1.00 MiB`.
pub(crate) fn bytes(bytes: u64) -> String {
    match bytes {
        ..1_024 => format!("{bytes} B"),
        1_024..1_048_576 => format!("{} KiB", three_digits(bytes, 1_024)),
        _ => format!("{} MiB", three_digits(bytes, 1_048_576)),
    }
}

/// The first line of a message, short enough for a table.
pub(crate) fn first_line(text: &str) -> String {
    let line = escape_control(text.lines().next().unwrap_or_default());
    if line.chars().count() <= FIRST_LINE_CHARS {
        return line;
    }
    line.chars().take(FIRST_LINE_CHARS - 1).chain(['…']).collect()
}

#[expect(clippy::cast_precision_loss, reason = "three digits are shown; a double holds fifteen")]
fn three_digits(value: u64, unit: u64) -> String {
    let value = value as f64 / unit as f64;
    let decimals = if value < 9.995 {
        2
    } else if value < 99.95 {
        1
    } else {
        0
    };
    format!("{value:.decimals$}")
}
