//! Zig.

use nil_core::Language;

use crate::bench::{Case, is_a_module, median_ms, refusal, survives, toolchain};

const TEMPLATE: &str = include_str!("../../../../toolchains/zig/template/index.zig");

const ECHO: &str = "const std = @import(\"std\");\npub fn handle(_: std.mem.Allocator, input: []const u8) ![]const u8 {\n    return input;\n}\n";

#[tokio::test(flavor = "multi_thread")]
async fn good_sources_become_modules() {
    let Some(zig) = toolchain(Language::Zig).await else { return };
    is_a_module(&*zig, TEMPLATE, &[]).await;
    let index = "const std = @import(\"std\");\nconst lib = @import(\"lib/twice.zig\");\npub fn handle(a: std.mem.Allocator, input: []const u8) ![]const u8 {\n    return lib.twice(a, input);\n}\n";
    let twice = "const std = @import(\"std\");\npub fn twice(a: std.mem.Allocator, text: []const u8) ![]const u8 {\n    return std.mem.concat(a, u8, &.{ \"[\", text, \",\", text, \"]\" });\n}\n";
    is_a_module(&*zig, index, &[("lib/twice.zig", twice)]).await;
    eprintln!("zig: the template takes {} ms", median_ms(&*zig, TEMPLATE).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn mistakes_have_their_places() {
    let Some(zig) = toolchain(Language::Zig).await else { return };
    let source = "const std = @import(\"std\");\npub fn handle(_: std.mem.Allocator, input: []const u8) ![]const u8 {\n    const text = \"é\"; _ = text; return input + 1;\n}\n";
    let said = refusal(&*zig, source, &[]).await;
    assert!(said.contains("index.zig:3:46: error: incompatible types"), "{said}");
    let said = refusal(&*zig, "pub fn handle() void {\n    const a = 1;\n}\n", &[]).await;
    assert!(said.contains("index.zig:2:11: error: unused local constant"), "{said}");
    let said = refusal(&*zig, "const a = 1;\n", &[]).await;
    assert!(said.contains("the function has no `pub fn handle("), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_sources_are_survived() {
    let Some(zig) = toolchain(Language::Zig).await else { return };
    let comptime = |body: &str| format!("{ECHO}comptime {{\n    @setEvalBranchQuota(4_000_000_000);\n    {body}\n}}\n");
    let nested = format!("{ECHO}const x = {}1{};\n", "(".repeat(200_000), ")".repeat(200_000));
    let grow =
        "fn Grow(comptime T: type) type { return Grow(struct { T }); }\nconst G = Grow(u8);\ncomptime { _ = G; }\n";
    let errors = "const x: u8 = \"\";\n".repeat(20_000);
    let cases = vec![
        Case::refused(
            "a file of the host",
            format!("{ECHO}const t = @embedFile(\"/etc/passwd\");\ncomptime {{ _ = t; }}\n"),
            &["error"],
        ),
        Case::refused(
            "a way out of the folder",
            format!("{ECHO}const t = @embedFile(\"../../etc/passwd\");\ncomptime {{ _ = t; }}\n"),
            &["outside"],
        ),
        Case::refused(
            "an import from outside",
            format!("{ECHO}const t = @import(\"../toolchain.zig\");\ncomptime {{ _ = t; }}\n"),
            &["outside"],
        ),
        Case::refused(
            "nothing that is C",
            format!("{ECHO}const c = @cImport(@cInclude(\"/etc/passwd\"));\ncomptime {{ _ = c; }}\n"),
            &["error"],
        ),
        Case::refused("a type that grows for ever", format!("{ECHO}{grow}"), &["error"]),
        Case::refused("a flood of errors", errors, &["error"]),
        Case::stopped(
            "an endless loop at compile time",
            comptime("while (true) {}"),
            &["time limit", "branch", "quota"],
        ),
        Case::stopped(
            "10 GB at compile time",
            comptime("var a: []const u8 = \"x\"; while (true) a = a ++ a;"),
            &["memory limit", "time limit", "error", "crashed"],
        ),
        Case::stopped("nested parentheses", nested, &["error", "crashed", "time limit"]),
    ];
    survives(&*zig, ECHO, cases).await;
}
