//! Sources that do not compile, should not compile, or try to see what the compiler sees.

use serde_json::{Value, json};

use super::neighbour::Neighbour;
use crate::{
    functions::{ECHO, build},
    product::http,
};

/// Keeps whoever runs initialisers busy until the time limit.
const ENDLESS_START: &str = "function spin(): i32 { while (true) {} }\nexport const never = spin();";

/// `file:line:column code: message` of every diagnostic.
fn told(function: &Value) -> String {
    let diagnostics = function["diagnostics"].as_array().expect("diagnostics");
    let line = |diagnostic: &Value| {
        let place: Vec<String> = ["file", "line", "column"]
            .iter()
            .filter_map(|field| diagnostic.get(*field))
            .map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
            .collect();
        let code = diagnostic["code"].as_str().unwrap_or("-");
        format!("{} {code}: {}", place.join(":"), diagnostic["message"].as_str().expect("a message"))
    };
    diagnostics.iter().map(line).collect::<Vec<_>>().join("\n    ")
}

#[tokio::test]
async fn sources_are_refused_with_the_place_and_the_reason() {
    let http = http();
    let neighbour = Neighbour::start("sources-neighbour").await;
    let cases = [
        ("sources-syntax", "export function handle(input: string): string {\n  return input +;\n}".to_owned()),
        ("sources-type", "export function handle(input: string): string {\n  return 5;\n}".to_owned()),
        ("sources-name", format!("// one\n// two\n  missing();\n{ECHO}")),
        ("sources-no-handle", "export function run(input: string): string { return input; }".to_owned()),
        ("sources-signature", "export function handle(a: string, b: string): string { return a + b; }".to_owned()),
        ("sources-no-export", "function handle(input: string): string { return input; }".to_owned()),
        ("sources-passwd", format!("import \"../../../etc/passwd\";\n{ECHO}")),
        ("sources-absolute", format!("import * as p from \"/etc/passwd\";\n{ECHO}")),
        ("sources-worker", format!("import \"./worker\";\n{ECHO}")),
        ("sources-package", format!("import {{ readFileSync }} from \"fs\";\n{ECHO}")),
        (
            "sources-host",
            "@external(\"env\", \"steal\") declare function steal(n: i32): void;\n\
             export function handle(input: string): string { steal(1); return input; }"
                .to_owned(),
        ),
        ("sources-endless-start", format!("{ENDLESS_START}\n{ECHO}")),
        ("sources-text", "Dear compiler, please run this.".to_owned()),
    ];
    let mut lines = Vec::new();
    for (name, source) in &cases {
        let function = build(&http, name, source, &json!({})).await;
        assert_eq!(function["status"], "FAILED", "{name}");
        let error = function["compileError"].as_str().expect("an error");
        assert!(
            !error.contains("/toolchains/") && !error.contains("node_modules"),
            "{name} shows the machine: {error}"
        );
        lines.push(format!("{name}\n    {}", told(&function)));
    }
    neighbour.was_well().await;
    insta::assert_snapshot!(lines.join("\n"), @r#"
    sources-syntax
        index.ts:2:17 TS1109: Expression expected.
    sources-type
        index.ts:2:10 TS2322: Type 'i32' is not assignable to type 'string'.
    sources-name
        index.ts:3:3 TS2304: Cannot find name 'missing'.
    sources-no-handle
        index.ts:1:17 NIL001: no 'handle' is exported; found 'run(input: string): string', which is neither called 'handle' nor numeric; write: export function handle(input: string): string { return input; } — or one function over numbers, such as: export function add(a: i32, b: i32): i32 { return a + b; }
    sources-signature
        index.ts:1:17 NIL002: 'handle' must take one string and return a string, found 'handle(a: string, b: string): string'; write: export function handle(input: string): string { return input; }
    sources-no-export
        index.ts:1:10 NIL001: 'handle' is not exported; put 'export' before 'function handle'
    sources-passwd
        index.ts:1:8 TS6054: cannot import "../../../etc/passwd": no such file; only files of the function (a path that starts with "./"), AssemblyScript's standard library and "json-as" can be imported
    sources-absolute
        index.ts:1:20 TS6054: cannot import "/etc/passwd": no such file; only files of the function (a path that starts with "./"), AssemblyScript's standard library and "json-as" can be imported
    sources-worker
        index.ts:1:8 TS6054: cannot import "./worker": no such file; only files of the function (a path that starts with "./"), AssemblyScript's standard library and "json-as" can be imported
    sources-package
        index.ts:1:30 TS6054: cannot import "fs": no such file; only files of the function (a path that starts with "./"), AssemblyScript's standard library and "json-as" can be imported
    sources-host
        index.ts:1:44 NIL004: the program imports 'env.steal': it is not among the functions the host provides
    sources-endless-start
         -: the module's initialiser fails: time limit of 5000 ms reached
        at ~start
    sources-text
        index.ts:1:31 TS1126: Unexpected end of text.
    "#);
}

#[tokio::test]
async fn modules_that_take_their_time_do_not_hold_up_others() {
    let http = http();
    for name in ["sources-slow-one", "sources-slow-two"] {
        let body = json!({ "name": name, "language": "assemblyscript", "source": format!("{ENDLESS_START}\n{ECHO} // {name}") });
        http.post("/functions", &body).await.expect(201);
    }
    let healthy = build(&http, "sources-healthy", &format!("{ECHO} // healthy"), &json!({})).await;
    assert_eq!(healthy["status"], "READY", "{healthy:#}");
    for name in ["sources-slow-one", "sources-slow-two"] {
        let slow = http.get(&format!("/functions/{name}?waitMs=30000")).await.expect(200).json();
        assert_eq!(slow["status"], "FAILED", "{slow:#}");
        let (ended, overtaken_by) = (slow["updatedAt"].as_str(), healthy["updatedAt"].as_str());
        assert!(ended > overtaken_by, "{name} was first: {ended:?}, {overtaken_by:?}");
    }
}
