//! Indents JSON text without reading it into numbers and maps, which would change digits and the order of keys.

use nil_core::escape_control;

/// Deeper levels stay on one line: nobody reads them, and their indentation would outgrow the data.
const DEEPEST_INDENT: usize = 40;

/// Valid JSON text with one value a line. Control characters that JSON lets through raw (C1, bidirectional
/// overrides) become `\uXXXX`, which means the same.
pub(crate) fn indent(json: &str) -> String {
    let mut out = String::with_capacity(json.len() + json.len() / 4);
    let mut depth = 0_usize;
    let mut chars = json.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' => copy_string(&mut chars, &mut out),
            '{' | '[' => {
                while chars.next_if(char::is_ascii_whitespace).is_some() {}
                out.push(c);
                if let Some(close) = chars.next_if(|next| matches!(next, '}' | ']')) {
                    out.push(close);
                } else {
                    depth += 1;
                    break_line(depth, &mut out);
                }
            }
            '}' | ']' => {
                // The indentation of the level that ends is the one above its closing bracket.
                if depth <= DEEPEST_INDENT {
                    break_line(depth.saturating_sub(1), &mut out);
                }
                depth = depth.saturating_sub(1);
                out.push(c);
            }
            ',' => {
                out.push(c);
                break_line(depth, &mut out);
            }
            ':' => out.push_str(": "),
            c if c.is_ascii_whitespace() => {}
            c => out.push(c),
        }
    }
    out
}

fn break_line(depth: usize, out: &mut String) {
    if depth <= DEEPEST_INDENT {
        out.push('\n');
        out.extend(std::iter::repeat_n("  ", depth));
    }
}

/// Copies a string whose opening quote was read.
fn copy_string(chars: &mut impl Iterator<Item = char>, out: &mut String) {
    out.push('"');
    while let Some(c) = chars.next() {
        match c {
            '\\' => {
                out.push(c);
                out.extend(chars.next());
            }
            '"' => break,
            c if drives_terminal(c) => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
}

/// Whatever people are not shown raw elsewhere. All of these are below U+10000: one escape each.
fn drives_terminal(c: char) -> bool {
    c > '\u{7e}' && escape_control(c.encode_utf8(&mut [0; 4])).starts_with('\\')
}
