//! Reverses a text by code points and measures it.

const std = @import("std");

const Input = struct { text: []const u8 = "" };

pub fn handle(allocator: std.mem.Allocator, input: []const u8) ![]const u8 {
    const text = (try std.json.parseFromSliceLeaky(Input, allocator, input, .{ .ignore_unknown_fields = true })).text;
    const reversed = try allocator.alloc(u8, text.len);
    var free = text.len;
    var characters: usize = 0;
    var points = (try std.unicode.Utf8View.init(text)).iterator();
    while (points.nextCodepointSlice()) |point| : (characters += 1) {
        free -= point.len;
        @memcpy(reversed[free..][0..point.len], point);
    }
    return std.json.Stringify.valueAlloc(allocator, .{ .reversed = reversed, .characters = characters, .bytes = text.len }, .{});
}
