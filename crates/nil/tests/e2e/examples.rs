//! Every example a reader finds in `examples/assemblyscript/` deploys as it is and answers as its `example.json` says.
//! The programs that every language has are in `programs.rs`.

use std::{collections::BTreeMap, fs, path::PathBuf};

use serde_json::{Value, value::RawValue};

use crate::{
    cli::nil_in,
    functions::{execute, raw},
    product::{http, root, shared},
};

/// The examples by name: the text of their `example.json`.
fn examples() -> BTreeMap<String, String> {
    let folder = root().join("examples/assemblyscript");
    let entries = fs::read_dir(folder).expect("the examples").map(|entry| entry.expect("one").path());
    let read = |folder: PathBuf| {
        let name = folder.file_name().and_then(|name| name.to_str()).expect("a name").to_owned();
        let text = fs::read_to_string(folder.join("example.json")).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(raw(&text, "name"), format!("\"{name}\""), "the folder's name is the function's");
        (name, text)
    };
    entries.filter(|path| path.join("example.json").is_file()).map(read).collect()
}

#[tokio::test]
async fn all_examples_answer_as_they_say() {
    let (http, examples) = (http(), examples());
    assert!(examples.len() >= 8, "{:?}", examples.keys());
    let mut deploy = vec!["deploy".to_owned(), "-o".to_owned(), "json".to_owned()];
    deploy.extend(examples.keys().map(|name| format!("examples/assemblyscript/{name}")));
    let deploy: Vec<&str> = deploy.iter().map(String::as_str).collect();
    let deployed = nil_in(&root(), shared(), &deploy).await.expect(0).json();
    let deployed = deployed.as_array().expect("a list");
    let mut names: Vec<&str> = deployed.iter().map(|one| one["name"].as_str().expect("a name")).collect();
    names.sort_unstable();
    assert!(names.iter().eq(examples.keys()), "{names:?}");
    for one in deployed {
        assert_eq!(one["function"]["status"], "READY", "{one:#}");
    }

    for (name, example) in &examples {
        for text in cases(example) {
            let case: Value = serde_json::from_str(text).expect("a case");
            // As it is written: the order of the keys is the reader's.
            let input = raw(text, "input");
            let answer = execute(&http, name, input).await.json();
            check(name, &case, &answer);
            let id = answer["id"].as_str().expect("an id");
            let record = http.get(&format!("/executions/{id}")).await.expect(200);
            assert_eq!(raw(&record.text, "input"), input, "{name}");
            check(name, &case, &record.json());
        }
    }
}

fn cases(example: &str) -> Vec<&str> {
    let cases: Vec<&RawValue> = serde_json::from_str(raw(example, "cases")).expect("a list of cases");
    assert!(!cases.is_empty(), "{example}");
    cases.into_iter().map(RawValue::get).collect()
}

/// Whether an execution ended as the case says: with its output, or with its error as the thrown message.
fn check(name: &str, case: &Value, execution: &Value) {
    match case["error"].as_str() {
        Some(error) => {
            assert_eq!(execution["status"], "FAILED", "{name}: {case:#}\n{execution:#}");
            let message = execution["errorMessage"].as_str().unwrap_or_default();
            assert!(message.starts_with(&format!("aborted: {error} (")), "{name}: {case:#}\n{message}");
            assert_eq!(execution["output"], Value::Null);
        }
        None => {
            assert!(case.get("output").is_some(), "{name}: a case needs `output` or `error`: {case:#}");
            assert_eq!(execution["status"], "COMPLETED", "{name}: {case:#}\n{execution:#}");
            assert_eq!(execution["output"], case["output"], "{name}: {case:#}");
            assert_eq!(execution["errorMessage"], Value::Null);
        }
    }
}
