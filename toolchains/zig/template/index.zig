//! {{name}}: takes JSON, returns JSON.
//!
//!   nil deploy {{name}}
//!   nil invoke {{name}} '{"name": "Ada"}'

const std = @import("std");

const Input = struct { name: []const u8 = "world" };

/// Called with the input, JSON. What it returns is the output; an error fails the execution. Nothing needs to be freed.
pub fn handle(allocator: std.mem.Allocator, input: []const u8) ![]const u8 {
    const person = try std.json.parseFromSliceLeaky(Input, allocator, input, .{ .ignore_unknown_fields = true });
    std.log.info("greeting {s}", .{person.name});

    const message = try std.fmt.allocPrint(allocator, "Hello, {s}!", .{person.name});
    return std.json.Stringify.valueAlloc(allocator, .{ .message = message }, .{});
}
