//! The chart: one bar for each server that answered the JSON echo. Plain SVG, no fonts or scripts fetched.

use std::fmt::Write as _;

use super::markdown::number;

const WIDTH: f64 = 720.0;
const NAMES: f64 = 170.0;
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
         <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n\
         <text x=\"10\" y=\"24\" font-weight=\"600\" fill=\"#1f2328\">Requests a second, JSON echo, one core, 64 connections</text>\n",
    );
    for (index, (name, value)) in bars.iter().enumerate() {
        let y = 40.0 + STEP * index as f64;
        // Room for the figure behind the longest bar.
        let length = (WIDTH - NAMES - 90.0) * value / most;
        let fill = if name.starts_with("ProjectNIL") { "#0969da" } else { "#8c959f" };
        let middle = y + BAR / 2.0 + 5.0;
        let _ = writeln!(
            svg,
            "<text x=\"{}\" y=\"{middle}\" text-anchor=\"end\" fill=\"#1f2328\">{name}</text>\
             <rect x=\"{NAMES}\" y=\"{y}\" width=\"{length:.1}\" height=\"{BAR}\" rx=\"3\" fill=\"{fill}\"/>\
             <text x=\"{:.1}\" y=\"{middle}\" fill=\"#1f2328\">{}</text>",
            NAMES - 10.0,
            NAMES + length + 8.0,
            number(*value)
        );
    }
    svg.push_str("</svg>\n");
    svg
}
