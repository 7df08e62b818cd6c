//! C.

use nil_core::Language;

use crate::bench::{Case, End, is_a_module, median_ms, refusal, survives, toolchain};

const TEMPLATE: &str = include_str!("../../../../toolchains/c/template/index.c");

const ECHO: &str =
    "#include <string.h>\n#include \"nil.h\"\nchar *handle(const char *input) { return strdup(input); }\n";

#[tokio::test(flavor = "multi_thread")]
async fn good_sources_become_modules() {
    let Some(c) = toolchain(Language::C).await else { return };
    is_a_module(&*c, TEMPLATE, &[]).await;
    let index =
        "#include \"lib/twice.h\"\n#include \"nil.h\"\nchar *handle(const char *input) { return twice(input); }\n";
    let twice =
        "#include \"twice.h\"\n#include <stdlib.h>\nchar *twice(const char *text) { return calloc(1, text[0]); }\n";
    let header = "char *twice(const char *text);\n";
    let wasm = is_a_module(&*c, index, &[("lib/twice.c", twice), ("lib/twice.h", header)]).await;
    assert!(wasm.windows(5).any(|bytes| bytes == b"twice"), "functions keep their names");
    eprintln!("c: the template takes {} ms", median_ms(&*c, TEMPLATE).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn mistakes_have_their_places() {
    let Some(c) = toolchain(Language::C).await else { return };
    let source = "#include \"nil.h\"\n\nchar *handle(const char *input) {\n  const char *é = \"é\"; return undefined_thing;\n}\n";
    let said = refusal(&*c, source, &[]).await;
    assert!(said.contains("index.c:4:31: error: use of undeclared identifier 'undefined_thing'"), "{said}");
    let said = refusal(&*c, "#include \"lib/a.h\"\n", &[("lib/a.h", "int x = ;\n")]).await;
    assert!(said.contains("lib/a.h:1:9: error: expected expression"), "{said}");
    let said = refusal(&*c, "int main(void) { return 0; }\n", &[]).await;
    assert!(said.contains("the function has no `char *handle(const char *input)`"), "{said}");
    let said = refusal(&*c, "char *twice(const char *); char *handle(const char *i) { return twice(i); }\n", &[]).await;
    assert!(said.contains("undefined symbol: twice"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_sources_are_survived() {
    let Some(c) = toolchain(Language::C).await else { return };
    let nested = format!("char *handle(const char *i) {{ return {}0{}; }}", "(".repeat(200_000), ")".repeat(200_000));
    let doubling: String = (1..40).map(|n| format!("#define X{n} X{p} X{p}\n", p = n - 1)).collect();
    let macros = format!("#define X0 +1\n{doubling}int x = 0 X39;\n");
    let includes = "#include \"index.c\"\n#include \"index.c\"\n";
    let data = "const char big[500000000] = {[499999999] = 1};\nchar *handle(const char *i) { return (char *)big; }\n";
    let errors: String = (0..40_000).map(|n| format!("int x{n} = \"\" + ;\n")).collect();
    let incbin = "__asm__(\".section .data.x,\\\"\\\",@\\nx: .incbin \\\"/etc/passwd\\\"\\n\");\n";
    let embed = |path: &str| format!("static const char text[] = {{\n#embed \"{path}\"\n}};\n");
    let cases = vec![
        Case::refused(
            "a file of the host",
            "#include \"/etc/passwd\"\n",
            &["index.c:1:10", "'/etc/passwd' file not found"],
        ),
        Case::refused("a way out of the folder", "#include \"../../../../etc/passwd\"\n", &["file not found"]),
        Case::refused("#embed", embed("/etc/passwd"), &["'/etc/passwd' file not found"]),
        Case::refused("#embed of its own environment", embed("/proc/1/environ"), &["error"]),
        Case::refused(".incbin", incbin, &["passwd"]),
        Case::refused("an endless include", includes, &["#include nested too deeply"]),
        Case::refused("nested parentheses", nested, &["bracket nesting level exceeded"]),
        Case::refused("a flood of errors", errors, &["index.c:1:15: error: expected expression"]),
        Case::stopped("500 MB of data", data, &["module size limit", "memory limit", "temporary files", "error"]),
        Case::stopped("macros that double", macros, &["time limit", "memory limit", "error"]),
        Case {
            about: "flags in a pragma",
            source: format!("#pragma comment(linker, \"--allow-undefined\")\n#pragma clang attribute\n{ECHO}"),
            files: Vec::new(),
            end: End::Refused(&["error"]),
        },
        Case {
            about: "the environment",
            source: format!("const char *path = __FILE__ __BASE_FILE__;\n{ECHO}"),
            files: Vec::new(),
            end: End::Without("/scratch"),
        },
    ];
    survives(&*c, ECHO, cases).await;
}
