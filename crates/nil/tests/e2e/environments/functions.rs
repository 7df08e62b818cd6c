//! What functions see, and that nobody else does.

use nil_test::{NilUp, TestHttp};
use reqwest::Method;
use serde_json::{Value, json};

use super::ENVIRON;
use crate::{
    cli::{nil_in, nil_with},
    functions::{deploy, execute},
    product::{NIL, http, shared},
    queued::fleet::upload,
};

const ASSEMBLYSCRIPT: &str = "import { env } from \"nil\";\nexport function handle(input: string): string {\n  const value = env(\"GREETING\");\n  return value === null ? \"null\" : '\"' + value + '\"';\n}\n";

async fn attach(http: &TestHttp, function: &str, environments: &[&str]) {
    let path = format!("/functions/{function}/environments");
    let answer = http.put(&path, &json!({ "environments": environments })).await.expect(200);
    assert_eq!(answer.json()["environments"], json!(environments));
}

async fn output(http: &TestHttp, function: &str) -> Value {
    execute(http, function, "{}").await.json()["output"].clone()
}

#[tokio::test]
async fn variables_reach_functions_and_changes_the_next_call() {
    let http = http();
    http.put("/environments/env-base", &json!({ "variables": { "GREETING": "hello", "LEFT": "1" } })).await.expect(201);
    http.put("/environments/env-over", &json!({ "variables": { "GREETING": "grüß 🦀" } })).await.expect(201);
    deploy(&http, "env-as", ASSEMBLYSCRIPT).await;
    upload(&http, "env-wasi", ENVIRON, json!({})).await;
    assert_eq!(output(&http, "env-as").await, Value::Null);

    for function in ["env-as", "env-wasi"] {
        attach(&http, function, &["env-base", "env-over"]).await;
    }
    assert_eq!(output(&http, "env-as").await, "grüß 🦀");
    assert_eq!(http.get("/fn/env-wasi").await.expect(200).text, "GREETING=grüß 🦀\0LEFT=1\0");
    // The later one counts.
    attach(&http, "env-as", &["env-over", "env-base"]).await;
    assert_eq!(output(&http, "env-as").await, "hello");
    assert_eq!(http.get("/functions/env-as").await.expect(200).json()["environments"], json!(["env-over", "env-base"]));

    http.put("/environments/env-base/variables/GREETING", &json!({ "value": "bye" })).await.expect(204);
    seen(&http, "env-as", &json!("bye")).await;
    http.delete("/environments/env-base/variables/GREETING").await.expect(204);
    seen(&http, "env-as", &json!("grüß 🦀")).await;
    http.put("/environments/env-over", &json!({ "variables": {} })).await.expect(200);
    seen(&http, "env-as", &Value::Null).await;

    http.delete("/environments/env-base").await.expect(409);
    attach(&http, "env-as", &[]).await;
    attach(&http, "env-wasi", &[]).await;
    assert_eq!(http.get("/fn/env-wasi").await.expect(200).text, "");
    http.delete("/environments/env-base").await.expect(204);
}

/// A change is told by a notification, which is there within milliseconds.
async fn seen(http: &TestHttp, function: &str, expected: &Value) {
    nil_test::eventually("the change is seen", crate::product::SOON, async || {
        output(http, function).await == *expected
    })
    .await;
}

#[tokio::test]
async fn scripts_see_variables_wherever_they_ask() {
    let http = http();
    http.put("/environments/env-script", &json!({ "variables": { "A": "1" } })).await.expect(201);
    let source = "const atTop = process.env.A;\nexport function handle() {\n  return [atTop, process.env.A, \
                  nil.env('B') ?? null];\n}\n";
    let body = json!({ "name": "env-js", "language": "javascript", "source": source });
    http.post("/functions", &body).await.expect(201);
    let built = http.get("/functions/env-js?waitMs=30000").await.expect(200).json();
    assert_eq!(built["status"], "READY", "{built:#}");
    attach(&http, "env-js", &["env-script"]).await;
    assert_eq!(output(&http, "env-js").await, json!(["1", "1", null]));
    http.put("/environments/env-script/secrets/B", &json!({ "value": "two" })).await.expect(204);
    seen(&http, "env-js", &json!(["1", "1", "two"])).await;
}

#[tokio::test]
async fn a_secret_is_seen_by_functions_only_and_survives_a_change_of_keys() {
    const SECRET: &str = "hush-4b1d-hush";
    let mut up = NilUp::start(NIL);
    let folder = tempfile::tempdir().expect("a folder");
    let http = TestHttp::new(up.url());
    upload(&http, "env-secret", ENVIRON, json!({})).await;
    let file = folder.path().join("secret");
    std::fs::write(&file, format!("{SECRET}\n")).expect("written");
    let file = file.to_str().expect("a path");

    let set = ["env", "secret", "prod", "TOKEN", "--from-file", file];
    let said = nil_in(folder.path(), &up, &set).await.expect(0);
    assert!(!said.stdout.contains(SECRET) && !said.stderr.contains(SECRET), "{said:?}");
    // Before any function has seen it: what one returns is recorded.
    let stored = files_holding(&up.home().join("postgres"), SECRET);
    assert!(stored.is_empty(), "the database holds the secret in the clear: {stored:?}");
    nil_in(folder.path(), &up, &["env", "set", "prod", "URL=https://example.com"]).await.expect(0);
    let plain = files_holding(&up.home().join("postgres"), "https://example.com");
    assert!(!plain.is_empty(), "files are looked through where a variable is not found");
    nil_in(folder.path(), &up, &["env", "attach", "env-secret", "prod"]).await.expect(0);
    let environ = format!("TOKEN={SECRET}\0URL=https://example.com\0");
    assert_eq!(http.get("/fn/env-secret").await.expect(200).text, environ);

    let listed = nil_in(folder.path(), &up, &["env", "list", "-o", "json"]).await.expect(0).json();
    assert_eq!(listed[0]["secrets"][0]["name"], "TOKEN", "{listed:#}");
    assert_eq!(listed[0]["functions"], json!(["env-secret"]));
    for path in ["/environments", "/environments/prod", "/functions/env-secret"] {
        assert!(!http.get(path).await.expect(200).text.contains(SECRET), "{path}");
    }
    let described = nil_in(folder.path(), &up, &["describe", "env-secret"]).await.expect(0);
    assert!(described.stdout.contains("prod") && !described.stdout.contains(SECRET), "{}", described.stdout);
    // A value that is refused is not repeated either.
    let refused = http.put("/environments/prod/secrets/TOKEN", &json!({ "value": format!("{SECRET}\0") })).await;
    assert!(!refused.clone().expect(422).text.contains(SECRET), "{}", refused.text);

    let rotated = nil_in(folder.path(), &up, &["secrets", "rotate", "--new-key", "-o", "json"]).await.expect(0).json();
    assert_eq!(rotated["resealed"], 1, "{rotated:#}");
    assert!(up.interrupt().success());
    assert!(!up.log().contains(SECRET));
    // Only the newest key is left: whatever it opens was sealed anew.
    let keys = up.home().join("secrets.key");
    let newest = std::fs::read_to_string(&keys).expect("the keys");
    assert_eq!(newest.lines().count(), 2);
    std::fs::write(&keys, newest.lines().next().expect("a key")).expect("written");
    up.start_again();
    // Connections of the one before are gone.
    let http = TestHttp::new(up.url());
    assert_eq!(http.get("/fn/env-secret").await.expect(200).text, environ);
    nil_in(folder.path(), &up, &["env", "unset", "prod", "TOKEN", "URL"]).await.expect(0);
    nil_test::eventually("it is gone", crate::product::SOON, async || {
        http.get("/fn/env-secret").await.expect(200).text.is_empty()
    })
    .await;
}

/// Files below `folder` that hold `text`.
fn files_holding(folder: &std::path::Path, text: &str) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files_holding(&path, text));
        } else if std::fs::read(&path).is_ok_and(|bytes| bytes.windows(text.len()).any(|some| some == text.as_bytes()))
        {
            found.push(path);
        }
    }
    found
}

#[tokio::test]
async fn a_secret_may_be_piped_in() {
    let up = shared();
    let folder = tempfile::tempdir().expect("a folder");
    // Standard input of these commands is empty: an empty secret is one, too.
    nil_with(folder.path(), up, &["env", "secret", "env-piped", "EMPTY"], &[]).await.expect(0);
    let shown = nil_in(folder.path(), up, &["env", "list", "env-piped"]).await.expect(0);
    assert!(shown.stdout.contains("EMPTY") && shown.stdout.contains("secret"), "{}", shown.stdout);
    let http = http();
    let request = http.request(Method::DELETE, "/environments/env-piped/secrets/EMPTY");
    nil_test::send(request).await.expect(204);
    nil_in(folder.path(), up, &["env", "rm", "env-piped"]).await.expect(0);
}
