//! Zig: errors, `nil.fail`, panics of its checks, logs.

use super::{asked_for, call, failure};

fn with(body: &str) -> String {
    format!(
        "const std = @import(\"std\");\nconst nil = @import(\"nil\");\n\
         noinline fn work(allocator: std.mem.Allocator, input: []const u8) ![]const u8 {{\n    _ = allocator;\n{body}\n}}\n\
         pub fn handle(allocator: std.mem.Allocator, input: []const u8) ![]const u8 {{\n    return work(allocator, input);\n}}\n\
         comptime {{\n    _ = nil;\n}}\n"
    )
}

#[tokio::test]
async fn failures_in_zig_say_what_happened_and_where() {
    let Some(http) = asked_for("zig") else { return };
    let fails = "    return nil.fail(\"no such city: {s} of {d}\", .{ \"Ürü\", input.len });";
    assert_eq!(failure(&http, "zig", "fail", &with(fails), "{}").await, "no such city: Ürü of 2");
    let error = "    if (input.len > 0) return error.NoSuchCity;\n    return input;";
    assert_eq!(failure(&http, "zig", "error", &with(error), "{}").await, "NoSuchCity");
    let said = failure(&http, "zig", "index", &with("    return input[input.len + 3 ..];"), "{}").await;
    assert!(said.starts_with("aborted: start index 5 is larger than end index 2\n    at index.work\n"), "{said}");
    let said =
        failure(&http, "zig", "panic", &with("    if (input.len > 0) @panic(\"lost\");\n    return input;"), "{}")
            .await;
    assert!(said.starts_with("aborted: lost\n    at index.work\n"), "{said}");
    let unreachable = "    if (input.len > 0) unreachable;\n    return input;";
    let said = failure(&http, "zig", "unreachable", &with(unreachable), "{}").await;
    assert!(said.starts_with("aborted: reached unreachable code\n    at index.work\n"), "{said}");
}

#[tokio::test]
async fn what_zig_logs_is_in_the_logs() {
    let Some(http) = asked_for("zig") else { return };
    let body = "    std.log.warn(\"one {d}\", .{1});\n    std.debug.print(\"two\\n\", .{});\n    return input;";
    let answer = call(&http, "zig", "logs", &with(body), "{\"a\":1}").await;
    let logs = answer["logs"].to_string();
    assert!(["warning: one 1", "two"].iter().all(|line| logs.contains(line)), "{answer:#}");
    assert_eq!(answer["output"]["a"], 1, "{answer:#}");
}
