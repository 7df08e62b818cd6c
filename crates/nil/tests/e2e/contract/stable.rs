//! Answers without what differs between runs: ids, times, sizes.

use nil_test::Answer;
use serde_json::Value;

/// `status`, then the body with sorted keys, one a line.
pub(super) fn stable(answer: &Answer) -> String {
    let body = if answer.text.is_empty() { Value::Null } else { answer.json() };
    format!("{}\n{}", answer.status, canonical(body))
}

/// A value with sorted keys, whichever map serde_json was built with.
pub(super) fn canonical(value: Value) -> String {
    serde_json::to_string_pretty(&sorted(value)).expect("a value can be written")
}

/// Filters for [`stable`] text; bind them to a scope around the snapshots.
pub(super) fn redact() -> insta::internals::SettingsBindDropGuard {
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "[id]");
    settings.add_filter(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "[time]");
    settings.add_filter(r#""(buildMs|wasmBytes|durationUs|cpuUs|atUs|peakMemoryBytes)": \d+"#, "\"$1\": [number]");
    settings.bind_to_scope()
}

fn sorted(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.into_iter().map(|(name, value)| (name, sorted(value))).collect();
            fields.sort_by(|(a, _), (b, _)| a.cmp(b));
            Value::Object(fields.into_iter().collect())
        }
        Value::Array(entries) => Value::Array(entries.into_iter().map(sorted).collect()),
        other => other,
    }
}
