//! `nil new` and `nil deploy`.

use std::fs;

use crate::transcript::Bench;

const GOOD: &str = "export function handle(input: string): string {\n  return input;\n}\n";
const BROKEN: &str = "export function handle(input: string): string { // BROKEN\n\treturn 12345;\n}\n";

#[test]
fn a_new_function_is_written_and_deploys_as_it_is() {
    let bench = Bench::new();
    insta::assert_snapshot!("new", bench.nil(&["new", "hello"]));
    insta::assert_snapshot!("new_again", bench.nil(&["new", "hello"]));
    insta::assert_snapshot!("new_json", bench.nil(&["new", "other", "--dir", "somewhere/else", "-o", "json"]));
    insta::assert_snapshot!("deploy_new", bench.nil(&["deploy", "hello"]));
    assert!(!fs::read_to_string(bench.folder.path().join("hello/index.ts")).expect("the source").contains("{{name}}"));
}

#[test]
fn an_extension_chooses_the_language_of_a_new_function() {
    let bench = Bench::new();
    for (name, file) in [
        ("a.js", "a/index.js"),
        ("b.ts", "b/index.ts"),
        ("c.py", "c/main.py"),
        ("d.rs", "d/index.rs"),
        ("e.go", "e/function.go"),
        ("f.c", "f/index.c"),
        ("g.cpp", "g/index.cpp"),
        ("h.zig", "h/index.zig"),
        ("i.wat", "i/index.wat"),
    ] {
        let said = bench.nil(&["new", name]);
        assert!(said.contains(file), "{name}: {said}");
    }
    for (name, why) in
        [("x.wasm", "no template for `wasm`"), ("x.h", "may not hold '.'"), ("x.cobol", "may not hold '.'")]
    {
        let said = bench.nil(&["new", name]);
        assert!(said.contains("exit 2") && said.contains(why), "{name}: {said}");
    }
}

#[test]
fn a_source_becomes_a_function_then_a_version_then_nothing() {
    let bench = Bench::new();
    bench.write("greeting.ts", GOOD);
    insta::assert_snapshot!("deploy_created", bench.nil(&["deploy", "greeting.ts"]));
    insta::assert_snapshot!("deploy_unchanged", bench.nil(&["deploy", "greeting.ts"]));
    bench.write("greeting.ts", &format!("{GOOD}// changed\n"));
    insta::assert_snapshot!("deploy_updated", bench.nil(&["deploy", "./greeting.ts"]));
    insta::assert_snapshot!("deploy_json", bench.nil(&["deploy", "greeting.ts", "-o", "json"]));
}

#[test]
fn a_source_that_does_not_compile_shows_the_line() {
    let bench = Bench::new();
    bench.write("src/greeting.ts", GOOD);
    bench.nil(&["deploy", "src/greeting.ts"]);
    bench.write("src/greeting.ts", BROKEN);
    insta::assert_snapshot!("deploy_broken", bench.nil(&["deploy", "src/greeting.ts"]));
    insta::assert_snapshot!("deploy_broken_json", bench.nil(&["deploy", "src/greeting.ts", "-o", "json"]));
    insta::assert_snapshot!("describe_broken", bench.nil(&["describe", "greeting"]));
}

#[test]
fn colour_only_repeats_what_the_words_say() {
    let bench = Bench::new();
    bench.write("greeting.ts", BROKEN);
    let plain = bench.nil(&["deploy", "greeting.ts"]);
    let coloured = bench.nil(&["deploy", "greeting.ts", "--color", "always"]);
    assert!(!plain.contains('\u{1b}') && coloured.contains('\u{1b}'), "{coloured}");
    // What could not be built is tried again, as a version of its own.
    let stripped = strip_colour(&coloured).replace("  v2  ", "  v1  ");
    assert_eq!(stripped, plain);
}

fn strip_colour(text: &str) -> String {
    let mut parts = text.split('\u{1b}');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |all, part| all + part.split_once('m').map_or("", |(_, rest)| rest))
}

#[test]
fn warnings_are_shown_and_do_not_fail() {
    let bench = Bench::new();
    bench.write("greeting.ts", &GOOD.replace("return", "/* WARNED */ return"));
    insta::assert_snapshot!("deploy_warned", bench.nil(&["deploy", "greeting.ts"]));
}

#[test]
fn folders_are_one_function_or_many() {
    let bench = Bench::new();
    bench.write("all/one.ts", GOOD);
    bench.write("all/two/index.ts", BROKEN);
    bench.write("all/three/index.ts", &format!("{GOOD}// HUGE\n"));
    bench.write("all/types.d.ts", "");
    bench.write("all/notes.md", "");
    bench.write("alone/index.ts", GOOD);
    insta::assert_snapshot!("deploy_many", bench.nil(&["deploy", "all", "alone"]));
    insta::assert_snapshot!("deploy_many_json", bench.nil(&["deploy", "all", "alone", "-o", "json"]));
}

#[test]
fn nothing_is_sent_when_one_file_makes_no_sense() {
    let bench = Bench::new();
    bench.write("good.ts", GOOD);
    bench.write("not a name.ts", GOOD);
    bench.write("sub/good.ts", GOOD);
    bench.write("latin1.ts", "");
    fs::write(bench.folder.path().join("latin1.ts"), b"// \xe9\n").expect("a new file");
    bench.write("program.cobol", "");
    bench.write("empty/notes.md", "");
    let cases: [(&str, &[&str]); 7] = [
        ("missing", &["good.ts", "absent.ts"]),
        ("bad_name", &["good.ts", "not a name.ts"]),
        ("same_name", &["good.ts", "sub/good.ts"]),
        ("not_utf8", &["good.ts", "latin1.ts"]),
        ("unknown_language", &["good.ts", "program.cobol"]),
        ("empty_folder", &["good.ts", "empty"]),
        ("one_name_for_two", &["good.ts", "sub", "--name", "x"]),
    ];
    for (case, files) in cases {
        let args: Vec<_> = ["deploy"].iter().chain(files).copied().collect();
        insta::assert_snapshot!(format!("deploy_{case}"), bench.nil(&args));
    }
    assert_eq!(bench.server.requests(), Vec::<String>::new());
}

#[test]
fn settings_are_added_to_the_ones_there_are() {
    let bench = Bench::new();
    bench.write("f.ts", GOOD);
    bench.nil(&["deploy", "f.ts", "--timeout-ms", "500", "--description", "adds"]);
    bench.nil(&["deploy", "f.ts", "--memory-mib", "64"]);
    let last = bench.server.requests().pop().expect("a request");
    assert_eq!(last, r#"PUT /functions/"f" {"memoryLimitBytes":67108864,"timeoutMs":500}"#);
    insta::assert_snapshot!("describe_settings", bench.nil(&["describe", "f"]));
}

#[test]
fn nobody_has_to_wait() {
    let bench = Bench::new();
    bench.write("f.ts", &format!("{GOOD}// STUCK\n"));
    insta::assert_snapshot!("deploy_no_wait", bench.nil(&["deploy", "f.ts", "--no-wait"]));
    insta::assert_snapshot!("deploy_wait_ends", bench.nil(&["deploy", "f.ts", "--wait-s", "0"]));
}
