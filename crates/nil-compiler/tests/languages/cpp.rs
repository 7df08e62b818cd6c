//! C++.

use nil_core::Language;

use crate::bench::{Case, is_a_module, median_ms, refusal, survives, toolchain};

const TEMPLATE: &str = include_str!("../../../../toolchains/cpp/template/index.cpp");

const ECHO: &str = "#include \"nil.hpp\"\nnlohmann::json handle(const nlohmann::json &input) { return input; }\n";

#[tokio::test(flavor = "multi_thread")]
async fn good_sources_become_modules() {
    let Some(cpp) = toolchain(Language::Cpp).await else { return };
    is_a_module(&*cpp, TEMPLATE, &[]).await;
    let index =
        "#include \"lib/twice.hpp\"\nnlohmann::json handle(const nlohmann::json &input) { return twice(input); }\n";
    let twice = "#include \"twice.hpp\"\nnlohmann::json twice(const nlohmann::json &x) { return {x, x}; }\n";
    let header = "#pragma once\n#include \"nil.hpp\"\nnlohmann::json twice(const nlohmann::json &x);\n";
    is_a_module(&*cpp, index, &[("lib/twice.cc", twice), ("lib/twice.hpp", header)]).await;
    eprintln!("cpp: the template takes {} ms", median_ms(&*cpp, TEMPLATE).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn mistakes_have_their_places() {
    let Some(cpp) = toolchain(Language::Cpp).await else { return };
    let source = "#include \"nil.hpp\"\nnlohmann::json handle(const nlohmann::json &input) {\n  std::string é = \"é\"; return undefined_thing + é;\n}\n";
    let said = refusal(&*cpp, source, &[]).await;
    assert!(said.contains("index.cpp:3:31: error: use of undeclared identifier 'undefined_thing'"), "{said}");
    let thrown = format!("{ECHO}void f() {{ throw 1; }}\n");
    let said = refusal(&*cpp, &thrown, &[]).await;
    assert!(said.contains("index.cpp:3:12: error: cannot use 'throw' with exceptions disabled"), "{said}");
    let said = refusal(&*cpp, "int main() { return 0; }\n", &[]).await;
    assert!(said.contains("the function has no `nlohmann::json handle(const nlohmann::json &input)`"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_sources_are_survived() {
    let Some(cpp) = toolchain(Language::Cpp).await else { return };
    let recursion =
        format!("{ECHO}template <int N> struct A {{ static constexpr int v = A<N + 1>::v; }};\nint x = A<0>::v;\n");
    let doubling = format!(
        "{ECHO}template <int N, int M> struct B {{ using L = typename B<N - 1, 2 * M>::T; using R = typename B<N - 1, 2 * M + 1>::T; using T = B; }};\n\
         template <int M> struct B<0, M> {{ using T = B; }};\nB<28, 1>::T b;\n"
    );
    let endless =
        format!("{ECHO}constexpr int f() {{ for (int i = 0;; i++) if (i < 0) return i; }}\nstatic_assert(f());\n");
    let memory = format!(
        "{ECHO}#include <vector>\nconstexpr int g() {{ std::vector<int> v; for (;;) v.push_back(1); }}\nstatic_assert(g());\n"
    );
    let cases = vec![
        Case::refused(
            "a file of the host",
            "#include \"/etc/passwd\"\n",
            &["index.cpp:1:10", "'/etc/passwd' file not found"],
        ),
        Case::refused(
            "a template without end",
            recursion,
            &["recursive template instantiation exceeded maximum depth"],
        ),
        Case::refused("an endless loop at compile time", endless, &["constexpr evaluation hit maximum step limit"]),
        Case::refused("an endless vector at compile time", memory, &["error"]),
        Case::stopped("templates that double", doubling, &["time limit", "memory limit"]),
        Case::refused("a module map", "#pragma clang module import std\nint x;\n", &["error"]),
    ];
    survives(&*cpp, ECHO, cases).await;
}
