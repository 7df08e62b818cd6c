//! A person at a keyboard: new, deploy, invoke, look, break, mend, remove.

use std::fs;

use nil_test::TestHttp;
use serde_json::json;

use crate::{
    cli::{Ran, nil_in, nil_with},
    functions::{ECHO, execute},
    product::shared,
};

/// A folder to work in, and `nil` run there against the shared server.
struct Person {
    folder: tempfile::TempDir,
}

impl Person {
    fn new() -> Self {
        Self { folder: tempfile::TempDir::new().expect("a folder") }
    }

    async fn nil(&self, args: &[&str]) -> Ran {
        nil_in(self.folder.path(), shared(), args).await
    }

    fn edit(&self, file: &str, change: impl FnOnce(&str) -> String) {
        let path = self.folder.path().join(file);
        let text = fs::read_to_string(&path).expect("the file");
        fs::write(&path, change(&text)).expect("written");
    }
}

#[tokio::test]
async fn from_an_empty_folder_to_a_function_and_back() {
    let person = Person::new();
    person.nil(&["new", "journey"]).await.expect(0);
    let deployed = person.nil(&["deploy", "journey"]).await.expect(0);
    assert!(deployed.stdout.starts_with("journey  v1  READY  "), "{deployed:?}");
    let invoked = person.nil(&["invoke", "journey", "{\"name\":\"Ada\"}"]).await.expect(0);
    assert_eq!(invoked.json(), json!({ "message": "Hello, Ada!" }));

    let executions = person.nil(&["executions", "journey", "-o", "json"]).await.expect(0).json();
    assert_eq!(executions.as_array().map(Vec::len), Some(1), "{executions:#}");
    let id = executions[0]["id"].as_str().expect("an id");
    let shown = person.nil(&["executions", "show", id]).await.expect(0);
    assert!(shown.stdout.contains("{\"message\":\"Hello, Ada!\"}"), "{}", shown.stdout);
    let logs = person.nil(&["logs", "journey"]).await.expect(0);
    assert!(logs.stdout.contains("greeting Ada"), "{}", logs.stdout);

    person.nil(&["deploy", "journey"]).await.expect(0);
    let described = person.nil(&["describe", "journey", "-o", "json"]).await.expect(0).json();
    assert_eq!(described["version"], 1, "the same source is not compiled again");

    let list = person.nil(&["list", "-o", "json"]).await.expect(0).json();
    assert!(list.as_array().expect("a list").iter().any(|function| function["name"] == "journey"));
    person.nil(&["rm", "journey", "--yes"]).await.expect(0);
    let gone = person.nil(&["invoke", "journey"]).await.expect(1);
    assert!(gone.stderr.contains("there is no function `journey`"), "{}", gone.stderr);
}

#[tokio::test]
async fn a_broken_source_shows_its_line_while_the_live_version_answers() {
    let (person, http) = (Person::new(), TestHttp::new(shared().url()));
    fs::write(person.folder.path().join("mended.ts"), format!("{ECHO}\n")).expect("written");
    person.nil(&["deploy", "mended.ts"]).await.expect(0);

    person.edit("mended.ts", |text| format!("// A comment.\n{}", text.replace("return input", "return 12345")));
    let broken = person.nil(&["deploy", "mended.ts"]).await.expect(4);
    assert!(broken.stdout.starts_with("mended  v2  FAILED"), "{broken:?}");
    // How far a build is, is told when it takes its time.
    let told: Vec<_> = broken.stderr.lines().filter(|line| !line.starts_with("mended v2: ")).collect();
    insta::assert_snapshot!(told.join("\n"), @r#"
    hint: mended.ts was taken for AssemblyScript: `handle` takes a string; `// @nil typescript` in its first line, or --language typescript, says otherwise
      × error TS2322: Type 'i32' is not assignable to type 'string'.
       ╭─[mended.ts:2:56]
     1 │ // A comment.
     2 │ export function handle(input: string): string { return 12345; }
       ·                                                        ─────
       ╰────

    v1 still answers calls
    error: `mended` does not compile
    "#);
    assert_eq!(execute(&http, "mended", "{\"a\":1}").await.json()["output"], json!({ "a": 1 }));
    let function = http.get("/functions/mended").await.expect(200).json();
    assert_eq!((&function["status"], &function["liveVersion"]), (&json!("FAILED"), &json!(1)));
    let diagnostic = &function["diagnostics"][0];
    assert_eq!((&diagnostic["line"], &diagnostic["column"]), (&json!(2), &json!(56)), "{diagnostic:#}");
    assert!(
        function["compileError"].as_str().expect("an error").starts_with("index.ts:2:56: error TS"),
        "{function:#}"
    );

    person.edit("mended.ts", |text| text.replace("return 12345", "return \"[\" + input + \"]\""));
    person.nil(&["deploy", "mended.ts"]).await.expect(0);
    let invoked = person.nil(&["invoke", "mended", "{\"a\":2}"]).await.expect(0);
    assert_eq!(invoked.json(), json!([{ "a": 2 }]));
}

#[tokio::test]
async fn a_failing_function_says_where() {
    let person = Person::new();
    let source = "export function handle(input: string): string {\n  throw new Error(\"out of pencils\");\n}\n";
    fs::write(person.folder.path().join("pencils.ts"), source).expect("written");
    person.nil(&["deploy", "pencils.ts"]).await.expect(0);
    let failed = person.nil(&["invoke", "pencils"]).await.expect(3);
    assert_eq!(failed.stdout, "");
    assert!(failed.stderr.contains("out of pencils (index.ts:2:3)"), "{}", failed.stderr);
}

#[tokio::test]
async fn the_doctor_finds_a_working_machine() {
    let person = Person::new();
    let report = person.nil(&["doctor", "-o", "json"]).await.expect(0).json();
    assert_eq!(report["ok"], true, "{report:#}");
    for name in ["server", "server database", "toolchain assemblyscript", "postgresql"] {
        let check = report["checks"].as_array().expect("checks").iter().find(|check| check["name"] == name);
        assert!(check.is_some_and(|check| check["health"] == "ok"), "{name}: {report:#}");
    }
    // Every layer was tried, and those without which nothing is compiled hold.
    let layers = ["files", "network", "processes", "memory", "user", "system calls", "disk", "time", "environment"];
    for (at, layer) in layers.iter().enumerate() {
        let name = format!("sandbox {layer}");
        let check = report["checks"].as_array().expect("checks").iter().find(|check| check["name"] == *name);
        let health = check.map(|check| &check["health"]);
        assert!(health == Some(&json!("ok")) || (at > 4 && health == Some(&json!("note"))), "{name}: {report:#}");
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_has_its_own_exit_code() {
    let person = Person::new();
    // Port 9 is discard; nobody has listened there for decades.
    let nowhere = [("NIL_URL", "http://127.0.0.1:9")];
    for command in [&["list"][..], &["invoke", "x"], &["queue"]] {
        let ran = nil_with(person.folder.path(), shared(), command, &nowhere).await.expect(5);
        assert!(ran.stderr.contains("http://127.0.0.1:9"), "{}", ran.stderr);
    }
}
