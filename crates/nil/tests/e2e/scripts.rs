//! JavaScript and TypeScript: from the template to the answer, and errors in lines of the source.

use crate::{
    cli::nil_in,
    functions::{build_in, execute},
    product::{http, shared},
};

#[tokio::test]
async fn a_template_is_deployed_and_called() {
    let folder = tempfile::tempdir().expect("a folder");
    for (file, language) in [("hello-js.js", "javascript"), ("hello-ts.ts", "typescript")] {
        let name = &file[..file.len() - 3];
        nil_in(folder.path(), shared(), &["new", file]).await.expect(0);
        let deployed = nil_in(folder.path(), shared(), &["deploy", name, "-o", "json"]).await.expect(0).json();
        assert_eq!(deployed[0]["function"]["language"], language, "{deployed:#}");
        assert_eq!(deployed[0]["function"]["abi"], "javascript", "{deployed:#}");
        let answer = nil_in(folder.path(), shared(), &["invoke", name, r#"{"name": "Ada"}"#]).await.expect(0);
        assert!(answer.stdout.contains("Hello, Ada!"), "{}", answer.stdout);
    }
}

#[tokio::test]
async fn errors_are_in_lines_of_the_source() {
    let http = http();
    let source = "interface Input {\n  depth: number;\n}\n\nenum Kind { A, B }\n\nfunction fail(depth: number): never {\n  \
                  console.log(\"failing\", Kind[Kind.B]);\n  throw new TypeError(`at depth ${depth}`);\n}\n\nexport \
                  function handle(input: Input): number {\n  return fail(input.depth);\n}\n";
    let function = build_in(&http, "ts-lines", "typescript", source).await;
    assert_eq!(function["status"], "READY", "{function:#}");
    let answer = execute(&http, "ts-lines", r#"{"depth":3}"#).await.json();
    let message = answer["errorMessage"].as_str().unwrap_or_default();
    assert!(message.starts_with("TypeError: at depth 3\n    at fail (index.ts:9:"), "{message}");
    assert!(message.contains("\n    at handle (index.ts:13:"), "{message}");

    for (name, source, expected) in [
        ("js-syntax", "export function handle() {\n  const = 1;\n}\n", "index.js:2:9: error"),
        ("js-nothing", "export function hendle() {}\n", "it exports `hendle`"),
        ("js-throws", "const x = 1;\nnothing();\nexport function handle() {}\n", "nothing is not defined"),
        ("js-number", "export const handle = 1;\n", "export a function `handle(input)`"),
        ("js-package", "import x from 'lodash';\nexport function handle() {}\n", "packages are not available"),
    ] {
        let function = build_in(&http, name, "javascript", source).await;
        assert_eq!(function["status"], "FAILED", "{function:#}");
        let error = function["compileError"].as_str().unwrap_or_default();
        assert!(error.contains(expected), "{name}: {error}");
    }
}

#[tokio::test]
async fn executions_see_nothing_of_each_other() {
    let http = http();
    let source = "let calls = 0;\nexport function handle() {\n  calls += 1;\n  Object.prototype.left = \"behind\";\n  \
                  Array.prototype.push = JSON.stringify = undefined;\n  globalThis.seen = (globalThis.seen ?? 0) + \
                  calls;\n  return { seen: globalThis.seen, random: Math.random(), left: Object.keys({}).length };\n}\n";
    let function = build_in(&http, "js-isolated", "javascript", source).await;
    assert_eq!(function["status"], "READY", "{function:#}");
    let mut drawn = std::collections::HashSet::new();
    for _ in 0..5 {
        let answer = execute(&http, "js-isolated", "{}").await.json();
        assert_eq!(answer["output"]["seen"], 1, "{answer:#}");
        assert!(drawn.insert(answer["output"]["random"].to_string()), "the same random number twice");
    }
}
