//! Rust.

use nil_core::Language;

use crate::bench::{Case, End, is_a_module, median_ms, refusal, survives, toolchain};

const TEMPLATE: &str = include_str!("../../../../toolchains/rust/template/index.rs");

const ECHO: &str = "fn handle(input: serde_json::Value) -> serde_json::Value { input }\n";

#[tokio::test(flavor = "multi_thread")]
async fn good_sources_become_modules() {
    let Some(rust) = toolchain(Language::Rust).await else { return };
    is_a_module(&*rust, TEMPLATE, &[]).await;
    let index = "mod lib;\nfn handle(input: serde_json::Value) -> Result<Vec<serde_json::Value>, String> { crate::lib::twice::twice(input) }\n";
    let twice =
        "pub fn twice(x: serde_json::Value) -> Result<Vec<serde_json::Value>, String> { Ok(vec![x.clone(), x]) }\n";
    is_a_module(&*rust, index, &[("lib/mod.rs", "pub mod twice;\n"), ("lib/twice.rs", twice)]).await;
    let crates = "use base64::Engine as _; use sha2::Digest as _;\nfn handle(s: String) -> (String, bool, String, i64) {\n\
                  (base64::prelude::BASE64_STANDARD.encode(&s), regex::Regex::new(\"^a\").unwrap().is_match(&s), \
                  hex::encode(sha2::Sha256::digest(&s)), chrono::Utc::now().timestamp()) }\n";
    is_a_module(&*rust, crates, &[]).await;
    eprintln!("rust: the template takes {} ms", median_ms(&*rust, TEMPLATE).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn mistakes_have_their_places() {
    let Some(rust) = toolchain(Language::Rust).await else { return };
    let source = "fn handle(input: serde_json::Value) -> serde_json::Value {\n    let _é = \"é\"; let n: i32 = \"x\"; input\n}\n";
    let said = refusal(&*rust, source, &[]).await;
    assert!(said.contains("index.rs:2:32: error E0308: mismatched types: expected `i32`, found `&str`"), "{said}");
    let said = refusal(&*rust, "mod lib;\nfn handle(_: ()) {}\n", &[("lib.rs", "pub fn x() { y }\n")]).await;
    assert!(said.contains("lib.rs:1:14: error E0425: cannot find value `y`"), "{said}");
    for (source, words) in [
        ("fn other() {}\n", "cannot find function `handle`"),
        ("fn handle(_: std::time::Instant) {}\n", "Deserialize"),
        ("fn handle(_: ()) -> std::time::Instant { std::time::Instant::now() }\n", "`give`"),
    ] {
        let said = refusal(&*rust, source, &[]).await;
        assert!(said.contains(words) && said.contains("write `fn handle(input: In)"), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_sources_are_survived() {
    let Some(rust) = toolchain(Language::Rust).await else { return };
    let with = |rest: &str| format!("{ECHO}{rest}\n");
    let doubling: String =
        (1..32).map(|n| format!("macro_rules! m{n} {{ () => {{ m{p}!(); m{p}!(); }} }}\n", p = n - 1)).collect();
    let macros = with(&format!("macro_rules! m0 {{ () => {{ let _ = 1; }} }}\n{doubling}fn f() {{ m31!(); }}"));
    let nested = with(&format!("const X: i32 = {}1{};", "(".repeat(100_000), ")".repeat(100_000)));
    let types: String = (1..40).map(|n| format!("type T{n} = (T{p}, T{p});\n", p = n - 1)).collect();
    let errors = "const X: u8 = \"\";\n".repeat(30_000);
    let cases = vec![
        Case::refused(
            "include_str!",
            with("const S: &str = include_str!(\"/etc/passwd\");"),
            &["index.rs:2:17", "couldn't read"],
        ),
        Case::refused(
            "include_bytes! from above",
            with("const S: &[u8] = include_bytes!(\"../../etc/passwd\");"),
            &["couldn't read"],
        ),
        Case::refused("include!", with("include!(\"/etc/shadow\");"), &["couldn't read"]),
        Case::refused("#[path]", with("#[path = \"/etc/passwd\"] mod x;"), &["couldn't read"]),
        Case::refused("env!", with("const S: &str = env!(\"PATH\");"), &["environment variable `PATH` not defined"]),
        Case {
            about: "option_env!",
            source: with(
                "const S: [Option<&str>; 3] = [option_env!(\"PATH\"), option_env!(\"NIL_CACHE\"), option_env!(\"USER\")];\nconst _: () = assert!(S[0].is_none() && S[1].is_none() && S[2].is_none());",
            ),
            files: Vec::new(),
            end: End::Without("/scratch/"),
        },
        Case::refused(
            "a macro of its own",
            "extern crate proc_macro;\n#[proc_macro]\npub fn m(t: proc_macro::TokenStream) -> proc_macro::TokenStream { t }\nfn handle(_: ()) {}\n",
            &["error"],
        ),
        Case::refused("a crate that is not there", with("extern crate rand;"), &["can't find crate for `rand`"]),
        Case::refused(
            "unstable features",
            format!("#![feature(asm_experimental_arch)]\n{ECHO}"),
            &["may not be used on the stable"],
        ),
        Case::stopped("a flood of errors", errors, &["error", "may print"]),
        Case::refused(
            "a macro that calls itself",
            with("macro_rules! r { () => { r!() } }\nconst X: u8 = r!();"),
            &["recursion limit reached"],
        ),
        Case::stopped("macros that double", macros, &["time limit", "memory limit"]),
        Case::stopped(
            "a constant without end",
            with("const X: u8 = loop {};\nconst _: u8 = X;"),
            &["time limit", "constant evaluation is taking a long time"],
        ),
        Case::stopped(
            "10 GB at compile time",
            with("static X: [u8; 10 << 30] = [1; 10 << 30];"),
            &["memory limit", "time limit", "too big", "error"],
        ),
        Case::stopped("nested parentheses", nested, &["error", "crashed"]),
        Case::stopped(
            "types that double",
            with(&format!("type T0 = u8;\n{types}static X: Option<Box<T39>> = None;")),
            &["time limit", "memory limit", "error"],
        ),
    ];
    survives(&*rust, ECHO, cases).await;
}
