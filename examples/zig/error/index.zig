//! Divides, and fails where that means nothing.

const std = @import("std");
const nil = @import("nil");

const Input = struct { dividend: f64, divisor: f64 };

pub fn handle(allocator: std.mem.Allocator, input: []const u8) ![]const u8 {
    const numbers = try std.json.parseFromSliceLeaky(Input, allocator, input, .{ .ignore_unknown_fields = true });
    if (numbers.divisor == 0) return nil.fail("cannot divide by zero", .{});
    return std.json.Stringify.valueAlloc(allocator, .{ .quotient = numbers.dividend / numbers.divisor }, .{});
}
