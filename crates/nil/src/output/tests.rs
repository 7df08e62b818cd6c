//! What people see, character by character.

use chrono::{DateTime, TimeDelta, Utc};
use nil_core::{Diagnostic, Severity, SourceFiles};

use super::{Sources, Table, ago, bytes, fields, first_line, json_text::indent, micros, printer::Stream};

const PLAIN: Stream = Stream { terminal: false, color: false };

fn render(source: &str, diagnostic: &Diagnostic) -> String {
    let sources =
        Sources { entry_file: "index.ts", shown_as: "src/hello.ts", text: source, files: &SourceFiles::default() };
    sources.render(std::slice::from_ref(diagnostic), PLAIN, None)
}

fn at(line: u32, column: u32, end: Option<(u32, u32)>, message: &str) -> Diagnostic {
    let mut diagnostic = Diagnostic::error(message);
    diagnostic.file = Some("index.ts".to_owned());
    (diagnostic.line, diagnostic.column) = (Some(line), Some(column));
    (diagnostic.end_line, diagnostic.end_column) = (end.map(|end| end.0), end.map(|end| end.1));
    diagnostic
}

#[test]
fn json_is_indented_without_touching_a_digit() {
    assert_eq!(
        indent(r#"{"b":18446744073709551617,"a":[1.50,{},[],"x\"},{"],"b":null}"#),
        "{\n  \"b\": 18446744073709551617,\n  \"a\": [\n    1.50,\n    {},\n    [],\n    \"x\\\"},{\"\n  ],\n  \"b\": null\n}"
    );
    assert_eq!(indent(" { \n} "), "{}");
    assert_eq!(indent("\"plain\""), "\"plain\"");
}

#[test]
fn json_cannot_drive_the_terminal() {
    // The 8-bit form of an ANSI escape, and an override of the reading direction: JSON lets both through raw.
    assert_eq!(indent("\"a\u{9b}31m\u{202e}é\""), "\"a\\u009b31m\\u202eé\"");
}

#[test]
fn deep_json_stays_about_as_long_as_it_is() {
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let indented = indent(&deep);
    assert!(indented.len() < 2 * deep.len(), "{}", indented.len());
    assert_eq!(indented.chars().filter(|c| !c.is_whitespace()).collect::<String>(), deep);
}

#[test]
fn ages_have_the_unit_that_matters() {
    let now = DateTime::parse_from_rfc3339("2020-03-01T12:00:00Z").expect("a valid time").with_timezone(&Utc);
    for (age, words) in [
        (TimeDelta::seconds(-5), "just now"),
        (TimeDelta::milliseconds(900), "just now"),
        (TimeDelta::seconds(3), "3 s ago"),
        (TimeDelta::minutes(59), "59 min ago"),
        (TimeDelta::hours(23), "23 h ago"),
        (TimeDelta::days(29), "29 d ago"),
        (TimeDelta::days(60), "2020-01-01"),
    ] {
        assert_eq!(ago(now - age, now), words);
    }
}

#[test]
fn quantities_have_three_digits() {
    assert_eq!([7, 999, 1_234, 99_960, 12_345_678].map(micros), ["7 µs", "999 µs", "1.23 ms", "100 ms", "12.3 s"]);
    assert_eq!([512, 14_541, 134_217_728].map(bytes), ["512 B", "14.2 KiB", "128 MiB"]);
}

#[test]
fn columns_line_up() {
    let mut table = Table::new(&["NAME", "NOTE"]);
    table.row(["greeting".to_owned(), "x".to_owned()]);
    table.row(["é".to_owned(), String::new()]);
    assert_eq!(table.render(false), "NAME      NOTE\ngreeting  x\né\n");
    assert_eq!(
        fields(&[("id", "1".to_owned()), ("error", "a\nb".to_owned())], false),
        "id     1\nerror  a\n       b\n"
    );
}

#[test]
fn a_table_cell_is_one_harmless_line() {
    assert_eq!(first_line("a\u{1b}[2Jb\nsecond"), "a\\u{1b}[2Jb");
    assert_eq!(first_line(&"x".repeat(200)).chars().count(), 100);
}

#[test]
fn the_culprit_is_underlined() {
    let source = "export function handle(input: string): string {\n\treturn 5;\n}\n";
    let mut diagnostic = at(2, 9, Some((2, 10)), "Type 'i32' is not assignable to type 'string'.");
    diagnostic.code = Some("TS2322".to_owned());
    insta::assert_snapshot!("underlined", render(source, &diagnostic));
}

#[test]
fn columns_count_characters_and_crlf_is_one_line_end() {
    let source = "// é\r\nlet ключ = \"日本\"; oops\r\n";
    insta::assert_snapshot!("wide_characters", render(source, &at(2, 18, None, "Cannot find name 'oops'.")));
}

#[test]
fn places_behind_the_end_are_drawn_at_the_end() {
    let source = "function f() {";
    insta::assert_snapshot!("end_of_line", render(source, &at(1, 99, None, "'}' expected.")));
    insta::assert_snapshot!("end_of_file", render("a\n", &at(2, 1, None, "'}' expected.")));
    insta::assert_snapshot!("behind_the_file", render("a\n", &at(7, 1, None, "'}' expected.")));
    insta::assert_snapshot!("empty_source", render("", &at(1, 1, None, "no `handle` is exported")));
}

#[test]
fn a_span_of_several_lines_underlines_the_first() {
    let source = "let a = (\n  1 +\n  2\n);\n";
    insta::assert_snapshot!("several_lines", render(source, &at(1, 9, Some((4, 2)), "This is never used.")));
}

#[test]
fn what_strangers_wrote_cannot_drive_the_terminal() {
    let mut diagnostic = at(1, 5, None, "bad\u{1b}[2J name\nsecond line");
    diagnostic.severity = Severity::Warning;
    let text = render("let \u{1b}[31mx = 1; // \u{202e}\n", &diagnostic);
    assert!(!text.contains(['\u{1b}', '\u{202e}']), "{text:?}");
    insta::assert_snapshot!("control_characters", text);
}

#[test]
fn a_place_in_another_file_is_named_without_a_drawing() {
    let mut diagnostic = at(40, 3, None, "Type mismatch.");
    diagnostic.file = Some("~lib/array.ts".to_owned());
    insta::assert_snapshot!("other_file", render("let a = 1;\n", &diagnostic));
    insta::assert_snapshot!("no_place", render("let a = 1;\n", &Diagnostic::error("no `handle` is exported")));
}

#[test]
fn machine_made_lines_are_not_drawn() {
    let source = format!("let a = \"{}\";", "x".repeat(5_000));
    let text = render(&source, &at(1, 5, None, "Duplicate identifier 'a'."));
    assert!(text.contains("Duplicate identifier 'a'.") && text.contains("src/hello.ts:1:5"), "{text}");
    assert!(text.len() < 500, "{text}");
}

#[test]
fn the_first_mistakes_are_enough() {
    let sources =
        Sources { entry_file: "index.ts", shown_as: "index.ts", text: "let a = 1;\n", files: &SourceFiles::default() };
    let text = sources.render(&vec![at(1, 5, None, "Again."); 31], PLAIN, None);
    assert_eq!(text.matches("Again.").count(), 20);
    assert!(text.ends_with("… and 11 more; `-o json` has all\n"), "{text}");
}
