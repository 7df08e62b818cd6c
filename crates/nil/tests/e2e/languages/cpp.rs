//! C++: `nil::error`, what the JSON library and the standard library refuse, aborts.

use super::{asked_for, call, failure};

fn with(body: &str) -> String {
    format!(
        "#include \"nil.hpp\"\n#include <cassert>\nusing nlohmann::json;\n\
         [[gnu::noinline]] static json work(const json &input) {{\n{body}\n}}\n\
         json handle(const json &input) {{ return work(input); }}\n"
    )
}

#[tokio::test]
async fn failures_in_cpp_say_what_happened_and_where() {
    let Some(http) = asked_for("cpp") else { return };
    let said = failure(&http, "cpp", "error", &with("nil::error(\"no such city: Ürü\");"), "{}").await;
    assert_eq!(said, "no such city: Ürü");
    let said = failure(&http, "cpp", "missing", &with("return input.at(\"city\");"), "{}").await;
    assert!(said.contains("key 'city' not found"), "{said}");
    let said = failure(&http, "cpp", "type", &with("return std::string(input.at(\"a\"));"), "{\"a\":1}").await;
    assert!(said.contains("type must be string, but is number"), "{said}");
    let said = failure(&http, "cpp", "assert", &with("assert(input.size() > 9); return input;"), "{}").await;
    assert!(said.starts_with("aborted: assertion failed in work: input.size() > 9 (index.cpp:5)"), "{said}");
    let bounds = with("std::vector<int> numbers(input.size()); return numbers[7];");
    let said = failure(&http, "cpp", "bounds", &bounds, "{}").await;
    assert!(said.starts_with("aborted: ") && said.contains("out of bounds"), "{said}");
    let said = failure(&http, "cpp", "abort", &with("std::abort();"), "{}").await;
    assert!(said.contains("abort() was called"), "{said}");
    let memory = with("std::vector<std::string> all; for (;;) all.emplace_back(1 << 20, 'x');");
    let said = failure(&http, "cpp", "memory", &memory, "{}").await;
    assert!(said.contains("memory limit of 128 MiB reached"), "{said}");
}

#[tokio::test]
async fn what_cpp_prints_is_in_the_logs() {
    let Some(http) = asked_for("cpp") else { return };
    let answer = call(&http, "cpp", "logs", &with("std::printf(\"one\\n\"); return input;"), "{\"a\":1}").await;
    assert!(answer["logs"].to_string().contains("one"), "{answer:#}");
    assert_eq!(answer["output"]["a"], 1, "{answer:#}");
}
