//! Adds up the lines of an order, in cents.

const std = @import("std");

const Line = struct { cents: i64, quantity: i64 };
const Input = struct { lines: []const Line = &.{} };

pub fn handle(allocator: std.mem.Allocator, input: []const u8) ![]const u8 {
    const order = try std.json.parseFromSliceLeaky(Input, allocator, input, .{ .ignore_unknown_fields = true });
    var total: i64 = 0;
    for (order.lines) |line| total += line.cents * line.quantity;
    return std.json.Stringify.valueAlloc(allocator, .{ .lines = order.lines.len, .total = total }, .{});
}
