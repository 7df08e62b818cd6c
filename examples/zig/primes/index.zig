//! Counts the primes up to a limit with the sieve of Eratosthenes.

const std = @import("std");

const Input = struct { limit: usize };
const Output = struct { count: usize = 0, last: ?usize = null };

pub fn handle(allocator: std.mem.Allocator, input: []const u8) ![]const u8 {
    const limit = (try std.json.parseFromSliceLeaky(Input, allocator, input, .{ .ignore_unknown_fields = true })).limit;
    const composite = try allocator.alloc(bool, limit + 1);
    @memset(composite, false);
    var primes: Output = .{};
    for (2..@max(limit, 1) + 1) |n| {
        if (composite[n]) continue;
        primes.count += 1;
        primes.last = n;
        // Beyond the root every multiple is marked, and its square may be no `usize`.
        if (n > limit / n) continue;
        var multiple = n * n;
        while (multiple <= limit) : (multiple += n) composite[multiple] = true;
    }
    return std.json.Stringify.valueAlloc(allocator, primes, .{});
}
