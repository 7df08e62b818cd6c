//! What became of saved examples, as people read it.

use nil_core::{ExampleResult, escape_control};
use serde_json::value::RawValue;

use super::{paint::Tone, table::fields};

/// Longer inputs and outputs are cut, in characters.
const SHOWN_CHARS: usize = 2_000;

/// A heading and what was expected of each example that failed; one line for each that passed.
pub(crate) fn examples(results: &[ExampleResult], color: bool) -> String {
    results.iter().map(|result| example(result, color)).collect()
}

fn example(result: &ExampleResult, color: bool) -> String {
    if result.passed {
        return format!("{}  {}\n", Tone::Good.paint("passed", color), result.name);
    }
    let json = |value: &Option<Box<RawValue>>| value.as_ref().map(|value| cut(value.get()));
    let mut facts = Vec::new();
    facts.extend(json(&result.input).map(|text| ("input", text)));
    facts.extend(json(&result.expected).map(|text| ("expected", text)));
    facts.extend(json(&result.output).map(|text| ("got", text)));
    facts.extend(result.error_message.as_deref().map(|text| ("error", cut(text))));
    let indented: String = fields(&facts, color).lines().map(|line| format!("        {line}\n")).collect();
    format!("{}  {}\n{indented}", Tone::Bad.paint("failed", color), result.name)
}

fn cut(text: &str) -> String {
    let short: String = text.chars().take(SHOWN_CHARS).collect();
    let dots = if short.len() < text.len() { "…" } else { "" };
    format!("{}{dots}", short.lines().map(escape_control).collect::<Vec<_>>().join("\n"))
}
