//! A project as files: deployed once, compared, and redeployed while somebody edits.

use std::{fs, path::Path, process::Stdio, time::Instant};

use nil_test::{NilUp, TestHttp};
use serde_json::json;
use tokio::{
    io::{AsyncBufRead, AsyncBufReadExt as _, BufReader, Lines},
    process::{Child, ChildStderr, ChildStdout, Command},
    time::timeout,
};

use super::{answering, live, says};
use crate::{
    cli::{Ran, nil_in},
    product::{NIL, SOON, http, shared},
};

pub(super) fn write(folder: &Path, file: &str, text: &str) {
    let path = folder.join(file);
    fs::create_dir_all(path.parent().expect("a folder")).expect("made");
    fs::write(path, text).expect("written");
}

/// Two functions, one of several files, with settings and an example that must pass.
fn project(folder: &Path, prefix: &str, timeout_ms: u32) {
    let manifest = format!(
        "[functions.{prefix}-price]\ndescription = \"adds tax\"\nsettings = {{ timeoutMs = {timeout_ms}, gate = true }}\n\
         [functions.{prefix}-price.examples.one]\ninput = {{ net = 100 }}\noutput = {{ says = \"119\" }}\n\
         [functions.{prefix}-receipt]\nsource = \"receipt.js\"\n"
    );
    write(folder, "nil.toml", &manifest);
    let index = format!("import {{ gross }} from \"./tax\";\n{}", answering("119").replace("119", "' + gross() + '"));
    write(folder, &format!("{prefix}-price/index.ts"), &index);
    write(folder, &format!("{prefix}-price/tax.ts"), "export function gross(): string { return \"119\"; }\n");
    write(folder, "receipt.js", "export default () => ({ says: 'thanks' });\n");
}

#[tokio::test]
async fn a_project_is_deployed_once_and_a_second_deploy_changes_nothing() {
    let (http, folder) = (http(), tempfile::TempDir::new().expect("a folder"));
    let nil = async |args: &[&str]| -> Ran { nil_in(folder.path(), shared(), args).await };
    project(folder.path(), "shop", 900);
    let planned = nil(&["diff", "-o", "json"]).await.expect(0).json();
    assert_eq!((&planned[0]["name"], &planned[0]["action"]), (&json!("shop-price"), &json!("create")), "{planned:#}");
    assert_eq!(planned[0]["files"][1]["path"], "tax.ts");

    nil(&["deploy"]).await.expect(0);
    assert_eq!(says(&http, "shop-price").await, ("119".to_owned(), 1));
    assert_eq!(says(&http, "shop-receipt").await, ("thanks".to_owned(), 1));
    let price = http.get("/functions/shop-price").await.expect(200).json();
    assert_eq!(
        (&price["settings"], &price["description"], &price["gate"]["passed"]),
        (&json!({ "timeoutMs": 900, "gate": true }), &json!("adds tax"), &json!(true)),
        "{price:#}"
    );

    let again = nil(&["deploy"]).await.expect(0);
    assert_eq!(again.stdout.matches("unchanged").count(), 2, "{again:?}");
    assert!(again.stderr.contains("nothing changed"), "{}", again.stderr);
    let after = http.get("/functions/shop-price").await.expect(200).json();
    assert_eq!((&after["version"], &after["updatedAt"]), (&json!(1), &price["updatedAt"]), "not even touched");
    let same = nil(&["diff"]).await.expect(0);
    assert_eq!((same.stdout.as_str(), same.stderr.contains("no difference")), ("", true), "{same:?}");
}

#[tokio::test]
async fn a_project_says_what_it_would_change_and_changes_only_that() {
    let (http, folder) = (http(), tempfile::TempDir::new().expect("a folder"));
    let nil = async |args: &[&str]| -> Ran { nil_in(folder.path(), shared(), args).await };
    project(folder.path(), "store", 900);
    nil(&["deploy", "."]).await.expect(0);

    // Somebody adds an example on the server; the file has another idea of them all.
    http.put("/functions/store-price/examples/stray", &json!({ "output": 1 })).await.expect(200);
    project(folder.path(), "store", 400);
    write(folder.path(), "receipt.js", "export default () => ({ says: 'bye' });\n");
    let diff = nil(&["diff"]).await.expect(0);
    for part in [
        "store-price: changed\nexample stray: gone\ntimeoutMs: 900 -> 400\n",
        "store-receipt: changed\n--- a/index.js\n+++ b/index.js\n",
        "-export default () => ({ says: 'thanks' });\n+export default () => ({ says: 'bye' });\n",
    ] {
        assert!(diff.stdout.contains(part), "{part}\n---\n{}", diff.stdout);
    }
    assert_eq!(says(&http, "store-receipt").await, ("thanks".to_owned(), 1), "nothing was sent");
    nil(&["deploy", "nil.toml"]).await.expect(0);
    assert_eq!(says(&http, "store-receipt").await, ("bye".to_owned(), 2));
    let examples = http.get("/functions/store-price/examples").await.expect(200).json();
    assert_eq!(examples.as_array().map(Vec::len), Some(1), "{examples:#}");

    // What does not pass does not go live, and the other function is deployed all the same.
    write(folder.path(), "store-price/tax.ts", "export function gross(): string { return \"100\"; }\n");
    write(folder.path(), "receipt.js", "export default () => ({ says: 'so long' });\n");
    let refused = nil(&["deploy"]).await.expect(6);
    assert!(refused.stderr.contains("failed  one\n"), "{}", refused.stderr);
    assert_eq!(says(&http, "store-receipt").await, ("so long".to_owned(), 3));
    assert_eq!(live(&http, "store-price").await, 2);

    write(folder.path(), "nil.toml", "[functions.store-price]\nsettings = { timeout = 1 }\n");
    let wrong = nil(&["deploy"]).await.expect(2);
    assert!(wrong.stderr.contains("nil.toml`, line 2"), "{}", wrong.stderr);
    let empty = tempfile::TempDir::new().expect("a folder");
    let nothing = nil_in(empty.path(), shared(), &["deploy"]).await.expect(2);
    assert!(nothing.stderr.contains("no nil.toml here"), "{}", nothing.stderr);
}

/// Reads lines until one holds `part`.
async fn until(lines: &mut Lines<impl AsyncBufRead + Unpin>, part: &str) -> String {
    let reading = async {
        let mut seen = String::new();
        while let Some(line) = lines.next_line().await.expect("readable") {
            if line.contains(part) {
                return line;
            }
            seen.push_str(&line);
            seen.push('\n');
        }
        panic!("it ended without `{part}`:\n{seen}")
    };
    timeout(SOON, reading).await.unwrap_or_else(|_| panic!("waited in vain for `{part}`"))
}

/// `nil dev` at work.
struct Dev {
    child: Child,
    stdout: Lines<BufReader<ChildStdout>>,
    stderr: Lines<BufReader<ChildStderr>>,
}

impl Dev {
    fn start(up: &NilUp, folder: &Path, arguments: &[&str]) -> Self {
        let mut command = Command::from(up.command(arguments));
        command.current_dir(folder).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().expect("nil runs");
        let stdout = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let stderr = BufReader::new(child.stderr.take().expect("a pipe")).lines();
        Self { child, stdout, stderr }
    }
}

#[tokio::test]
async fn dev_deploys_what_is_saved_and_shows_what_functions_write() {
    let (http, folder) = (http(), tempfile::TempDir::new().expect("a folder"));
    let path = folder.path();
    write(path, "nil.toml", "[functions.dev-echo]\nsource = \"echo.ts\"\n");
    write(path, "echo.ts", &answering("one"));
    let Dev { mut child, mut stdout, mut stderr } = Dev::start(shared(), path, &["dev"]);
    until(&mut stdout, "dev-echo  v1  READY").await;
    assert_eq!(says(&http, "dev-echo").await.0, "one");

    let saved = Instant::now();
    write(path, "echo.ts", &answering("two"));
    until(&mut stdout, "dev-echo  v2  READY").await;
    eprintln!("saved, built and live after {:?}", saved.elapsed());
    assert_eq!(says(&http, "dev-echo").await, ("two".to_owned(), 2));

    write(path, "echo.ts", "export function handle(: string");
    until(&mut stderr, "does not compile").await;
    assert_eq!(says(&http, "dev-echo").await, ("two".to_owned(), 2));
    let logging = answering("four").replace("{\n", "{\n  console.log(\"seen by dev\");\n");
    write(path, "echo.ts", &logging);
    until(&mut stdout, "dev-echo  v4  READY").await;
    assert_eq!(says(&http, "dev-echo").await, ("four".to_owned(), 4));
    until(&mut stderr, "seen by dev").await;
    child.kill().await.expect("it is ended");
}

#[tokio::test]
async fn dev_goes_on_telling_when_the_server_is_back() {
    let (mut up, folder) = (NilUp::start(NIL), tempfile::TempDir::new().expect("a folder"));
    let logging = answering("one").replace("{\n", "{\n  console.log(\"was called: \" + input);\n");
    write(folder.path(), "back-echo.ts", &logging);
    let Dev { mut child, mut stdout, mut stderr } = Dev::start(&up, folder.path(), &["dev", "back-echo.ts"]);
    until(&mut stdout, "back-echo  v1  READY").await;
    let call = async |up: &NilUp, n: u32| {
        let input = json!({ "input": { "n": n } });
        TestHttp::new(up.url()).post("/functions/back-echo/execute", &input).await.expect(200);
    };
    call(&up, 1).await;
    until(&mut stderr, "was called: {\"n\":1}").await;
    up.interrupt();
    until(&mut stderr, "trying again").await;
    up.start_again();
    // At once, whether the stream is open again or not; then one that only the stream tells.
    call(&up, 2).await;
    until(&mut stderr, "was called: {\"n\":2}").await;
    call(&up, 3).await;
    until(&mut stderr, "was called: {\"n\":3}").await;
    child.kill().await.expect("it is ended");
}
