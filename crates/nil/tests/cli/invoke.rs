//! `nil invoke`: where the input comes from and where the output goes.

use crate::{fake_server::EXECUTION, transcript::Bench};

fn bench() -> Bench {
    let bench = Bench::new();
    bench.write("greeting.ts", "export function handle(input: string): string { return input; }");
    bench.write("throws.ts", "export function handle(input: string): string { throw new Error(\"THROWS\"); }");
    bench.nil(&["deploy", "greeting.ts", "throws.ts"]);
    bench
}

#[test]
fn the_output_is_all_there_is_on_stdout() {
    insta::assert_snapshot!("invoke", bench().nil(&["invoke", "greeting", r#"{"name":"Ada"}"#]));
}

#[test]
fn the_whole_result_is_printed_on_request() {
    let bench = bench();
    insta::assert_snapshot!("invoke_json", bench.nil(&["invoke", "greeting", "-o", "json"]));
    assert_eq!(bench.nil(&["invoke", "greeting", "--full"]), bench.nil(&["invoke", "greeting", "-o", "json"]));
}

#[test]
fn a_function_that_fails_exits_with_3() {
    let bench = bench();
    insta::assert_snapshot!("invoke_failed", bench.nil(&["invoke", "throws"]));
    insta::assert_snapshot!("invoke_failed_json", bench.nil(&["invoke", "throws", "-o", "json"]));
}

#[test]
fn the_input_comes_from_wherever_it_is_and_unchanged() {
    let bench = bench();
    bench.write("in.json", "\u{feff}{ \"n\": 18446744073709551617 }\n");
    bench.nil(&["invoke", "greeting", r#"{"a":1}"#]);
    bench.nil(&["invoke", "greeting", "-d", r#"{"b":2}"#]);
    bench.nil(&["invoke", "greeting", "-d", "@in.json"]);
    bench.nil_with_stdin(&["invoke", "greeting"], br#"{"piped":1e400}"#);
    bench.nil_with_stdin(&["invoke", "greeting", "-d", "-"], br#"{"asked":true}"#);
    bench.nil(&["invoke", "greeting"]);
    bench.nil_with_stdin(&["invoke", "greeting"], b"");
    let sent = bench.server.requests().into_iter().filter_map(|r| r.strip_prefix("POST execute ").map(str::to_owned));
    let expected = [
        r#"{"input":{"a":1}}"#,
        r#"{"input":{"b":2}}"#,
        r#"{"input":{ "n": 18446744073709551617 }}"#,
        r#"{"input":{"piped":1e400}}"#,
        r#"{"input":{"asked":true}}"#,
        "{}",
        "{}",
    ];
    assert_eq!(sent.collect::<Vec<_>>(), expected);
}

#[test]
fn an_input_that_is_no_json_is_not_sent() {
    let bench = bench();
    insta::assert_snapshot!("invoke_not_json", bench.nil(&["invoke", "greeting", "{name: Ada}"]));
    insta::assert_snapshot!("invoke_no_file", bench.nil(&["invoke", "greeting", "-d", "@absent.json"]));
    insta::assert_snapshot!("invoke_not_utf8", bench.nil_with_stdin(&["invoke", "greeting"], b"\"\xff\""));
    insta::assert_snapshot!("invoke_twice", bench.nil(&["invoke", "greeting", "{}", "-d", "{}"]));
    assert!(bench.server.requests().iter().all(|request| !request.contains("execute")));
}

#[test]
fn the_execution_can_be_looked_up() {
    let bench = bench();
    insta::assert_snapshot!("executions_show", bench.nil(&["executions", "show", EXECUTION]));
}
