//! What a function in Zig may want of its host, besides `std`: `@import("nil")`.

const std = @import("std");

/// What `fail` returns.
pub const Failure = error{Failed};

var buffer: [1024]u8 = undefined;

/// The words of the last `fail`; for the shim.
pub var message: ?[]const u8 = null;

/// Says why `handle` fails, in words of yours: `return nil.fail("no such city: {s}", .{city});`. Any other error fails
/// it too, by its name.
pub fn fail(comptime format: []const u8, arguments: anytype) Failure {
    message = std.fmt.bufPrint(&buffer, format, arguments) catch buffer[0..];
    return error.Failed;
}
