//! Languages and what a function may be made of: several files, text modules, ready modules.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use nil_test::TestHttp;
use serde_json::{Value, json};

use crate::{
    functions::{ECHO, execute, verdict},
    product::http,
};

/// Adds two numbers.
const ADD_WAT: &str = "(module (func (export \"add\") (param $a i32) (param $b i32) (result i32)\n  local.get $a\n  local.get $b\n  i32.add))";

/// The same as a module: what `wat2wasm` makes of it, without names.
const ADD_WASM: &[u8] = &[
    0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 7, 1, 0x60, 2, 0x7f, 0x7f, 1, 0x7f, 3, 2, 1, 0, 7, 7, 1, 3, b'a', b'd', b'd',
    0, 0, 10, 9, 1, 7, 0, 0x20, 0, 0x20, 1, 0x6a, 0x0b,
];

async fn built(http: &TestHttp, body: &Value) -> Value {
    let created = http.post("/functions", body).await.expect(201).json();
    assert_eq!(created["status"], "PENDING");
    verdict(http, created["id"].as_str().expect("an id")).await
}

async fn sum(http: &TestHttp, function: &Value) -> Value {
    execute(http, function["id"].as_str().expect("an id"), "{\"args\":[2,3]}").await.json()["output"].clone()
}

#[tokio::test]
async fn languages_say_what_can_be_deployed() {
    let http = http();
    // A deploy first: from then on the compiler has announced itself.
    built(&http, &json!({ "name": "lang-first", "language": "wat", "source": ADD_WAT })).await;
    let languages = http.get("/languages").await.expect(200).json();
    for name in ["assemblyscript", "wat", "wasm"] {
        let language = languages.as_array().expect("a list").iter().find(|it| it["language"] == name).expect(name);
        assert_eq!(language["state"], "installed", "{language:#}");
        assert!(language["handler"].as_str().is_some_and(|text| !text.is_empty()), "{language:#}");
        assert_eq!(language["version"].is_string(), name != "wasm", "{language:#}");
    }
}

#[tokio::test]
async fn files_import_each_other_and_come_back() {
    let http = http();
    let source = "import { twice } from \"./lib/twice\";\nexport function handle(input: string): string { return twice(input); }";
    let files = json!({ "lib/twice.ts": "export function twice(text: string): string { return \"[\" + text + \",\" + text + \"]\"; }" });
    let body = json!({ "name": "lang-files", "language": "assemblyscript", "source": source, "files": files });
    let function = built(&http, &body).await;
    assert_eq!(function["status"], "READY", "{function:#}");
    assert_eq!(function["files"], files);
    let id = function["id"].as_str().expect("an id");
    assert_eq!(execute(&http, id, "{}").await.json()["output"], json!([{}, {}]));

    // The same again is no new version; other files are.
    let same = http.put("/functions/lang-files", &json!({ "files": files })).await.expect(200).json();
    assert_eq!(same["version"], 1);
    let broken = json!({ "files": { "lib/twice.ts": "export function twice(text: string): string { return 1; }" } });
    assert_eq!(http.put("/functions/lang-files", &broken).await.expect(200).json()["version"], 2);
    let failed = verdict(&http, id).await;
    assert_eq!(failed["diagnostics"][0]["file"], "lib/twice.ts", "{failed:#}");
    assert_eq!(failed["liveVersion"], 1);
}

#[tokio::test]
async fn bad_paths_are_refused_with_their_reason() {
    let http = http();
    for (path, reason) in [
        ("../x.ts", "leads out of the function's folder"),
        ("/etc/passwd", "absolute"),
        ("-o", "starts with `-`"),
        ("@args", "'@'"),
        ("a\0.ts", "'\\0'"),
        ("asconfig.json", "rejected name"),
        ("node_modules/json-as/index.ts", "rejected name"),
        (".cargo/config.toml", "rejected name"),
        ("index.ts", "that is the entry file"),
        ("pаypal.ts", "'а'"),
        (&"a/".repeat(5_000), "too long"),
    ] {
        let body = json!({ "name": "lang-bad", "language": "assemblyscript", "source": ECHO, "files": { path: "" } });
        let problem = http.post("/functions", &body).await.expect(400).json();
        assert!(problem["detail"].as_str().is_some_and(|detail| detail.contains(reason)), "{path}: {problem:#}");
    }
    let twice = json!({ "name": "lang-bad", "language": "assemblyscript", "source": ECHO, "files": { "a.ts": "", "A.ts": "" } });
    assert!(http.post("/functions", &twice).await.expect(400).text.contains("cannot both be there"));
    let large = json!({ "name": "lang-bad", "language": "assemblyscript", "source": ECHO, "files": { "a.ts": "a".repeat(1 << 20) } });
    http.post("/functions", &large).await.expect(413);
}

#[tokio::test]
async fn text_modules_compile_and_show_their_mistakes() {
    let http = http();
    let function = built(&http, &json!({ "name": "lang-wat", "language": "wat", "source": ADD_WAT })).await;
    assert_eq!((&function["status"], &function["abi"]), (&json!("READY"), &json!("scalar")), "{function:#}");
    assert_eq!(sum(&http, &function).await, 5);
    let broken =
        built(&http, &json!({ "name": "lang-wat-broken", "language": "wat", "source": "(module\n  (func i33.add))" }))
            .await;
    let diagnostic = &broken["diagnostics"][0];
    assert_eq!((&diagnostic["line"], &diagnostic["column"]), (&json!(2), &json!(9)), "{broken:#}");
}

#[tokio::test]
async fn modules_are_uploaded_in_json_and_as_they_are() {
    let http = http();
    let encoded = BASE64_STANDARD.encode(ADD_WASM);
    let function = built(&http, &json!({ "name": "lang-wasm", "language": "wasm", "wasmBase64": encoded })).await;
    assert_eq!((&function["status"], &function["source"]), (&json!("READY"), &json!("")), "{function:#}");
    assert_eq!(sum(&http, &function).await, 5);
    let id = function["id"].as_str().expect("an id");

    let put = |bytes: Vec<u8>, kind: &'static str| http.put_bytes("/functions/lang-wasm/module", bytes, kind);
    put(ADD_WASM.to_vec(), "application/octet-stream").await.expect(415);
    put(Vec::new(), "application/wasm").await.expect(400);
    assert_eq!(put(ADD_WASM.to_vec(), "application/wasm").await.expect(200).json()["version"], 1, "the same module");
    put(b"\x7fELF and more".to_vec(), "application/wasm").await.expect(200);
    let refused = verdict(&http, id).await;
    assert_eq!(refused["status"], "FAILED");
    assert!(refused["compileError"].as_str().is_some_and(|text| text.contains("an ELF executable")), "{refused:#}");
    assert_eq!(sum(&http, &function).await, 5, "the version before goes on answering");

    for body in [
        json!({ "name": "lang-odd", "language": "wasm", "source": "(module)" }),
        json!({ "name": "lang-odd", "language": "wasm" }),
        json!({ "name": "lang-odd", "language": "wat", "wasmBase64": encoded }),
        json!({ "name": "lang-odd", "language": "wasm", "wasmBase64": "not base64!" }),
        json!({ "name": "lang-odd", "language": "wasm", "wasmBase64": "" }),
    ] {
        http.post("/functions", &body).await.expect(400);
    }
    http.put("/functions/lang-wasm", &json!({ "source": ECHO })).await.expect(400);
}

#[tokio::test]
async fn equal_sources_are_built_once() {
    let http = http();
    let source = "export function handle(input: string): string { return \"\\\"built once\\\"\"; }";
    let body = |name: &str, settings: Value| json!({ "name": name, "language": "assemblyscript", "source": source, "settings": settings });
    let first = built(&http, &body("lang-once", json!({}))).await;
    let second = built(&http, &body("lang-twice", json!({ "timeoutMs": 500 }))).await;
    assert_eq!(second["status"], "READY", "{second:#}");
    let (first_ms, second_ms) = (first["buildMs"].as_i64().expect("ms"), second["buildMs"].as_i64().expect("ms"));
    assert!(second_ms < first_ms, "{second_ms} ms after {first_ms} ms");
    // The twin's life does not hang on the first's.
    http.delete("/functions/lang-once").await.expect(204);
    let id = second["id"].as_str().expect("an id");
    assert_eq!(execute(&http, id, "{}").await.json()["output"], "built once");
}
