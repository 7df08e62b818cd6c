//! Greets a person in the language they ask for.

const std = @import("std");

const Input = struct { name: []const u8 = "world", language: []const u8 = "en" };

const greetings = std.StaticStringMap([]const u8).initComptime(.{ .{ "de", "Hallo" }, .{ "fr", "Bonjour" }, .{ "es", "Hola" } });

pub fn handle(allocator: std.mem.Allocator, input: []const u8) ![]const u8 {
    const person = try std.json.parseFromSliceLeaky(Input, allocator, input, .{ .ignore_unknown_fields = true });
    const greeting = greetings.get(person.language) orelse "Hello";
    const message = try std.fmt.allocPrint(allocator, "{s}, {s}!", .{ greeting, person.name });
    return std.json.Stringify.valueAlloc(allocator, .{ .message = message }, .{});
}
