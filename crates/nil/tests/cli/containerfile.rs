//! `deploy/Containerfile` is built by others and elsewhere; here it is held against the binary and the repository.

use std::{fs, path::Path, process::Command};

const NIL: &str = env!("CARGO_BIN_EXE_nil");
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// The instructions, continued lines joined and comments left out.
fn instructions() -> Vec<(String, String)> {
    let text = fs::read_to_string(Path::new(ROOT).join("deploy/Containerfile")).expect("the recipe");
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with('#')).collect();
    let joined = lines.join("\n").replace("\\\n", " ");
    let split = |line: &str| line.trim().split_once(' ').map(|(word, rest)| (word.to_owned(), rest.trim().to_owned()));
    joined.lines().filter_map(split).collect()
}

fn of(kind: &str) -> Vec<String> {
    instructions().into_iter().filter(|(word, _)| word == kind).map(|(_, rest)| rest).collect()
}

fn accepts(arguments: &[&str]) -> bool {
    Command::new(NIL).args(arguments).arg("--help").output().expect("nil runs").status.success()
}

#[test]
fn every_command_of_the_containerfile_exists() {
    let runs = of("RUN").join(" && ");
    let own: Vec<&str> = runs.split("&&").map(str::trim).filter(|command| command.starts_with("nil ")).collect();
    assert_eq!(own, ["nil toolchain install", "nil toolchain check"]);
    for command in &own {
        let arguments: Vec<&str> = command.split_whitespace().skip(1).collect();
        assert!(accepts(&arguments), "{command}");
    }
    for command in of("CMD") {
        let arguments: Vec<String> = serde_json::from_str(&command).expect("a list of words");
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        assert!(accepts(&arguments), "{command}");
    }
    assert!(!accepts(&["serve"]), "an unknown command is refused, or this test means nothing");
    let makefile = fs::read_to_string(Path::new(ROOT).join("Makefile")).expect("the Makefile");
    for target in runs.split("&&").filter_map(|command| command.trim().strip_prefix("make ")) {
        assert!(makefile.contains(&format!("\n{target}:")), "make {target}");
    }
}

#[test]
fn variables_of_the_containerfile_are_known() {
    let help = |role: &str| {
        let output = Command::new(NIL).args([role, "--help"]).output().expect("nil runs");
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    let (server, compiler) = (help("server"), help("compiler"));
    let variables: Vec<String> = of("ENV").join(" ").split_whitespace().map(str::to_owned).collect();
    assert_eq!(variables.len(), 5, "{variables:?}");
    for variable in variables {
        let name = variable.split('=').next().expect("a name");
        let known = |text: &str| text.contains(&format!("[env: {name}"));
        assert!(known(&server) || known(&compiler), "{name}");
    }
}

#[test]
fn what_is_copied_between_stages_is_there() {
    let stages: Vec<String> =
        of("FROM").iter().filter_map(|from| Some(from.split_once(" AS ")?.1.to_owned())).collect();
    assert_eq!(stages, ["build", "server", "languages", "toolchains", "compiler"]);
    for copy in of("COPY") {
        let words: Vec<&str> = copy.split_whitespace().collect();
        match words[..] {
            [from, "/src/target/release/nil", "/usr/local/bin/nil"] => assert_eq!(from, "--from=build"),
            // Toolchains are built where they stay.
            [from, source, "/opt/nil"] => assert_eq!((from, source), ("--from=toolchains", "/opt/nil")),
            [".", "/src"] => {}
            _ => panic!("{copy}"),
        }
    }
    // The toolchains the image installs are all there are.
    let listed = Command::new(NIL).args(["toolchain", "list", "-o", "json"]).output().expect("nil runs");
    let listed: serde_json::Value = serde_json::from_slice(&listed.stdout).expect("JSON");
    for tool in ["rust", "go", "javascript"] {
        assert!(listed.as_array().is_some_and(|all| all.iter().any(|one| one["language"] == tool)), "{listed:#}");
    }
}
