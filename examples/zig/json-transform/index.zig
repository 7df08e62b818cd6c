//! Turns a list of people into an index by city.

const std = @import("std");

const Address = struct { city: []const u8 = "unknown" };
const Person = struct { name: []const u8, address: Address = .{} };
const Input = struct { people: []const Person = &.{} };

pub fn handle(allocator: std.mem.Allocator, input: []const u8) ![]const u8 {
    const people = (try std.json.parseFromSliceLeaky(Input, allocator, input, .{ .ignore_unknown_fields = true })).people;
    var cities: std.json.ArrayHashMap(std.ArrayList([]const u8)) = .{};
    for (people) |person| {
        const names = try cities.map.getOrPut(allocator, person.address.city);
        if (!names.found_existing) names.value_ptr.* = .empty;
        try names.value_ptr.append(allocator, person.name);
    }
    var index: std.json.ArrayHashMap([]const []const u8) = .{};
    for (cities.map.keys(), cities.map.values()) |city, names| try index.map.put(allocator, city, names.items);
    return std.json.Stringify.valueAlloc(allocator, .{ .cities = index }, .{});
}
