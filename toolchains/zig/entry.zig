//! The calling convention `buffer` around the user's `handle`.

const std = @import("std");
const function = @import("function");
const nil = @import("nil");

const host = struct {
    extern "nil" fn fail(message: [*]const u8, length: u32) noreturn;
    extern "nil" fn panic(message: [*]const u8, length: u32, file: [*]const u8, file_length: u32, line: u32, column: u32) noreturn;
};

pub const panic = std.debug.FullPanic(panicked);

fn panicked(message: []const u8, _: ?usize) noreturn {
    @branchHint(.cold);
    host.panic(message.ptr, message.len, "", 0, 0, 0);
}

pub const std_options: std.Options = if (@hasDecl(function, "std_options")) function.std_options else .{ .logFn = log };

/// The library's own would bring its whole input and output, and half a second of compilation.
fn log(comptime level: std.log.Level, comptime scope: @EnumLiteral(), comptime format: []const u8, arguments: anytype) void {
    const prefix = comptime level.asText() ++ (if (scope == .default) "" else "(" ++ @tagName(scope) ++ ")") ++ ": ";
    var buffer: [4096]u8 = undefined;
    const line = std.fmt.bufPrint(&buffer, prefix ++ format ++ "\n", arguments) catch buffer[0..];
    const pieces = [1]std.os.wasi.ciovec_t{.{ .base = line.ptr, .len = line.len }};
    var written: usize = 0;
    _ = std.os.wasi.fd_write(2, &pieces, pieces.len, &written);
}

/// Everything is gone after the call, so nothing is ever freed by us.
var arena: std.heap.ArenaAllocator = .init(std.heap.wasm_allocator);

export fn alloc(length: u32) ?[*]u8 {
    const input = arena.allocator().alloc(u8, @max(length, 1)) catch return null;
    return input.ptr;
}

comptime {
    if (!@hasDecl(function, "handle")) @compileError(
        "the function has no `pub fn handle(allocator: std.mem.Allocator, input: []const u8) ![]const u8`",
    );
    @export(&call, .{ .name = "handle" });
}

fn call(input: [*]const u8, length: u32) callconv(.c) u64 {
    const result: anyerror![]const u8 = function.handle(arena.allocator(), input[0..length]);
    const output = result catch |failure| {
        const words = if (failure == error.Failed) nil.message orelse "Failed" else @errorName(failure);
        host.fail(words.ptr, words.len);
    };
    return @as(u64, @intFromPtr(output.ptr)) << 32 | output.len;
}
