//! Sums up the items of a large input.

const std = @import("std");

const Item = struct { name: []const u8, value: i64 };
const Input = struct { items: []const Item = &.{} };

pub fn handle(allocator: std.mem.Allocator, input: []const u8) ![]const u8 {
    const items = (try std.json.parseFromSliceLeaky(Input, allocator, input, .{ .ignore_unknown_fields = true })).items;
    var sum: i64 = 0;
    var letters: usize = 0;
    for (items) |item| {
        sum += item.value;
        letters += item.name.len;
    }
    return std.json.Stringify.valueAlloc(allocator, .{ .items = items.len, .sum = sum, .letters = letters }, .{});
}
