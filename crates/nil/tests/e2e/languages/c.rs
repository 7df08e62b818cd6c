//! C: `nil_error`, `assert`, `abort`, traps, standard streams.

use serde_json::json;

use super::{asked_for, call, failure};
use crate::functions::execute;

fn with(body: &str) -> String {
    format!(
        "#include <assert.h>\n#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n#include \"nil.h\"\n\
         __attribute__((noinline)) static char *work(const char *input) {{\n{body}\n}}\n\
         char *handle(const char *input) {{ return work(input); }}\n"
    )
}

#[tokio::test]
async fn failures_in_c_say_what_happened_and_where() {
    let Some(http) = asked_for("c") else { return };
    let said = failure(&http, "c", "error", &with("return nil_error(\"no such city: %s\", \"Ürü\");"), "{}").await;
    assert_eq!(said, "no such city: Ürü");
    let said = failure(&http, "c", "null", &with("return NULL;"), "{}").await;
    assert!(said.contains("returned NULL without nil_error"), "{said}");
    let said = failure(&http, "c", "assert", &with("assert(strlen(input) > 100); return NULL;"), "{}").await;
    assert!(said.starts_with("aborted: assertion failed in work: strlen(input) > 100 (index.c:7)"), "{said}");
    let said = failure(&http, "c", "abort", &with("abort();"), "{}").await;
    assert!(said.contains("abort() was called") && said.contains("at handle"), "{said}");
    let said = failure(&http, "c", "exit", &with("exit(3);"), "{}").await;
    assert!(said.contains("exit(3) was called"), "{said}");
    let said = failure(&http, "c", "wild", &with("return (char *)0xfffffff0;"), "{}").await;
    assert!(said.contains("out of bounds"), "{said}");
    let body = "volatile int zero = 0; static char out[20]; snprintf(out, sizeof out, \"%d\", 7 / zero); return out;";
    let said = failure(&http, "c", "divide", &with(body), "{}").await;
    assert!(said.contains("integer divide by zero") && said.contains("at work"), "{said}");
    let deep = "volatile char pad[1000]; pad[0] = *input; char *r = handle(input); pad[1] = *r; return r;";
    let said = failure(&http, "c", "deep", &with(deep), "{}").await;
    assert!(said.contains("stack overflow") || said.contains("out of bounds"), "{said}");
    let said = failure(&http, "c", "not-json", &with("return strdup(\"{\");"), "{}").await;
    assert!(said.contains("invalid output"), "{said}");
}

#[tokio::test]
async fn what_c_prints_is_in_the_logs_also_before_a_trap() {
    let Some(http) = asked_for("c") else { return };
    let source = with("printf(\"one\\n\"); fprintf(stderr, \"two\\n\"); printf(\"three\\n\"); __builtin_trap();");
    let answer = call(&http, "c", "logs", &source, "{}").await;
    let logs = answer["logs"].to_string();
    assert!(["one", "two", "three"].iter().all(|line| logs.contains(line)), "{answer:#}");
    assert_eq!(answer["status"], "FAILED", "{answer:#}");
}

#[tokio::test]
async fn c_sees_nothing_of_the_call_before() {
    let Some(http) = asked_for("c") else { return };
    let source = with("static int calls; char *out; asprintf(&out, \"%d\", ++calls); return out;");
    let first = call(&http, "c", "calls", &source, "{}").await;
    let second = execute(&http, "c-calls", "{}").await.json();
    assert_eq!((&first["output"], &second["output"]), (&json!(1), &json!(1)), "{second:#}");
}
