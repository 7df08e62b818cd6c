//! Sources that mean harm to whoever compiles or evaluates them, in the languages without a test of their own in
//! `toolchains/`: each is checked and then deployed, beside a neighbour that is called and one that is compiled.
//!
//! What a compiler that was taken over could do is tried in `nil-compiler/src/sandbox/tests/hostile.rs`, and what
//! AssemblyScript's own must survive in `nil-compiler/tests/assemblyscript.rs`.

use nil_test::TestHttp;
use serde_json::{Value, json};

use super::neighbour::{Author, Neighbour};
use crate::{
    functions::{build_in, execute, raw},
    product::http,
};

/// What becomes of a source.
enum Outcome {
    /// It is refused, and this is in the reason.
    Refused(&'static str),
    /// It is a function like any other, and this is its output.
    Answers(&'static str),
}

use Outcome::{Answers, Refused};

struct Case {
    name: &'static str,
    language: &'static str,
    source: String,
    outcome: Outcome,
}

fn case(name: &'static str, language: &'static str, source: impl Into<String>, outcome: Outcome) -> Case {
    Case { name, language, source: source.into(), outcome }
}

/// Reaching for files, packages, the environment, the network.
fn reaching() -> Vec<Case> {
    let js = "javascript";
    vec![
        case(
            "parent",
            js,
            "import x from '../../../etc/passwd';\nexport function handle() { return x; }",
            Refused("leads out of the function's folder"),
        ),
        case(
            "absolute",
            js,
            "import x from '/etc/passwd';\nexport function handle() { return x; }",
            Refused("/etc/passwd"),
        ),
        case(
            "url",
            js,
            "import x from 'http://127.0.0.1/x.js';\nexport function handle() { return x; }",
            Refused("http://127.0.0.1"),
        ),
        case(
            "file-url",
            "typescript",
            "import x from 'file:///etc/passwd';\nexport const handle = () => x;",
            Refused("file:///etc/passwd"),
        ),
        case(
            "node",
            js,
            "import fs from 'node:fs';\nexport function handle() { return fs.readFileSync('/etc/passwd'); }",
            Refused("node:fs"),
        ),
        case("dynamic", js, "await import('/etc/passwd');\nexport function handle() {}", Refused("/etc/passwd")),
        case("require", js, "const fs = require('fs');\nexport function handle() {}", Refused("require")),
        case("network", js, "await fetch('http://127.0.0.1/');\nexport function handle() {}", Refused("fetch")),
        case(
            "environment",
            js,
            "const seen = Object.keys(globalThis.process?.env ?? {});\nexport function handle() { return seen; }",
            Answers("[]"),
        ),
        case("spawn", js, "process.binding('spawn_sync');\nexport function handle() {}", Refused("error")),
        case(
            "function",
            js,
            "new Function('return this')().left = 1;\nexport function handle() { return globalThis.left ?? 0; }",
            Answers("1"),
        ),
        case("host", "wat", "(module (import \"env\" \"steal\" (func)) (func (export \"f\")))", Refused("steal")),
    ]
}

/// More than there is: depth, time, memory, text.
fn growing() -> Vec<Case> {
    let js = "javascript";
    let end = "export function handle() { return 1; }";
    let deep = |open: &str, close: &str, n: usize| format!("{}{}", open.repeat(n), close.repeat(n));
    vec![
        case("nested-lists", js, format!("const x = {};\n{end}", deep("[", "]", 100_000)), Refused("error")),
        case("nested-blocks", js, format!("{}\n{end}", deep("{", "}", 100_000)), Refused("error")),
        case(
            "nested-calls",
            "typescript",
            format!("const f = (x: any) => x; f{};\n{end}", deep("(f(", "))", 50_000)),
            Refused("error"),
        ),
        case(
            "nested-types",
            "typescript",
            format!("type T = {};\n{end}", deep("Array<", ">", 50_000).replace("<>", "<1>")),
            Answers("1"),
        ),
        case("long-sum", js, format!("const x = 1{};\n{end}", " + 1".repeat(100_000)), Answers("1")),
        case("mistakes", js, format!("{}\n{end}", "let x = ;\n".repeat(60_000)), Refused("error")),
        case("endless", js, format!("while (true) {{}}\n{end}"), Refused("time limit")),
        case("endless-promise", js, format!("await new Promise(() => {{}});\n{end}"), Refused("error")),
        case("backtracking", js, format!("/^(a+)+$/.test('a'.repeat(40) + 'b');\n{end}"), Refused("time limit")),
        case(
            "memory",
            js,
            format!("const kept = []; for (;;) kept.push(new Uint8Array(1 << 20).fill(1));\n{end}"),
            Refused("error"),
        ),
        case("recursion", js, format!("const f = () => f() + 1; f();\n{end}"), Refused("error")),
        case("log-flood", js, format!("for (;;) console.log('x'.repeat(1000));\n{end}"), Refused("time limit")),
        case("nested-text", "wat", format!("(module {})", deep("(func ", ")", 100_000)), Refused("error")),
        case(
            "nested-operators",
            "wat",
            format!("(module (func (export \"f\") (result i32) {}))", deep("(i32.eqz ", ")", 50_000)),
            Refused("error"),
        ),
        case("a-gigabyte", "wat", "(module (memory 65536) (func (export \"f\")))", Refused("memory")),
        case("unterminated", "wat", format!("(module (data \"{}", "a".repeat(900_000)), Refused("error")),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hostile_sources_are_refused_and_others_are_compiled() {
    let http = http();
    let neighbour = Neighbour::start("compiling-neighbour").await;
    let author = Author::start("compiling-author");
    let mut problems = Vec::new();
    for case in reaching().into_iter().chain(growing()) {
        if let Err(problem) = ends_as_expected(&http, &case).await {
            problems.push(format!("{}: {problem}", case.name));
        }
    }
    author.was_well().await;
    neighbour.was_well().await;
    assert!(problems.is_empty(), "{} cases failed:\n{}", problems.len(), problems.join("\n"));
}

async fn ends_as_expected(http: &TestHttp, case: &Case) -> Result<(), String> {
    let Case { name, language, source, outcome } = case;
    let body = json!({ "language": language, "source": source });
    let checked = http.post("/compile", &body).await.expect(200).json();
    let said: String = messages(&checked);
    let name = format!("compiling-{name}");
    let function = build_in(http, &name, language, source).await;
    let error = function["compileError"].as_str().unwrap_or_default();
    match outcome {
        Refused(piece) if checked["ok"] == false && error.contains(piece) => {
            if said.contains("root:") || error.contains("/toolchains/") {
                return Err(format!("it tells about the machine: {said}\n{error}"));
            }
            (error.len() <= 70_000).then_some(()).ok_or_else(|| format!("{} bytes of text", error.len()))
        }
        Answers(output) if checked["ok"] == true => {
            let answer = execute(http, &name, "{}").await;
            (raw(&answer.text, "output") == *output).then_some(()).ok_or(answer.text)
        }
        _ => Err(format!(
            "checked: {} {}\ndeployed: {} {}",
            checked["ok"],
            short(&said),
            function["status"],
            short(error)
        )),
    }
}

fn messages(checked: &Value) -> String {
    let messages = checked["diagnostics"].as_array().into_iter().flatten();
    messages.filter_map(|one| one["message"].as_str()).collect::<Vec<_>>().join("\n")
}

fn short(text: &str) -> String {
    text.chars().take(300).collect()
}
