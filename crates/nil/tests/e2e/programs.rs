//! The same small programs in every language, against the one table in `examples/common/`.
//!
//! A language takes part as soon as `examples/<language>/` holds one of the programs; then it must have all of them. It
//! is skipped, with a note, on a machine without its toolchain; those that `nil up` installs are never skipped.
//! `NIL_TEST_LANGUAGES="python go"` runs only these, and skips none of them.

use nil_test::{CommonProgram, Expected, TestHttp, languages_with_programs};
use serde_json::{Value, json};

use crate::{
    cli::nil_in,
    functions::{ECHO, build, execute},
    product::{http, root, shared},
};

/// What `nil up` installs by itself.
const ALWAYS: [&str; 3] = ["assemblyscript", "javascript", "typescript"];

#[tokio::test]
async fn the_same_programs_give_the_same_answers_in_every_language() {
    let (http, examples) = (http(), root().join("examples"));
    let programs = CommonProgram::all(&examples);
    assert_eq!(programs.len(), 8, "{programs:?}");
    let languages = languages_with_programs(&examples);
    for language in ALWAYS {
        assert!(languages.iter().any(|one| one == language), "{languages:?}");
    }
    let wanted = std::env::var("NIL_TEST_LANGUAGES").ok();
    // A deploy first: from then on the compiler has announced what it has.
    build(&http, "programs-first", ECHO, &json!({})).await;
    for language in &languages {
        if wanted.as_ref().is_some_and(|wanted| !wanted.split([' ', ',']).any(|one| one == language)) {
            continue;
        }
        if wanted.is_none() && !ALWAYS.contains(&language.as_str()) && !is_installed(&http, language).await {
            eprintln!("{language}: skipped, its toolchain is not installed here");
            continue;
        }
        for program in &programs {
            answers(&http, language, program).await;
        }
    }
}

/// Deploys a program as a reader would, and makes every call of the table.
async fn answers(http: &TestHttp, language: &str, program: &CommonProgram) {
    let name = format!("{language}-{}", program.name);
    let folder = format!("examples/{language}/{}", program.name);
    let deploy = ["deploy", folder.as_str(), "--name", name.as_str(), "-o", "json"];
    let deployed = nil_in(&root(), shared(), &deploy).await;
    assert_eq!(deployed.code, Some(0), "{folder}: {deployed:#?}");
    let deployed = deployed.json();
    let function = &deployed[0]["function"];
    assert_eq!((&function["status"], &function["language"]), (&json!("READY"), &json!(language)), "{deployed:#}");
    for case in &program.cases {
        let shown: String = case.input.chars().take(200).collect();
        let answer = execute(http, &name, &case.input).await.json();
        match &case.expected {
            Expected::Output(output) => {
                assert_eq!(answer["status"], "COMPLETED", "{name}: {shown}\n{answer:#}");
                assert_eq!(&answer["output"], output, "{name}: {shown}");
            }
            Expected::Error(error) => {
                assert_eq!(answer["status"], "FAILED", "{name}: {shown}\n{answer:#}");
                let message = answer["errorMessage"].as_str().unwrap_or_default();
                assert!(message.contains(error.as_str()), "{name}: {shown}\n{message}");
            }
        }
    }
}

async fn is_installed(http: &TestHttp, language: &str) -> bool {
    let languages = http.get("/languages").await.expect(200).json();
    let is_it = |one: &&Value| one["language"] == language && one["state"] == "installed";
    languages.as_array().is_some_and(|all| all.iter().find(is_it).is_some())
}
