//! `nil check`, and how a `.ts` file becomes AssemblyScript or TypeScript.

use std::{fs, path::Path};

use serde_json::json;

use crate::{
    cli::nil_in,
    functions::{ECHO, execute},
    product::{http, shared},
};

fn write(folder: &Path, path: &str, text: &str) {
    let file = folder.join(path);
    fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
    fs::write(file, text).expect("written");
}

#[tokio::test]
async fn sources_are_checked_as_they_would_be_deployed() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    write(folder, "good.ts", ECHO);
    write(folder, "bad.js", "export function handle(input) {\n  return input +;\n}\n");
    write(folder, "several/index.js", "import { f } from './f.js';\nexport { f as handle };\n");
    write(folder, "several/f.js", "export const f = () => 1;\n");
    let good = nil_in(folder, shared(), &["check", "good.ts"]).await.expect(0);
    assert!(good.stdout.starts_with("good.ts  OK  assemblyscript  "), "{good:#?}");
    let bad = nil_in(folder, shared(), &["check", "bad.js"]).await.expect(4);
    assert!(bad.stdout.starts_with("bad.js  FAILED  "), "{bad:#?}");
    assert!(bad.stderr.contains("bad.js:2:17") && bad.stderr.contains("return input +;"), "{bad:#?}");

    let all = nil_in(folder, shared(), &["check", "good.ts", "bad.js", "several", "-o", "json"]).await.expect(4).json();
    let seen: Vec<_> = all
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| (one["file"].as_str(), one["language"].as_str(), one["result"]["ok"].as_bool()))
        .collect();
    assert_eq!(
        seen,
        [
            (Some("good.ts"), Some("assemblyscript"), Some(true)),
            (Some("bad.js"), Some("javascript"), Some(false)),
            (Some("several/index.js"), Some("javascript"), Some(true)),
        ]
    );
    nil_in(folder, shared(), &["check", "absent.ts"]).await.expect(2);
    let refused = nil_in(folder, shared(), &["check", "good.ts", "--language", "wasm"]).await.expect(4);
    assert!(refused.stderr.contains("not a WebAssembly module"), "{refused:#?}");
}

#[tokio::test]
async fn plain_typescript_is_told_from_assemblyscript() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let typescript = "interface Person {\n  name: string;\n}\n\nexport function handle(person: Person) {\n  return { hello: person.name };\n}\n";
    write(folder, "dialect-plain.ts", typescript);
    let deployed = nil_in(folder, shared(), &["deploy", "dialect-plain.ts"]).await.expect(0);
    assert!(
        deployed.stderr.contains("dialect-plain.ts was taken for TypeScript: `handle` takes a value that is no string")
            && deployed.stderr.contains("`// @nil assemblyscript`"),
        "{deployed:#?}"
    );
    let answer = execute(&http(), "dialect-plain", r#"{"name":"Ada"}"#).await.json();
    assert_eq!(answer["output"], json!({ "hello": "Ada" }), "{answer:#}");

    // A word in the source, or on the command line, outweighs what it looks like.
    write(folder, "dialect-said.ts", &format!("// @nil assemblyscript\n{typescript}"));
    let said = nil_in(folder, shared(), &["check", "dialect-said.ts", "-o", "json"]).await.json();
    assert_eq!(said[0]["language"], "assemblyscript", "{said:#}");
    let said = nil_in(folder, shared(), &["check", "dialect-plain.ts", "--language", "assemblyscript", "-o", "json"]);
    assert_eq!(said.await.json()[0]["language"], "assemblyscript");

    // Silent while it works, a word when it does not.
    write(folder, "dialect-as.ts", ECHO);
    let good = nil_in(folder, shared(), &["check", "dialect-as.ts"]).await.expect(0);
    assert!(!good.stderr.contains("was taken for"), "{good:#?}");
    write(folder, "dialect-bad.ts", "export function handle(input: string): string {\n  return input.name;\n}\n");
    let bad = nil_in(folder, shared(), &["check", "dialect-bad.ts"]).await.expect(4);
    assert!(bad.stderr.contains("taken for AssemblyScript") && bad.stderr.contains("`// @nil typescript`"), "{bad:#?}");
}
