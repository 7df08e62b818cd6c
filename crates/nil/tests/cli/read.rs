//! The commands that only look: `list`, `describe`, `executions`, `logs`.

use crate::transcript::Bench;

fn bench() -> Bench {
    let bench = Bench::new();
    bench.write("greeting.ts", "export function handle(input: string): string { return input; }");
    bench.write("order-pricing.ts", "// BROKEN\nexport const x = 1;");
    bench.write("fresh.ts", "// UNUSED\nexport function handle(input: string): string { return input; }");
    bench.nil(&["deploy", "greeting.ts", "order-pricing.ts", "fresh.ts"]);
    bench
}

#[test]
fn functions_are_listed() {
    insta::assert_snapshot!("list_empty", Bench::new().nil(&["list"]));
    insta::assert_snapshot!("list_empty_json", Bench::new().nil(&["list", "-o", "json"]));
    insta::assert_snapshot!("list", bench().nil(&["list"]));
}

#[test]
fn a_function_is_described_and_gives_its_source_back() {
    let bench = bench();
    insta::assert_snapshot!("describe", bench.nil(&["describe", "greeting"]));
    insta::assert_snapshot!("describe_json", bench.nil(&["describe", "greeting", "-o", "json"]));
    let source = bench.command(&["describe", "greeting", "--source"]).output().expect("nil runs").stdout;
    assert_eq!(source, b"export function handle(input: string): string { return input; }");
}

#[test]
fn executions_and_logs_are_listed() {
    let bench = bench();
    insta::assert_snapshot!("executions", bench.nil(&["executions", "greeting"]));
    insta::assert_snapshot!("executions_limit", bench.nil(&["executions", "greeting", "--limit", "1"]));
    insta::assert_snapshot!("executions_none", bench.nil(&["executions", "fresh"]));
    insta::assert_snapshot!("logs", bench.nil(&["logs", "greeting"]));
    insta::assert_snapshot!("logs_none", bench.nil(&["logs", "fresh"]));
}
