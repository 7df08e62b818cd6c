//! A flame graph as plain SVG, without scripts: pages that show a repository's pictures run none. Who knows a box only
//! by its shape can hover over it where the file is opened by itself.

use std::{collections::BTreeMap, fmt::Write as _};

use super::perf::Sample;

const WIDTH: f64 = 1200.0;
const ROW: f64 = 17.0;
const TOP: f64 = 34.0;
/// Narrower boxes are left out; they would be neither seen nor read.
const NARROWEST: f64 = 1.5;
/// A letter's width at the size used.
const LETTER: f64 = 6.2;
/// Runtimes and kernels nest deeper than a picture helps with.
const DEEPEST: usize = 48;

#[derive(Debug, Default)]
struct Node {
    count: usize,
    kernel: bool,
    children: BTreeMap<String, Node>,
}

/// Threads at the bottom, what ran at the top.
pub(super) fn svg(samples: &[Sample]) -> String {
    let mut root = Node { count: samples.len(), ..Node::default() };
    for sample in samples {
        let mut node = &mut root;
        let outermost_first = sample.frames.iter().rev().take(DEEPEST - 1);
        let names = outermost_first.map(|frame| (short(&frame.symbol), frame.object.starts_with("[kernel")));
        // Threads that do the same are numbered: `execute-7`.
        let thread = sample.thread.trim_end_matches(|c: char| c == '-' || c.is_ascii_digit()).to_owned();
        for (name, kernel) in std::iter::once((thread, false)).chain(names) {
            node = node.children.entry(name).or_default();
            node.count += 1;
            node.kernel = kernel;
        }
    }
    let scale = WIDTH / samples.len().max(1) as f64;
    let height = TOP + ROW * depth(&root, scale) as f64 + 8.0;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" \
         font-family=\"ui-monospace, monospace\" font-size=\"10.5\">\n<title>Flame graph of the server</title>\n\
         <style>.b{{fill:#fff}}.h{{fill:#1f2328}}.u{{fill:#f2b36f}}.k{{fill:#9cc3e6}}text{{fill:#1f2328}}\
         @media(prefers-color-scheme:dark){{.b{{fill:#0d1117}}.h{{fill:#e6edf3}}}}</style>\n\
         <rect class=\"b\" width=\"100%\" height=\"100%\"/>\n\
         <text class=\"h\" x=\"8\" y=\"21\" font-size=\"14\" font-weight=\"600\">POST /fn/echo: {} samples; orange the \
         server and its libraries, blue the kernel</text>\n",
        samples.len()
    );
    draw(&mut svg, &root, 0.0, height - 8.0 - ROW, scale);
    svg.push_str("</svg>\n");
    svg
}

/// Rows that have a box wide enough to be drawn.
fn depth(node: &Node, scale: f64) -> usize {
    let wide = node.children.values().filter(|child| child.count as f64 * scale >= NARROWEST);
    wide.map(|child| 1 + depth(child, scale)).max().unwrap_or_default()
}

fn draw(svg: &mut String, node: &Node, left: f64, y: f64, scale: f64) {
    let mut x = left;
    for (name, child) in &node.children {
        let width = child.count as f64 * scale;
        if width >= NARROWEST {
            let class = if child.kernel { "k" } else { "u" };
            let share = 100.0 * width / WIDTH;
            let title = escaped(name);
            let _ = write!(
                svg,
                "<g><title>{title}: {share:.1} %</title>\
                 <rect class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{:.1}\" height=\"{}\" rx=\"1\"/>",
                width - 0.5,
                ROW - 1.0
            );
            let letters = ((width - 6.0) / LETTER) as usize;
            if letters >= 4 {
                let cut: String = name.chars().take(letters).collect();
                let _ = write!(svg, "<text x=\"{:.1}\" y=\"{:.1}\">{}</text>", x + 3.0, y + 12.0, escaped(&cut));
            }
            svg.push_str("</g>\n");
            draw(svg, child, x, y - ROW, scale);
        }
        x += width;
    }
}

/// A name without its types' parameters and without the hash behind it, the last two segments of its path.
fn short(symbol: &str) -> String {
    let mut depth = 0_usize;
    let mut plain = String::new();
    for letter in symbol.trim_start_matches('<').chars() {
        match letter {
            '<' => depth += 1,
            '>' => depth = depth.saturating_sub(1),
            _ if depth == 0 => plain.push(letter),
            _ => {}
        }
    }
    let own = plain.split(" as ").next().unwrap_or_default().to_owned();
    let method = plain.rsplit("::").find(|segment| !is_hash(segment)).unwrap_or_default();
    let segments: Vec<&str> = own.split("::").filter(|segment| !segment.is_empty() && !is_hash(segment)).collect();
    let head = segments[segments.len().saturating_sub(2)..].join("::");
    if head.is_empty() || head.ends_with(method) { plain_or(&head, symbol) } else { format!("{head}::{method}") }
}

fn plain_or(short: &str, symbol: &str) -> String {
    if short.is_empty() { symbol.to_owned() } else { short.to_owned() }
}

fn is_hash(segment: &str) -> bool {
    segment.len() == 17 && segment.starts_with('h') && segment[1..].bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::{super::perf::Frame, *};

    #[test]
    fn names_are_short() {
        let shown = [
            "tokio::runtime::task::harness::Harness<T,S>::poll",
            "<hyper::proto::h1::Conn<I,B> as core::future::Future>::poll::h0123456789abcdef",
            "tcp_sendmsg",
            "[unknown]",
        ]
        .map(short);
        assert_eq!(shown, ["Harness::poll", "h1::Conn::poll", "tcp_sendmsg", "[unknown]"]);
    }

    #[test]
    fn boxes_are_as_wide_as_their_share() {
        let frame = |symbol: &str| Frame { symbol: symbol.into(), object: "/usr/bin/nil".into() };
        let sample = |symbol: &str| Sample { thread: "worker".into(), frames: vec![frame(symbol), frame("main")] };
        let drawn = svg(&[sample("a<b>"), sample("a<b>"), sample("c"), sample("c")]);
        assert!(drawn.contains("<title>main: 100.0 %</title>"), "{drawn}");
        assert!(drawn.contains("<title>c: 50.0 %</title>"), "{drawn}");
        assert_eq!(drawn.matches("<rect").count(), 5, "background, thread, main, a and c");
    }
}
