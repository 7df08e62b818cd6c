//! Go.

use nil_core::Language;

use crate::bench::{Case, is_a_module, median_ms, refusal, survives, toolchain};

const TEMPLATE: &str = include_str!("../../../../toolchains/go/template/function.go");

const ECHO: &str = "package function\n\nfunc Handle(input map[string]any) map[string]any { return input }\n";

#[tokio::test(flavor = "multi_thread")]
async fn every_form_of_handle_becomes_a_module() {
    let Some(go) = toolchain(Language::Go).await else { return };
    for form in [
        "func Handle(input map[string]any) (any, error) { return input, nil }",
        "func Handle(input struct{ A int }) (sum struct{ B int64 }, err error) { return }",
        "func Handle(struct{}) error { return nil }",
        "type In[T any] struct{ Value T }\n\nfunc Handle(input *In[string]) []string { return []string{input.Value} }",
    ] {
        is_a_module(&*go, &format!("package function\n\n{form}\n"), &[]).await;
    }
    eprintln!("go: the template takes {} ms", median_ms(&*go, TEMPLATE).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn folders_are_packages() {
    let Some(go) = toolchain(Language::Go).await else { return };
    let source = "package function\n\nimport \"function/lib/deep\"\n\n\
                  func Handle(in struct{ N int }) int { return deep.Twice(in.N) + more }\n";
    let files = [
        ("more.go", "package function\n\nconst more = 1\n"),
        ("more_test.go", "package function\n\nthis is not compiled\n"),
        ("more_linux.go", "package function\n\nnor is this\n"),
        ("lib/deep/twice.go", "// Package deep doubles.\npackage deep\n\nfunc Twice(n int) int { return 2 * n }\n"),
        ("main.go", "package function\n"),
    ];
    let wasm = is_a_module(&*go, source, &files).await;
    let name = b"function/lib/deep.Twice";
    assert!(wasm.windows(name.len()).any(|bytes| bytes == name) || wasm.len() > 1 << 20, "functions keep their names");
}

#[tokio::test(flavor = "multi_thread")]
async fn mistakes_have_their_places() {
    let Some(go) = toolchain(Language::Go).await else { return };
    let handle = "func Handle(in map[string]any) (any, error)";
    let with = |body: &str| format!("package function\n\n{handle} {{\n{body}\n\treturn in, nil\n}}\n");
    let importing = |path: &str| format!("package function\n\nimport _ \"{path}\"\n\n{handle} {{ return in, nil }}\n");
    for (source, expected) in [
        (with("\t/* ü */ var n int = \"x\"; _ = n"), "function.go:4:22: error: cannot use \"x\""),
        (with("\tn := 1"), "function.go:4:2: error: declared and not used: n"),
        (with("\tn := 1 +"), "function.go:5:2: error: syntax error: expected operand"),
        (
            format!("package main\n\n{handle} {{ return in, nil }}\n"),
            "function.go:1:9: error: the package of a function is",
        ),
        ("package function\n".to_owned(), "there is no `Handle`; write `func Handle(input T) (U, error)`"),
        (
            "package function\n\nfunc Handle(a, b int) int { return a }\n".to_owned(),
            "function.go:3:6: error: `Handle` has",
        ),
        (
            "package function\n\nfunc Handle[T any](a T) T { return a }\n".to_owned(),
            "function.go:3:6: error: `Handle` has",
        ),
        (importing("github.com/x/y"), "function.go:3:8: error: there is no package `github.com/x/y`"),
        (importing("internal/abi"), "function.go:3:8: error: there is no package `internal/abi`"),
        (importing("function/lib"), "function.go:3:8: error: there is no package `function/lib`: no `.go` file"),
    ] {
        let said = refusal(&*go, &source, &[]).await;
        assert!(said.contains(expected), "{source}\n{said}");
    }
    let circle = [
        ("a/a.go", "package a\n\nimport \"function/b\"\n\nvar A = b.B\n"),
        ("b/b.go", "package b\n\nimport \"function/a\"\n\nvar B = a.A\n"),
    ];
    let said = refusal(&*go, &importing("function/a"), &circle).await;
    assert!(said.contains("function/a → function/b → function/a"), "{said}");
    let inside = [("a/a.go", "package a\n\nvar A int = \"ä\" + 1\n")];
    let said = refusal(&*go, &importing("function/a"), &inside).await;
    assert!(said.starts_with("a/a.go:3:"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_sources_are_survived() {
    let Some(go) = toolchain(Language::Go).await else { return };
    let with = |text: &str| ECHO.replacen("\n\n", &format!("\n\n{text}\n"), 1);
    let doubling: String = (1..26)
        .map(|n| {
            let p = n - 1;
            format!("func f{n}[T any](x T) any {{ return []any{{f{p}(P[T, int]{{}}), f{p}(P[int, T]{{}})}} }}\n")
        })
        .collect();
    let generics = format!(
        "type P[A, B any] struct {{ a A; b B }}\nfunc f0[T any](x T) any {{ return x }}\n{doubling}var bomb = f25(1)\n"
    );
    let nested = format!("var n = {}1{}\n", "(".repeat(200_000), ")".repeat(200_000));
    let errors: String = (0..20_000).map(|n| format!("var x{n} int = \"\"\n")).collect();
    let linkname = "import _ \"unsafe\"\n\n//go:linkname exit runtime.exit\nfunc exit(code int32)\n";
    let cases = vec![
        Case::refused(
            "go:embed of a file of the host",
            with("import _ \"embed\"\n\n//go:embed /etc/passwd\nvar secret string\n"),
            &["function.go:5:1", "`//go:embed` is not available"],
        ),
        Case::refused("a file above", with("import \"../../../etc/passwd\"\n"), &["is not an import path"]),
        Case::refused("an absolute path", with("import \"/etc/passwd\"\n"), &["is not an import path"]),
        Case::refused("cgo", with("/*\n#include \"/etc/passwd\"\n*/\nimport \"C\"\n"), &["cgo is not available"]),
        Case::refused("the inside of another package", with(linkname), &["`//go:linkname` is not permitted"]),
        Case::refused("flags for the linker", with("//go:cgo_ldflag \"-Wl,-v\"\n"), &["is not permitted"]),
        Case::refused("an export of its own", with("//go:wasmexport a\nfunc a() {}\n"), &["is not permitted"]),
        Case::refused("another file's name", with("//line /etc/passwd:1\nvar x int = \"\"\n"), &["is not permitted"]),
        Case::refused("a body that is elsewhere", with("func elsewhere()\n"), &["missing function body"]),
        Case::refused("the shim", with("import _ \"nil/shim\"\n"), &["there is no package `nil/shim`"]),
        Case::refused("a large constant", with("const a = 1 << 500\nconst b = a << 100000000\n"), &["shift count"]),
        Case::refused("a type in itself", with("type T [2]T\n"), &["invalid recursive type"]),
        Case::refused("a flood of errors", with(&errors), &["function.go:3:14: error: cannot use \"\""]),
        Case::stopped("nested parentheses", with(&nested), &["error", "crashed", "limit"]),
        Case::stopped("2 GiB of data", with("var a = [1 << 31]byte{1<<31 - 1: 1}\n"), &["limit", "too large"]),
        Case::stopped("generics that double", with(&generics), &["time limit", "memory limit"]),
    ];
    survives(&*go, ECHO, cases).await;
}
