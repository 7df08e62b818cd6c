//! Counts how often each word of a text occurs.

const std = @import("std");
const Words = @import("words.zig").Words;

const Input = struct { text: []const u8 = "" };

pub fn handle(allocator: std.mem.Allocator, input: []const u8) ![]const u8 {
    const text = (try std.json.parseFromSliceLeaky(Input, allocator, input, .{ .ignore_unknown_fields = true })).text;
    var counts: std.json.ArrayHashMap(u32) = .{};
    var words: Words = .{ .rest = text };
    while (words.next()) |word| {
        const count = try counts.map.getOrPutValue(allocator, try std.ascii.allocLowerString(allocator, word), 0);
        count.value_ptr.* += 1;
    }
    return std.json.Stringify.valueAlloc(allocator, .{ .words = counts }, .{});
}
