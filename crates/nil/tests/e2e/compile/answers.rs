//! The answers are those of a deployment, and nothing is stored.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use nil_test::TestHttp;
use serde_json::{Value, json};

use crate::{
    functions::{ECHO, create},
    product::{SOON, http},
};

async fn check(http: &TestHttp, body: &Value) -> Value {
    http.post("/compile", body).await.expect(200).json()
}

/// The newest version of a function with the same source, once it is built.
async fn deployed(http: &TestHttp, name: &str, body: &Value) -> Value {
    let mut body = body.clone();
    body["name"] = json!(name);
    let function = create(http, &body).await;
    http.delete(&format!("/functions/{name}")).await.expect(204);
    function
}

#[tokio::test]
async fn a_check_says_what_a_deployment_would() {
    let http = http();
    let cases = [
        ("echo", "assemblyscript", ECHO, true),
        ("type", "assemblyscript", "export function handle(input: string): string {\n  return 5;\n}", false),
        // What only the publisher finds out.
        (
            "start",
            "assemblyscript",
            "const x = [1][<i32>'abc'.length];\nexport function handle(input: string): string { return x.toString(); }",
            false,
        ),
        ("script", "typescript", "export function handle(input: { n: number }) { return input.n; }", true),
        ("script-syntax", "javascript", "export function handle() {\n  const = 1;\n}\n", false),
        ("script-throws", "javascript", "nothing();\nexport function handle() {}\n", false),
        ("wat", "wat", "(module (func (export \"add\") (param i32 i32) (result i32) local.get 0))", true),
        ("wat-two", "wat", "(module (func (export \"a\") (param i32)) (func (export \"b\") (param i32)))", false),
    ];
    for (name, language, source, ok) in cases {
        let body = json!({ "language": language, "source": source });
        let checked = check(&http, &body).await;
        assert_eq!(checked["ok"], ok, "{name}: {checked:#}");
        assert!(checked["durationMs"].is_u64(), "{checked:#}");
        let function = deployed(&http, &format!("check-{name}"), &body).await;
        assert_eq!(function["status"], if ok { "READY" } else { "FAILED" }, "{function:#}");
        for (of_check, of_function) in [("diagnostics", "diagnostics"), ("abi", "abi"), ("sizeBytes", "wasmBytes")] {
            assert_eq!(checked[of_check], function[of_function], "{name}: {of_check}");
        }
    }
}

#[tokio::test]
async fn modules_and_files_are_checked_too() {
    let http = http();
    let module = |bytes: &[u8]| json!({ "language": "wasm", "wasmBase64": BASE64_STANDARD.encode(bytes) });
    let checked = check(&http, &module(b"\x7fELF and more")).await;
    assert_eq!(checked["ok"], false);
    assert!(checked["diagnostics"][0]["message"].as_str().is_some_and(|it| it.contains("ELF")), "{checked:#}");
    let files = json!({
        "language": "javascript", "source": "import { f } from './f.js';\nexport const handle = f;\n",
        "files": { "f.js": "export function f() { return 1 }\nlet = ;\n" },
    });
    let checked = check(&http, &files).await;
    assert_eq!((&checked["ok"], &checked["diagnostics"][0]["file"]), (&json!(false), &json!("f.js")), "{checked:#}");

    for (body, status) in [
        (json!({ "language": "assemblyscript" }), 400),
        (json!({ "language": "assemblyscript", "source": " " }), 400),
        (json!({ "language": "wasm", "source": "x" }), 400),
        (json!({ "language": "cobol", "source": "x" }), 415),
        (json!({ "language": "wat", "source": "x", "name": "no-names-here" }), 400),
        (json!({ "language": "javascript", "source": "x", "files": { "../x.js": "" } }), 400),
        (json!({ "language": "javascript", "source": "x".repeat((1 << 20) + 1) }), 413),
    ] {
        http.post("/compile", &body).await.expect(status);
    }
    http.get("/compile").await.expect(405);
}

#[tokio::test]
async fn nothing_is_stored() {
    let http = http();
    let functions = http.get("/functions?limit=1000").await.expect(200).json();
    check(&http, &json!({ "language": "assemblyscript", "source": format!("// left behind\n{ECHO}") })).await;
    let after = http.get("/functions?limit=1000").await.expect(200).json();
    let left = |functions: &Value| functions.to_string().contains("left behind");
    assert!(!left(&functions) && !left(&after));
    nil_test::eventually("nothing is queued", SOON, async || {
        http.get("/queue").await.expect(200).json()["compilation"]["queued"] == 0
    })
    .await;
}
