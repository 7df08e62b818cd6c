//! The chart: one bar for each server that answered the JSON echo. Plain SVG, no fonts or scripts fetched.

use std::fmt::Write as _;

use super::markdown::number;

const WIDTH: f64 = 720.0;
const NAMES: f64 = 280.0;
const BAR: f64 = 24.0;
const STEP: f64 = 34.0;

/// Bars, longest first.
pub(super) fn svg(bars: &[(String, f64)]) -> String {
    let mut bars = bars.to_vec();
    bars.sort_by(|a, b| b.1.total_cmp(&a.1));
    let most = bars.first().map_or(1.0, |bar| bar.1).max(1.0);
    let height = STEP * bars.len() as f64 + 50.0;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" \
         font-family=\"system-ui, sans-serif\" font-size=\"14\">\n\
         <title>Requests a second of a JSON echo, one core</title>\n\
         <style>.b{{fill:#fff}}text{{fill:#1f2328}}.o{{fill:#0969da}}.p{{fill:#8c959f}}\
         @media(prefers-color-scheme:dark){{.b{{fill:#0d1117}}text{{fill:#e6edf3}}.o{{fill:#4493f8}}.p{{fill:#6e7681}}}}\
         </style>\n\
         <rect class=\"b\" width=\"100%\" height=\"100%\"/>\n\
         <text x=\"10\" y=\"24\" font-weight=\"600\">Requests a second, JSON echo, one core, 64 connections</text>\n",
    );
    for (index, (name, value)) in bars.iter().enumerate() {
        let y = 40.0 + STEP * index as f64;
        // Room for the figure behind the longest bar.
        let length = (WIDTH - NAMES - 90.0) * value / most;
        let class = if name.starts_with("ProjectNIL") { "o" } else { "p" };
        let middle = y + BAR / 2.0 + 5.0;
        let _ = writeln!(
            svg,
            "<text x=\"{}\" y=\"{middle}\" text-anchor=\"end\">{name}</text>\
             <rect x=\"{NAMES}\" y=\"{y}\" width=\"{length:.1}\" height=\"{BAR}\" rx=\"3\" class=\"{class}\"/>\
             <text x=\"{:.1}\" y=\"{middle}\">{}</text>",
            NAMES - 10.0,
            NAMES + length + 8.0,
            number(*value)
        );
    }
    svg.push_str("</svg>\n");
    svg
}
